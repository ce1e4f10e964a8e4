"""Jobs about runs: those that went silent, and what they add up to."""

from __future__ import annotations

from uuid import UUID

from argus.features.tracker.runs.stuck import terminate_stuck_runs
from argus.features.tracker.stats.service import release_statistics
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import select

LARGE = 100  # tests of a release

NOBODY = User(id=UUID(int=0), username="argus", full_name="Argus")
"""The user under whose name periodic jobs appear in activity."""


async def end_stuck(runtime: Runtime) -> str | None:
    """Abort cluster tests that have been silent for 45 minutes."""
    ended = (await terminate_stuck_runs(runtime, NOBODY))["total"]
    return f"{ended} runs ended" if ended else None


async def compute_statistics(runtime: Runtime) -> str | None:
    """Have the statistics of large active releases stored, as the dashboard asks for them.

    Otherwise the first person to look after a change would wait for them. Small releases are left out: theirs take no time.
    Statistics that are stored already stay as they are.
    """
    for release in await runtime.store.all(select(ArgusRelease, "id", "name", "enabled", "dormant")):
        if release.enabled and not release.dormant and release.name and await _is_large(runtime, release.id):
            await release_statistics(runtime, release.name, "0", "0", None, None, None)
    return None


async def _is_large(runtime: Runtime, release_id: UUID) -> bool:
    return len(await runtime.store.all(select(ArgusTest, "id").where(release_id=release_id).limit(LARGE))) == LARGE
