"""Runs that a query means: by the beginning of an id, by build number, or by facets among the newest of the tests that match."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from argus.domain.run_keys import by_id_prefix, by_number
from argus.features.tracker.finding.catalogue import Entry
from argus.features.tracker.finding.words import Query
from argus.features.tracker.runs.reading import find_build
from argus.models.run import RunBase, RunKey
from argus.run_types import STATISTICS_COLUMNS
from argus.runtime import Runtime
from argus.storage.statements import is_in, select

RUNS_PER_JOB = 15  # the newest, which statistics count as well
TESTS_AT_ONCE = 60  # whose runs one page of an answer looks at
NUMBERED_TESTS = 8

Hit = dict[str, Any]


async def by_beginning(runtime: Runtime, digits: str, most: int) -> list[Hit]:
    """Runs whose id begins so."""
    return await _described(runtime, (await by_id_prefix(runtime, digits))[:most])


async def of_number(runtime: Runtime, query: Query, number: int, tests: Sequence[Entry], most: int) -> list[Hit]:
    """Builds of this number: of the tests that the words name, else the newest of all."""
    if not query.words:
        return await _described(runtime, (await by_number(runtime, number))[:most])
    jobs = [entry.test.build_system_id for entry in tests[:NUMBERED_TESTS] if entry.test and entry.test.build_system_id]
    found = await asyncio.gather(*(find_build(runtime, job, number) for job in jobs))
    return [hit(plugin.name, run) for plugin, run in filter(None, found)]


async def _described(runtime: Runtime, rows: Iterable[RunKey]) -> list[Hit]:
    async def one(row: RunKey) -> Hit | None:
        plugin = runtime.plugins.get(row.run_type)
        if plugin is None:
            return None
        run = await runtime.store.find(plugin.model, *STATISTICS_COLUMNS, build_id=row.build_id, start_time=row.start_time)
        return hit(plugin.name, run) if run is not None and run.id == row.id else None

    return [found for found in await asyncio.gather(*map(one, rows)) if found]


async def of_facets(runtime: Runtime, query: Query, tests: Sequence[Entry], assignee: UUID | None) -> list[Hit]:
    """The newest runs of these tests that have what the facets say, newest first.

    Args:
        tests: at most `TESTS_AT_ONCE`.
    """
    jobs: dict[str, list[str]] = {}
    for entry in tests:
        if entry.test and entry.test.plugin_name and entry.test.build_system_id:
            jobs.setdefault(entry.test.plugin_name, []).append(entry.test.build_system_id)
    parts = await asyncio.gather(*(_newest(runtime, name, builds) for name, builds in jobs.items()))
    kept = [(name, run) for name, runs in parts for run in runs if _keeps(query, run, assignee)]
    return [hit(name, run) for name, run in sorted(kept, key=lambda pair: pair[1].start_time, reverse=True)]


async def _newest(runtime: Runtime, run_type: str, jobs: list[str]) -> tuple[str, list[RunBase]]:
    plugin = runtime.plugins.get(run_type)
    if plugin is None:
        return run_type, []
    newest = select(plugin.model, *STATISTICS_COLUMNS).where(is_in("build_id", dict.fromkeys(jobs))).per_partition(RUNS_PER_JOB)
    return run_type, await runtime.store.all(newest)


def _keeps(query: Query, run: RunBase, assignee: UUID | None) -> bool:
    return (
        (query.status is None or query.status in (run.status, run.investigation_status))
        and (query.assignee is None or (assignee is not None and run.assignee == assignee))
        and (query.version is None or (run.scylla_version or run.product_version or "").lower().startswith(query.version))
        and (query.since is None or run.start_time >= query.since)
        and (query.number is None or run.build_number == query.number)
    )


def hit(run_type: str, run: RunBase) -> Hit:
    """A run as a search shows it."""
    name = f"{run.build_id.rpartition('/')[2]} #{'?' if run.build_number is None else run.build_number}"
    shown = {"kind": "run", "id": run.id, "title": name, "context": run.build_id, "address": f"/tests/{run_type}/{run.id}"}
    return {**shown, "status": run.status, "start_time": run.start_time, "version": run.scylla_version}
