"""What widgets show of the cluster test runs of a view (docs/contract/views.md#widgets)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from itertools import compress
from typing import Any, Protocol
from uuid import UUID

from argus.domain.runs import find_typed, plugin_named
from argus.features.tracker.results.runs import SERVER, columns_of, first_package, is_ignored, packages_of, under_test
from argus.features.tracker.results.tables import ShownTable, tables_of_run
from argus.features.tracker.widgets.issues import issues_of_runs, shown
from argus.features.tracker.widgets.nemesis_names import display_name
from argus.kit.errors import foreseen
from argus.kit.parse import need, uuid_of
from argus.kit.patterns import check, searching
from argus.models.catalogue import ArgusTest
from argus.models.enums import NemesisStatus
from argus.models.run import RunBase
from argus.models.view import ArgusUserView
from argus.run_types import Plugin
from argus.runtime import Runtime
from argus.storage.statements import select

log = logging.getLogger("argus.widgets")

CLUSTER_TESTS = "scylla-cluster-tests"
KEY_METRICS = (
    "P99 read", "P99 write", "duration", "Throughput write", "Throughput read",
    "allocs_per_op", "cpu_cycles_per_op", "instructions_per_op", "logallocs_per_op",
)  # fmt: skip
OVER = (NemesisStatus.SUCCEEDED.value, NemesisStatus.FAILED.value)


class Nemesis(Protocol):
    """A disruption of a run."""

    run_id: UUID
    name: str | None
    start_time: int
    end_time: int | None
    status: str | None
    stack_trace: str | None


class ReportsNemeses(Plugin, Protocol):
    """A run type that knows disruptions."""

    async def nemeses(self, runtime: Runtime, run_ids: Sequence[UUID]) -> Sequence[Nemesis]:
        """Those of any number of runs."""


async def graphed_stats(runtime: Runtime, view_id: str | None, filters: str | None) -> dict[str, Any]:
    """Outcome and duration of every run in a view, and the nemeses that are over.

    Args:
        filters: a JSON list of regular expressions; jobs in which one is found are left out. A list with a mistake leaves out none.

    Raises:
        TypeError, ValueError: no view id, or a malformed one.
        DocumentNotFound: no such view.
    """
    excluded = _expressions(filters)
    tests = await _tests_of(runtime, view_id)
    runs = await _runs_of(runtime, tests, "status", "end_time")
    if excluded:
        out = await _found(runtime, excluded, [run.build_id for run in runs])
        runs = [run for run in runs if run.build_id not in out]
    versions = {run.id: _server_version(run) or "unknown" for run in runs}
    nemeses = await _nemeses(runtime, runs)
    over = [(run, nemesis) for run in runs for nemesis in nemeses[run.id]]
    return {
        "test_runs": [
            {
                "build_id": run.build_id,
                "start_time": run.start_time.replace(tzinfo=UTC).timestamp(),
                "duration": _duration(run),
                "status": run.status,
                "version": versions[run.id],
                "run_id": run.id,
                "investigation_status": run.investigation_status,
            }
            for run in runs
        ],
        "nemesis_data": [{"version": versions[run.id], **_shown_nemesis(nemesis), "build_id": run.build_id} for run, nemesis in over],
    }


async def nemesis_data(runtime: Runtime, view_id: str | None) -> dict[str, Any]:
    """The nemeses that are over, of the runs in a view that tell their version.

    Raises:
        TypeError, ValueError: no view id, or a malformed one.
        DocumentNotFound: no such view.
    """
    tests = await _tests_of(runtime, view_id)
    runs = [run for run in await _runs_of(runtime, tests) if first_package(packages_of(run), (SERVER,))]
    nemeses = await _nemeses(runtime, runs)
    found = [{"version": _server_version(run), **_shown_nemesis(nemesis)} for run in runs for nemesis in nemeses[run.id]]
    return {"nemesis_data": found}


def _expressions(filters: str | None) -> list[str]:
    if not filters:
        return []
    try:
        return [check(expression) for expression in json.loads(filters)]
    except (ValueError, TypeError, re.error) as mistake:
        log.warning("filters %r are ignored: %s", filters, mistake)
        return []


async def _found(runtime: Runtime, expressions: Sequence[str], jobs: Iterable[str]) -> set[str]:
    """The jobs in which an expression is found."""
    distinct = list(dict.fromkeys(jobs))
    async with searching(runtime.pools, expressions) as in_texts:
        return set(compress(distinct, await in_texts(distinct)))


def _duration(run: RunBase) -> float:
    seconds = (run.end_time - run.start_time).total_seconds() if run.end_time else 0
    return seconds if seconds > 0 else 0


def _server_version(run: RunBase) -> str | None:
    package = first_package(packages_of(run), (SERVER,))
    return package.version if package else None


def _shown_nemesis(nemesis: Nemesis) -> dict[str, Any]:
    return {
        "name": display_name(nemesis.name),
        "start_time": nemesis.start_time,
        "duration": (nemesis.end_time or 0) - nemesis.start_time,
        "status": nemesis.status,
        "run_id": nemesis.run_id,
        "stack_trace": nemesis.stack_trace,
    }


async def _tests_of(runtime: Runtime, view_id: str | None) -> list[UUID]:
    view = await runtime.store.get(ArgusUserView, "id", "tests", id=uuid_of(view_id))
    return list(dict.fromkeys(view.tests))  # until it is refreshed a test may be in it twice; it counts once


async def _runs_of(runtime: Runtime, tests: Sequence[UUID], *columns: str) -> list[Any]:
    """The cluster test runs of tests that are not ignored, test by test; bounded by the view's history."""
    model = plugin_named(runtime, CLUSTER_TESTS).model
    runs = select(model, *columns_of(model, *columns))
    parts = await asyncio.gather(*(runtime.store.all(runs.where(test_id=test_id)) for test_id in tests))
    return [run for part in parts for run in part if not is_ignored(run)]


