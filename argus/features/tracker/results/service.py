"""Graphs of a test and the views that people make of them (docs/contract/results.md#graph-views)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.features.tracker.results.best import read_history
from argus.features.tracker.results.graphs import Graphs, NoVersion, TableHistory, draw, title_for, title_of, within
from argus.features.tracker.results.runs import NoSuchTest, RunDetails, details_of_test
from argus.features.tracker.results.tables import tables_of_run
from argus.kit.answer import HTML, Answer, json_answer
from argus.kit.errors import foreseen
from argus.kit.parse import iso_of, need, uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusTest
from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ArgusGraphView
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import Update, select, update


@dataclass(frozen=True, slots=True)
class Period:
    """Between which moments the software under test was built, both included."""

    start: datetime | None = None
    end: datetime | None = None


def period_of(start: str | None, end: str | None) -> Period:
    """A period out of a query: ISO dates or times, empty ones unset; a date is its midnight.

    Raises:
        ValueError: a malformed time.
    """
    return Period(iso_of(start) if start else None, iso_of(end) if end else None)


async def fetch_results(runtime: Runtime, test_id: str, run_id: str) -> Answer:
    """The result tables of a run.

    Raises:
        ValueError: a malformed id.
    """
    tables = await tables_of_run(runtime, uuid_of(test_id), uuid_of(run_id))
    return json_answer({"status": "ok", "tables": tables})


async def has_results(runtime: Runtime, test_id: str | None) -> Answer:
    """Whether a test has result tables: 200 or 404, without a body."""
    known = await runtime.store.first(select(ArgusGenericResultMetadata, "test_id", "name").where(test_id=_named(test_id)))
    return Answer(b"", 404 if known is None else 200, HTML)


async def results_of_test(
    runtime: Runtime, test_id: str | None, start: str | None, end: str | None, tables: Collection[str]
) -> dict[str, Any]:
    """The graphs of a test's tables, and its graph views.

    Args:
        tables: only these; empty: all.

    Raises:
        Exception: `No testId provided`.
        ValueError: a malformed id or time; no run tells which version it tested.
        TypeError: no such test.
    """
    test = _named(test_id)
    drawn, views = await asyncio.gather(
        graphs_of_test(runtime, test, period_of(start, end), lambda table: not tables or table.name in tables), graph_views(runtime, test)
    )
    return {"graphs": drawn.graphs, "ticks": drawn.ticks, "releases_filters": drawn.releases, "graph_views": views}


def _named(test_id: str | None) -> UUID:
    if not test_id:
        raise foreseen(Exception("No testId provided"))
    return uuid_of(test_id)


async def graphs_of_test(runtime: Runtime, test_id: UUID, period: Period, counts: Callable[[ArgusGenericResultMetadata], bool]) -> Graphs:
    """The graphs of a test, of runs that are not ignored.

    Args:
        counts: whether a table is drawn.

    Raises:
        TypeError: no such test.
        ValueError: no run tells which version it tested.
    """
    details, described = await asyncio.gather(
        details_of_test(runtime, test_id), runtime.store.all(select(ArgusGenericResultMetadata).where(test_id=test_id))
    )
    tables = [table for table in described if counts(table)]
    histories = await asyncio.gather(*(_history(runtime, table, period, details) for table in tables))
    with_cells = [history for history in histories if history.cells]
    # by the first table of the selection, whether it has cells or not
    main = tables[0].sut_package_name if tables else None
    return await runtime.blocking(ANSWERS, draw, with_cells, main, details)


async def _history(runtime: Runtime, table: ArgusGenericResultMetadata, period: Period, details: RunDetails) -> TableHistory:
    rows = runtime.store.rows(select(ArgusGenericResultData).where(test_id=table.test_id, name=table.name))
    cells = [cell async for cell in rows if cell.run_id not in details.ignored and within(cell, period.start, period.end)]
    best = await read_history(runtime, table.test_id, table.name, details.ignored) if cells else {}
    return TableHistory(table, cells, best)


async def graph_views(runtime: Runtime, test_id: UUID) -> list[ArgusGraphView]:
    """The graph views of a test, by id."""
    return await runtime.store.all(select(ArgusGraphView).where(test_id=test_id))


async def create_graph_view(runtime: Runtime, body: Mapping[str, Any]) -> ArgusGraphView:
    """A new view without graphs; neither the test nor the name is checked.

    Raises:
        KeyError: `testId`, `name` or `description` is missing.
        ValueError: a malformed id.
    """
    test_id, name, description = need(body, "testId"), need(body, "name"), need(body, "description")
    view = ArgusGraphView.model_construct(test_id=uuid_of(test_id), name=name, description=description)
    await runtime.store.create(view)
    return view


async def update_graph_view(runtime: Runtime, body: Mapping[str, Any]) -> ArgusGraphView:
    """Give a view a name, a description and exactly these graphs.

    Raises:
        KeyError: `testId`, `id`, `name`, `description` or `graphs` is missing.
        ValueError: a malformed id, or no such view.
    """
    test_id, view_id, name, description, graphs = (need(body, key) for key in ("testId", "id", "name", "description", "graphs"))
    key = {"test_id": uuid_of(test_id), "id": uuid_of(view_id)}
    change: Update = update(ArgusGraphView, **key).set(name=name, description=description, graphs=graphs)
    if not (await runtime.store.write(change.if_exists())).applied:
        raise foreseen(ValueError(f"GraphView with id {view_id} does not exist for test {test_id}"))
    return await runtime.store.get(ArgusGraphView, **key)


async def graphs_of_view(runtime: Runtime, view_id: str | None, start: str | None, end: str | None) -> Answer:
    """The graph views of every test of a user view, each with its graphs; those that show none are left out.

    A test that is gone has none, and neither has one whose runs do not tell which version they tested: the others are shown all the same.

    Raises:
        TypeError: no view is named.
        ValueError: a malformed id or time.
        DocumentNotFound: no such view.
    """
    view = await runtime.store.get(ArgusUserView, id=uuid_of(view_id))
    period = period_of(start, end)
    there = {test.id: test for test in await runtime.store.all_in(select(ArgusTest, "id", "name"), "id", view.tests)}
    views = await asyncio.gather(*(_views_of(runtime, there.get(test_id)) for test_id in view.tests))
    shown = await asyncio.gather(*(_shown(runtime, part, period) for part in views))
    tests = [there[test_id] for test_id, part in zip(view.tests, views, strict=True) if part]
    answer = {
        "status": "ok",
        "response": {str(test_id): part for test_id, part in zip(view.tests, shown, strict=True)},
        "tests_details": {str(test.id): {"name": test.name} for test in tests},
    }
    return await runtime.blocking(ANSWERS, json_answer, answer)  # thousands of points would hold the loop


async def _views_of(runtime: Runtime, test: ArgusTest | None) -> list[ArgusGraphView]:
    return [] if test is None else await graph_views(runtime, test.id)


async def _shown(runtime: Runtime, views: list[ArgusGraphView], period: Period) -> list[dict[str, Any]]:
    return [part for part in await asyncio.gather(*(_graphs_of_graph_view(runtime, view, period) for view in views)) if part["graphs"]]


async def _graphs_of_graph_view(runtime: Runtime, view: ArgusGraphView, period: Period) -> dict[str, Any]:
    def shown(table: ArgusGenericResultMetadata) -> bool:  # a title is never split: names may hold what parts them
        return any(title_for(table, column) in view.graphs for column in table.columns_meta)

    drawn = Graphs([], [], {})
    if view.graphs:
        with suppress(NoVersion, NoSuchTest):  # deleted a moment ago, or no run tells what it tested
            drawn = await graphs_of_test(runtime, view.test_id, period, shown)
    return {
        "id": view.id,
        "name": view.name,
        "description": view.description,
        "graphs": [graph for graph in drawn.graphs if title_of(graph) in view.graphs],
        "ticks": drawn.ticks,
        "releases_filters": drawn.releases,
    }
