"""Failures that were seen before: in how many runs, since which version, with which issue (docs/triage.md#seen-before)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from argus.domain.runs import find_run
from argus.features.tracker.widgets.issues import issues_of_runs, shown
from argus.kit.errors import DataValidationError
from argus.kit.parse import need, uuid_of
from argus.models.enums import PytestStatus
from argus.models.pytest import PytestResultTable
from argus.runtime import Runtime
from argus.storage.statements import select

MOST_NAMES = 20  # cases of one request
LOOKED_AT = 100  # results of one case and status, the newest, that are looked at
SHOWN_ISSUES = 5
FAILED = (
    PytestStatus.ERROR,
    PytestStatus.FAILURE,
    PytestStatus.PASSED_ERROR,
    PytestStatus.FAILURE_ERROR,
    PytestStatus.SKIPPED_ERROR,
    PytestStatus.ERROR_ERROR,
)
RUN_TYPE = "generic"  # whose cases pytest results are

Seen = dict[str, Any]


async def seen_cases(runtime: Runtime, run_id: str, body: Any) -> list[Seen]:
    """For each failed case of a run, the other runs in which it failed.

    Args:
        body: `{"names": […]}`, up to 20.

    Returns:
        In the order of the names: `name`, and what `summary` tells.

    Raises:
        ValueError, KeyError: a malformed id, or no names.
        DataValidationError: too many names, or one that is no text.
    """
    run, names = uuid_of(run_id), need(body, "names")
    if not isinstance(names, list) or len(names) > MOST_NAMES or not all(isinstance(name, str) and name for name in names):
        raise DataValidationError(f"names must be a list of at most {MOST_NAMES} names")
    return list(await asyncio.gather(*(_seen_case(runtime, run, name) for name in dict.fromkeys(names))))


async def _seen_case(runtime: Runtime, run_id: UUID, name: str) -> Seen:
    columns = ("name", "status", "id", "run_id")
    newest = select(PytestResultTable, *columns).ordered("desc").limit(LOOKED_AT)
    parts = await asyncio.gather(*(runtime.store.all(newest.where(name=name, status=status.value)) for status in FAILED))
    rows = sorted((row for part in parts for row in part), key=lambda row: row.id)
    runs = list(dict.fromkeys(row.run_id for row in rows if row.run_id and row.run_id != run_id))
    return {"name": name, **await summary(runtime, RUN_TYPE, runs, any(len(part) == LOOKED_AT for part in parts))}


async def summary(runtime: Runtime, run_type: str, runs: Sequence[UUID], more: bool) -> Seen:
    """What is said of a failure that other runs had.

    Args:
        runs: the other runs, the oldest first.
        more: whether there may be further ones.

    Returns:
        `runs` (how many), `more`, `since` (`run_id`, `version`, `start_time` of the oldest that is known, or None) and `issues`, those of
        most runs first.
    """
    issues, since = await asyncio.gather(_issues(runtime, runs), _oldest(runtime, run_type, runs))
    return {"runs": len(runs), "more": more, "since": since, "issues": issues}


async def _oldest(runtime: Runtime, run_type: str, runs: Iterable[UUID]) -> dict[str, Any] | None:
    for run_id in list(runs)[:3]:  # one that is gone tells nothing; three gone ones are enough
        run = await find_run(runtime, run_type, run_id, "scylla_version", "product_version")
        if run is not None:
            return {"run_id": run.id, "version": run.scylla_version or run.product_version, "start_time": run.start_time}
    return None


async def _issues(runtime: Runtime, runs: Sequence[UUID]) -> list[dict[str, Any]]:
    counted: dict[UUID, tuple[int, dict[str, Any]]] = {}
    for linked in (await issues_of_runs(runtime, runs)).values():
        for issue in linked:
            times = counted.get(issue.id, (0, {}))[0] + 1
            counted[issue.id] = (times, {**shown(issue, "owner", "repo"), "id": issue.id, "runs": times})
    return [told for _, told in sorted(counted.values(), key=lambda pair: -pair[0])][:SHOWN_ISSUES]