async def _nemeses(runtime: Runtime, runs: Sequence[RunBase]) -> dict[UUID, list[Nemesis]]:
    plugin: ReportsNemeses = plugin_named(runtime, CLUSTER_TESTS)  # type: ignore[assignment]  # the one that does
    found: dict[UUID, list[Nemesis]] = {run.id: [] for run in runs}
    for nemesis in await plugin.nemeses(runtime, list(found)):
        if nemesis.status in OVER:
            found[nemesis.run_id].append(nemesis)
    return found


async def runs_details(runtime: Runtime, body: Mapping[str, Any] | None) -> dict[str, Any]:
    """Build, outcome, version and issues of runs; of those that are no cluster tests, nothing but that.

    Raises:
        ValueError: `run_ids` is missing or no list, or an id is malformed.
    """
    if not body or "run_ids" not in body:
        raise foreseen(ValueError("Missing run_ids parameter"))
    if not isinstance(body["run_ids"], list):
        raise foreseen(ValueError("run_ids must be a list"))
    run_ids = list(dict.fromkeys(map(uuid_of, body["run_ids"])))
    model = plugin_named(runtime, CLUSTER_TESTS).model
    columns = columns_of(model, "build_number", "status", "assignee")
    found = asyncio.gather(*(find_typed(runtime, model, run_id, *columns) for run_id in run_ids))
    issues, runs = await asyncio.gather(issues_of_runs(runtime, run_ids), found)
    details: dict[str, Any] = {}
    for run_id, run in zip(run_ids, runs, strict=True):
        linked = [shown(issue) for issue in issues.get(run_id, ())]
        details[str(run_id)] = {**UNKNOWN, "issues": []} if run is None else {**_details(run), "issues": linked}
    return details


UNKNOWN: Mapping[str, Any] = {"build_id": None, "start_time": None, "assignee": None, "version": "unknown"}


def _details(run: RunBase) -> dict[str, Any]:
    package = first_package(packages_of(run), under_test(SERVER))
    return {
        "build_id": f"{run.build_id}#{run.build_number}",
        "status": run.status,
        "start_time": run.start_time.isoformat(),
        "assignee": run.assignee,
        "version": f"{package.version}-{package.date}" if package else "unknown",
        "investigation_status": run.investigation_status,
    }


async def versioned_runs(runtime: Runtime, view_id: str | None) -> dict[str, Any]:
    """The newest run of each version, test and test method in a view; of tests that are enabled.

    Raises:
        TypeError, ValueError: no view id, or a malformed one.
        DocumentNotFound: no such view.
    """
    tests = await _tests_of(runtime, view_id)
    enabled = {test.id for test in await runtime.store.all_in(select(ArgusTest, "id", "enabled"), "id", tests) if test.enabled}
    runs = await _runs_of(
        runtime, [test for test in tests if test in enabled], "test_id", "test_method", "test_name", "status", "started_by"
    )
    versions: dict[str, dict[str, dict[str, Any]]] = {}
    info: dict[str, dict[str, Any]] = {}
    for run in sorted(runs, key=lambda run: run.start_time, reverse=True):
        package = first_package(packages_of(run), under_test(SERVER))
        if package is None or not run.test_method:
            continue
        test_id, method = str(run.test_id), run.test_method.split(".")[-1]
        methods = versions.setdefault(f"{package.version}-{package.date}-{package.revision_id}", {}).setdefault(test_id, {})
        methods.setdefault(method, {"run_id": run.id, "status": run.status, "started_by": run.started_by})
        info.setdefault(test_id, {"name": run.test_name, "build_id": run.build_id})
    return {"versions": versions, "test_info": info}


async def runs_results(
    runtime: Runtime, body: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> dict[str, dict[str, dict[str, list[dict[str, ShownTable]]]]]:
    """Key metrics of runs.

    Args:
        body: test id → method → object with `run_id`.

    Returns:
        test id → method → run id → tables.

    Raises:
        ValueError: a malformed id.
        KeyError: a run is not named.
    """
    wanted = [
        (test, method, need(run, "run_id"), uuid_of(test), uuid_of(need(run, "run_id")))
        for test, methods in body.items()
        for method, run in methods.items()
    ]
    tables = await asyncio.gather(*(tables_of_run(runtime, test_id, run_id, KEY_METRICS) for *_, test_id, run_id in wanted))
    found: dict[str, dict[str, dict[str, list[dict[str, ShownTable]]]]] = {test: {} for test in body}
    for (test, method, run, *_), part in zip(wanted, tables, strict=True):
        found[test][method] = {run: part}
    return found
