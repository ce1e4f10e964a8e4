"""Reading runs (docs/contract/testrun.md#reading-runs)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from argus.domain.activity import RunActivity, run_activity
from argus.domain.runs import find_typed, locate
from argus.kit.errors import APIException, TestRunServiceException, foreseen
from argus.kit.parse import epoch_of, number_at_end, rows_of, uuid_of
from argus.models.catalogue import ArgusTest
from argus.models.run import RunBase
from argus.run_types import METADATA_COLUMNS, Plugin
from argus.runtime import Runtime
from argus.storage.errors import MultipleDocumentsFound, WrongValue
from argus.storage.statements import Condition, gt, lt, select

LIMIT = 10
MOST_RUNS = 1000
UNKNOWN_TYPE = "unknown-does-not-exist"
PRIORITY = {"failed": 10, "test_error": 10, "aborted": 9, "running": 8, "created": 7, "passed": 6}
REFERENCE_COLUMNS = ("build_id", "start_time", "build_job_url", "build_number", "id", "test_id")


def removed() -> NoReturn:
    """Bulk polling is gone (docs/contract/core.md#reading-the-catalogue).

    Raises:
        APIException: always.
    """
    raise APIException("This endpoint has been removed")


async def runs_of_test(
    runtime: Runtime, test_id: str, limit: str | None, before: str | None, after: str | None, full: bool, additional: Sequence[str]
) -> list[RunBase]:
    """The newest runs of a test, and others by id, by build number and then by how much they need attention.

    Raises:
        ValueError: a malformed id or limit.
        TestRunServiceException: a malformed bound.
        DocumentNotFound: no such test.
    """
    test_key = uuid_of(test_id)
    bounds: list[Condition] = []
    if before:
        bounds.append(lt("start_time", _seconds(before)))
    if after:
        bounds.append(gt("start_time", _seconds(after)))
    size = rows_of(limit, MOST_RUNS) if limit else LIMIT
    extra = [uuid_of(run_id) for run_id in additional]
    if len(extra) > MOST_RUNS:
        raise TestRunServiceException(f"At most {MOST_RUNS} additional runs at a time")
    test = await runtime.store.get(ArgusTest, id=test_key)
    plugin = runtime.plugins.get(test.plugin_name)
    if plugin is None:
        return []
    read = select(plugin.model, *(() if full else METADATA_COLUMNS)).where(*bounds, build_id=test.build_system_id).limit(size)
    found, others = await asyncio.gather(runtime.store.all(read), _by_ids(runtime, plugin, extra))
    known = {run.id for run in found}
    named = {run.id: run for run in others if run.id not in known}
    found += [named[run_id] for run_id in extra if run_id in named]  # as often as it was named
    return sorted(found, key=_rank, reverse=True)


def _seconds(text: str) -> datetime:
    try:
        return epoch_of(text)
    except (ValueError, OverflowError, OSError):
        raise TestRunServiceException(f"Incorrect timestamp format, expected float-ms, got: {text}") from None


async def _by_ids(runtime: Runtime, plugin: Plugin, ids: Sequence[UUID], *columns: str) -> list[RunBase]:
    found = await asyncio.gather(*(find_typed(runtime, plugin.model, run_id, *columns) for run_id in dict.fromkeys(ids)))
    return [run for run in found if run is not None]


def _rank(run: RunBase) -> tuple[int, int]:
    return build_number_of(run), PRIORITY.get(run.status or "", 0)


def build_number_of(run: RunBase) -> int:
    """A run's build number, else the number that ends its job's URL, else -1."""
    if run.build_number:
        return run.build_number
    number = number_at_end(run.build_job_url or "")
    return -1 if number is None or number < 0 else number


async def run_by_build(runtime: Runtime, build_id: str, build_number: int, base_url: str) -> dict[str, str]:
    """Where the run of a job's build is.

    Args:
        base_url: scheme and host as the caller sees them, with a slash at the end.

    Raises:
        Exception: no such test, run type or build.
    """
    found = await find_build(runtime, build_id, build_number)
    if found is None:
        raise foreseen(Exception(f"Run not found for {build_id} #{build_number}"))
    plugin, run = found
    return {"run_id": str(run.id), "plugin_name": plugin.name, "url": f"{base_url}tests/{plugin.name}/{run.id}"}


async def find_build(runtime: Runtime, build_id: str, build_number: int) -> tuple[Plugin, RunBase] | None:
    """The newest run of a job with that number, and its plugin."""
    try:
        test = await runtime.store.find(ArgusTest, build_system_id=build_id)
    except MultipleDocumentsFound:
        return None
    plugin = runtime.plugins.get(test.plugin_name) if test else None
    if plugin is None:
        return None
    # filters within the one partition of the job
    numbered = select(plugin.model).where(build_id=build_id, build_number=build_number).allow_filtering()
    run = None
    with suppress(WrongValue):  # a number that no build can have
        run = await runtime.store.first(numbered)
    return (plugin, run) if run else None


async def type_of_run(runtime: Runtime, run_id: str) -> dict[str, str]:
    """The run type of an id.

    Raises:
        ValueError: a malformed id.
    """
    found = await locate(runtime, uuid_of(run_id))
    return {"run_type": found[0].name if found else UNKNOWN_TYPE}


async def activity(runtime: Runtime, run_id: str) -> RunActivity:
    """What happened to a run, oldest first.

    Raises:
        ValueError: a malformed id.
    """
    return await run_activity(runtime, uuid_of(run_id))


async def whole_run(runtime: Runtime, run_type: str, run_id: str) -> dict[str, Any] | None:
    """A run as the run page shows it; None when there is no such type or run.

    Raises:
        ValueError: a malformed id.
    """
    key = uuid_of(run_id)
    plugin = runtime.plugins.get(run_type)
    run = await find_typed(runtime, plugin.model, key) if plugin else None
    return await plugin.run_response(runtime, run) if plugin and run else None


async def runs_by_references(runtime: Runtime, pairs: Sequence[Sequence[str]]) -> dict[str, dict[str, RunBase]]:
    """Runs of `[test id, run id]` pairs, by run id; runs that are gone are left out.

    Raises:
        ValueError: a malformed id.
        KeyError: a test that is not there.
    """
    keys = [(test_id, uuid_of(test_id), uuid_of(run_id)) for test_id, run_id in pairs]
    tests = {test.id: test for test in await runtime.store.all_in(select(ArgusTest), "id", [key for _, key, _ in keys])}
    wanted: dict[str, list[UUID]] = {}
    for text, test_id, run_id in keys:
        if test_id not in tests:
            raise foreseen(KeyError(text))
        wanted.setdefault(tests[test_id].plugin_name or "", []).append(run_id)
    served = [(plugin, ids) for name, ids in wanted.items() if (plugin := runtime.plugins.get(name))]
    found = await asyncio.gather(*(_by_ids(runtime, plugin, ids, *REFERENCE_COLUMNS) for plugin, ids in served))
    return {"runs": {str(run.id): run for part in found for run in part}}
