"""Statistics of a release, stored until something changes them, and its activity.

Contract: docs/contract/core.md#statistics-of-a-release; docs/contract/core.md#activity-of-a-release.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from argus.domain import activity
from argus.domain.snapshots import filter_key
from argus.features.tracker.stats import snapshots
from argus.features.tracker.stats.reading import Filter, plans_of, related_to, runs_of
from argus.features.tracker.stats.tally import tally
from argus.kit.answer import Answer, ready_ok
from argus.kit.errors import foreseen
from argus.kit.json import encode_text
from argus.kit.parse import flag_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import select


async def release_activity(runtime: Runtime, release_name: str | None) -> activity.ReleaseActivity:
    """What happened in a release, oldest first.

    Raises:
        Exception: no release is named.
        DocumentNotFound: there is no such release.
        TypeError, KeyError: an entry that cannot be told.
    """
    if not release_name:
        raise foreseen(Exception("Release name not specified in the request"))
    release = await runtime.store.get(ArgusRelease, "id", name=release_name)
    return await activity.release_activity(runtime, release.id)


async def release_statistics(
    runtime: Runtime,
    release_name: str | None,
    limited: str | None,
    force: str | None,
    version: str | None,
    no_version: str | None,
    image: str | None,
) -> Answer:
    """The statistics of a release, ready encoded: stored ones, unless they are missing or forced to be made anew.

    Args:
        limited: `1`: statuses only, no runs, no plans. `force`: `1`: compute, also for a disabled or dormant release.
        no_version: `0`: runs without a version do not count.

    Raises:
        TypeError, ValueError: a flag is missing or no number.
        DocumentNotFound: there is no such release.
    """
    short, forced = flag_of(limited), flag_of(force)
    wanted = Filter(version, image, flag_of(no_version if no_version is not None else 1))
    if release_name is None:
        raise DocumentNotFound("No ArgusRelease found matching {'name': None}")
    release = await runtime.store.get(ArgusRelease, name=release_name)
    made = await statistics(runtime, release, wanted, limited=short, forced=forced)
    return ready_ok((made.payload if made else encode_text({"dormant": True})).encode())


async def statistics(runtime: Runtime, release: ArgusRelease, wanted: Filter, *, limited: bool, forced: bool) -> snapshots.Made | None:
    """The statistics of a release: stored ones, unless they are missing or forced to be made anew. None: it is dormant."""
    key = filter_key(wanted.version, wanted.image, wanted.no_version, limited)
    stored = None if forced else await snapshots.stored(runtime.store, release.id, key)
    if stored:
        return stored
    if release.dormant and not forced:
        return None
    ticket = await snapshots.lay_ticket(runtime.store, release.id, key)
    try:
        payload = await _compute(runtime, release.id, wanted, limited, forced)
    except BaseException:
        await snapshots.tear_up(runtime.store, release.id, ticket)
        raise
    return await snapshots.redeem(runtime.store, release.id, key, ticket, payload)


async def _compute(runtime: Runtime, release_id: UUID, wanted: Filter, limited: bool, forced: bool) -> str:
    release = await runtime.store.get(ArgusRelease, id=release_id)
    groups: list[ArgusGroup] = []
    tests: list[ArgusTest] = []
    if release.enabled or forced:
        groups, tests = await asyncio.gather(
            runtime.store.all(select(ArgusGroup).where(release_id=release.id)),
            runtime.store.all(select(ArgusTest).where(release_id=release.id)),
        )
    with_runs = forced or not limited
    runs, plans, related = await asyncio.gather(
        runs_of(runtime, tests, wanted),
        plans_of(runtime, [] if limited else [release.id]),
        related_to(runtime, [release.id] if with_runs else []),
    )
    # literally the version that was asked for: without one, plans for no version (docs/contract/core.md#one-test)
    selected = [plan for plan in plans if plan.target_version == wanted.version]

    def encoded() -> str:
        whose = {"release": release, "disabled": not release.enabled, "perpetual": release.perpetual}
        return encode_text({**tally(groups, tests, runs, selected, related if with_runs else None), **whose})

    return await runtime.blocking(ANSWERS, encoded)  # thousands of runs would hold the loop
