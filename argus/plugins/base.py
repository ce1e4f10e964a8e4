"""What run types have in common; each overrides what it does otherwise (docs/contract/plugins.md#columns-of-every-run)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.domain import versions
from argus.domain.assignment import assignee_of
from argus.kit.clock import now
from argus.kit.parse import epoch_of
from argus.models.run import RunBase
from argus.run_types import STATISTICS_COLUMNS
from argus.runtime import Runtime
from argus.storage.table import Row
from argus.storage.types import Udt


class RunType:
    """A run type without logs, packages and images, whose versions are found by reading its runs. For arguments and errors see `Plugin`."""

    name: str
    model: type[RunBase]
    all_models: Sequence[type[Row]]
    all_types: Sequence[type[Udt]]
    statistics_columns: tuple[str, ...] = STATISTICS_COLUMNS

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        raise NotImplementedError

    async def sut_timestamp(self, runtime: Runtime, run: RunBase, package_name: str) -> float:
        raise NotImplementedError

    async def run_response(self, runtime: Runtime, run: RunBase) -> dict[str, Any]:
        return dict(run)

    async def release_versions(self, runtime: Runtime, release_id: UUID) -> list[str]:
        return await versions.release_versions(runtime, self.model, release_id)

    async def view_versions(self, runtime: Runtime, build_ids: Sequence[str]) -> list[str]:
        return await versions.view_versions(runtime, self.model, build_ids)

    async def release_images(self, runtime: Runtime, release_id: UUID) -> list[str]:
        return []

    async def view_images(self, runtime: Runtime, build_ids: Sequence[str]) -> list[str]:
        return []


def end_of(body: Mapping[str, Any]) -> datetime:
    """When a run ended: `end_time` of the request in epoch seconds (0 counts), or now.

    Raises:
        ValueError, TypeError: `end_time` is no number.
    """
    given = body.get("end_time")
    return now() if given is None else epoch_of(given)


async def assignee_by_version(runtime: Runtime, run: RunBase, version: str) -> dict[str, UUID]:
    """The assignee that the plans of a version name, as a change of the run's row; no change when they name none."""
    assignee = await assignee_of(runtime, run, version)
    return {} if assignee is None else {"assignee": assignee}
