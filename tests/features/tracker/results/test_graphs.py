"""Graphs: releases, limits, axes, changes between runs; and the views that people make of them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.domain.runs import edit, get_typed
from argus.features.tracker.results.graphs import COLOURS, TableHistory, changes_between, draw, most_versions, releases_of, y_range
from argus.features.tracker.results.runs import RunDetails, without_doubles
from argus.features.tracker.results.service import (
    create_graph_view,
    graphs_of_view,
    has_results,
    period_of,
    results_of_test,
    update_graph_view,
)
from argus.models.catalogue import ArgusTest
from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ColumnMetadata
from argus.models.view import ArgusUserView
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.types import PackageVersion
from argus.storage.errors import DocumentNotFound
from tests.features.tracker.results.conftest import SUT, Lab, cell, column, rule, table

pytestmark = pytest.mark.anyio

DAY = 86400


async def results(lab: Lab, *tables: str, start: str | None = None, end: str | None = None) -> dict[str, Any]:
    return await results_of_test(lab.runtime, str(lab.test.id), start, end, tables)


def labels(graph: dict[str, Any]) -> list[str]:
    return [dataset["label"] for dataset in graph["data"]["datasets"]]


def server(version: str, date: str = "20240101") -> tuple[str, str, str]:
    return "scylla-server", version, date


async def measured(lab: Lab, value: float, day: int, *packages: tuple[str, str, str], **sent: Any) -> Any:
    run = await lab.run(*packages)
    await lab.submit(run, table("t", [column("a")], [cell("a", value)], **sent) | {"sut_timestamp": SUT + day * DAY})
    return run


async def test_a_release_is_a_line_and_a_point_tells_what_changed(lab: Lab) -> None:
    await measured(lab, 100, 0, server("2024.1.3"), ("kernel", "6.8", ""), ("python", "3", ""))
    await measured(lab, 110, 2, server("2024.1.4"), ("kernel", "6.9", ""))
    dev = await measured(lab, 105, 1, server("2024.2.0~dev", ""), ("kernel", "6.9", ""))
    found = await results(lab)
    (graph,) = found["graphs"]
    assert sorted(labels(graph)) == ["2024.1 - r", "dev - r"]
    points = {point["x"][:10]: point for dataset in graph["data"]["datasets"] for point in dataset["data"]}
    assert points["2024-01-02"]["changes"] == ["scylla-server: 2024.1.3 (20240101)"]
    assert not points["2024-01-02"]["dep_change"]
    assert points["2024-01-03"]["id"] == dev
    assert points["2024-01-03"]["changes"][0] == "scylla-server: 2024.2.0~dev"
    assert set(points["2024-01-03"]["changes"][1:]) == {"kernel: 6.8 -> 6.9", "python: 3 -> None"}
    assert points["2024-01-04"]["changes"] == ["scylla-server: 2024.1.4 (20240101)"]
    assert graph["options"]["plugins"]["title"]["text"] == "t - a"
    assert found["ticks"] == {"min": "2024-01-02", "max": "2024-01-04"}
    assert sorted(found["releases_filters"]) == ["2024.1", "dev"]


async def test_limits_are_drawn_once_and_stand_at_every_point(lab: Lab) -> None:
    limits = {"a": rule(best_pct=10, fixed_limit=50)}
    await measured(lab, 100, 0, server("1.1"), rules=limits)
    await measured(lab, 120, 1, server("1.1"), rules=limits)
    (graph,) = (await results(lab))["graphs"]
    assert labels(graph) == ["1.1 - r", "error threshold"]
    line, threshold = [dataset["data"] for dataset in graph["data"]["datasets"]]
    # both were built before anything was submitted, so the oldest record is what counted
    assert [point["limit"] for point in line] == [90.0, 90.0]
    assert [point["y"] for point in threshold] == [90.0, 90.0]


async def test_ignored_runs_texts_and_hidden_columns_are_not_drawn(lab: Lab) -> None:
    run, wild = await lab.run(server("1.1")), await lab.run(server("1.1"))
    columns = [column("a"), column("note", None, "TEXT"), column("off", visible=False)]
    for where, value in ((run, 1), (wild, 1000)):
        await lab.submit(where, table(columns=columns, cells=[cell("a", value), cell("note", "x"), cell("off", 1)]))
    await lab.runtime.store.write(edit(await get_typed(lab.runtime, SCTTestRun, wild)).set(investigation_status="Ignored"))
    (graph,) = (await results(lab))["graphs"]
    assert [point["y"] for point in graph["data"]["datasets"][0]["data"]] == [1.0]


async def test_a_period_and_a_choice_of_tables(lab: Lab) -> None:
    run = await lab.run(server("1.1"))
    for day, name in enumerate(("x", "y", "z")):
        await lab.submit(run, table(name, [column("a")], [cell("a", 1)]) | {"sut_timestamp": SUT + day * DAY})
    assert len((await results(lab, start="2024-01-03", end="2024-01-04"))["graphs"]) == 2  # both included
    assert len((await results(lab, "x", "z"))["graphs"]) == 2
    nothing = await results(lab, start="2030-01-01")
    assert (nothing["graphs"], nothing["ticks"], nothing["releases_filters"]) == ([], {}, [])
    with pytest.raises(ValueError, match="Invalid isoformat"):
        await results(lab, end="soon")
    assert period_of("", None) == period_of(None, "")


async def test_runs_that_tell_no_version_cannot_be_drawn(lab: Lab) -> None:
    await measured(lab, 1, 0)
    with pytest.raises(ValueError, match=r"max\(\) iterable argument is empty"):
        await results(lab)


async def test_a_test_without_runs_or_results(lab: Lab) -> None:
    new = ArgusTest(name="new")
    await lab.runtime.store.save(new)
    for test in (lab.test, new):
        found = await results_of_test(lab.runtime, str(test.id), None, None, [])
        assert found == {"graphs": [], "ticks": {}, "releases_filters": [], "graph_views": []}
        assert (await has_results(lab.runtime, str(test.id))).status == 404
    with pytest.raises(TypeError):
        await results_of_test(lab.runtime, str(uuid4()), None, None, [])
    with pytest.raises(Exception, match="No testId provided"):
        await results_of_test(lab.runtime, None, None, None, [])
    await measured(lab, 1, 0, server("1.1"))
    assert (await has_results(lab.runtime, str(lab.test.id))).status == 200


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([], (0, 0)),
        ([5], (2, 8)),
        ([5, 7], (2, 8)),
        ([5, 7, 9], (2, 11)),
        ([1, 2, 3, 4], (1, 5)),
        ([-10, -8, -6, -4], (-4, -9)),
    ],
)
def test_the_y_axis(values: list[float], ends: tuple[int, int]) -> None:
    assert y_range(values) == ends


async def test_values_beyond_the_axis_are_cut_to_it_and_told(lab: Lab) -> None:
    for day, value in enumerate((10, 10, 10, 10, 1000, 1)):
        await measured(lab, value, day, server("1.1"))
    (graph,) = (await results(lab))["graphs"]
    points = graph["data"]["datasets"][0]["data"]
    assert [(point["y"], point.get("ori")) for point in points] == [*[(10.0, None)] * 4, (15, 1000.0), (5, 1.0)]


def test_the_most_upgraded_server_is_the_one_that_counts() -> None:
    def names(*given: str) -> list[str | None]:
        return [package.name for package in without_doubles([PackageVersion(name=name) for name in given])]

    assert names("scylla-server", "kernel", "scylla-server-upgraded") == ["kernel", "scylla-server-upgraded"]
    assert names("scylla-server", "scylla-server-upgrade-target") == ["scylla-server-upgrade-target"]
    assert names("kernel") == ["kernel"]


def test_the_main_package_is_the_one_with_the_most_versions() -> None:
    manager = [PackageVersion(name="scylla-manager-server", version=str(i)) for i in range(2)]
    server = PackageVersion(name="scylla-server", version="1")
    assert most_versions([[server, manager[0]], [server, manager[1]]]) == "scylla-manager-server"
    assert most_versions([[server, manager[0]]]) == "scylla-server"  # of equals the first
    assert releases_of({uuid4(): [PackageVersion(name="scylla-server")]}, "scylla-server") == {}


def test_colours_are_written_as_charts_expect_them() -> None:
    assert len(set(COLOURS)) == 14
    assert COLOURS[0] == "rgba(220, 53, 69, 1.0)"


PACKAGES = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("123"))


@given(PACKAGES, PACKAGES)
def test_changes_name_exactly_what_differs_but_for_the_main_package(before: dict[str, str], after: dict[str, str]) -> None:
    changed = {text.split(":")[0] for text in changes_between(before, after, "a")}
    assert changed == {name for name in "bcde" if before.get(name) != after.get(name)}


async def test_a_graph_view_is_given_exactly_the_graphs_that_are_named(lab: Lab) -> None:
    made = await create_graph_view(lab.runtime, {"testId": str(lab.test.id), "name": "v", "description": "d"})
    assert made.graphs == {}
    body = {"testId": str(lab.test.id), "id": str(made.id), "name": "w", "description": ""}
    for graphs in ({"t - a": "{}", "t - b": "{}"}, {"t - b": '{"w":1}', "t - c": "{}"}, {}):
        changed = await update_graph_view(lab.runtime, {**body, "graphs": graphs})
        assert (changed.name, changed.description, changed.graphs) == ("w", "", graphs)
    assert [view.id for view in (await results(lab))["graph_views"]] == [made.id]
    unknown = str(uuid4())
    with pytest.raises(ValueError, match=f"GraphView with id {unknown} does not exist for test {lab.test.id}"):
        await update_graph_view(lab.runtime, {**body, "id": unknown, "graphs": {}})
    with pytest.raises(KeyError, match="graphs"):
        await update_graph_view(lab.runtime, body)


async def test_a_user_view_shows_the_graph_views_of_its_tests(lab: Lab) -> None:
    run = await lab.run(server("1.1"))
    await lab.submit(run, table("x - y", [column("a"), column("b")], [cell("a", 1), cell("b", 2)]))
    other = ArgusTest(name="other", plugin_name="scylla-cluster-tests")
    view = ArgusUserView(name="v", tests=[lab.test.id, other.id])
    await lab.runtime.store.save(other)
    await lab.runtime.store.save(view)
    for graphs in ({"x - y - b": "{}", "x - y - gone": "{}"}, {}):
        made = await create_graph_view(lab.runtime, {"testId": str(lab.test.id), "name": "v", "description": "d"})
        await update_graph_view(
            lab.runtime, {"testId": str(lab.test.id), "id": str(made.id), "name": "v", "description": "d", "graphs": graphs}
        )
    answer = json.loads((await graphs_of_view(lab.runtime, str(view.id), None, None)).body)
    assert answer["tests_details"] == {str(lab.test.id): {"name": "job"}}
    assert answer["response"][str(other.id)] == []
    (shown,) = answer["response"][str(lab.test.id)]
    assert [graph["options"]["plugins"]["title"]["text"] for graph in shown["graphs"]] == ["x - y - b"]
    assert shown["ticks"] == {"min": "2024-01-02", "max": "2024-01-02"}
    with pytest.raises(DocumentNotFound):
        await graphs_of_view(lab.runtime, str(uuid4()), None, None)


async def test_names_may_hold_what_parts_a_title(lab: Lab) -> None:
    run = await lab.run(server("1.1"))
    await lab.submit(run, table("Perf - x", [column("READ - P99"), column("b")], [cell("READ - P99", 1), cell("b", 2)]))
    view = ArgusUserView(name="v", tests=[lab.test.id])
    await lab.runtime.store.save(view)
    made = await create_graph_view(lab.runtime, {"testId": str(lab.test.id), "name": "v", "description": "d"})
    key = {"testId": str(lab.test.id), "id": str(made.id), "name": "v", "description": "d"}
    await update_graph_view(lab.runtime, {**key, "graphs": {"Perf - x - READ - P99": "6"}})
    answer = json.loads((await graphs_of_view(lab.runtime, str(view.id), None, None)).body)
    (shown,) = answer["response"][str(lab.test.id)]
    assert [graph["options"]["plugins"]["title"]["text"] for graph in shown["graphs"]] == ["Perf - x - READ - P99"]


async def test_a_test_that_is_gone_or_tells_no_version_takes_no_other_along(lab: Lab) -> None:
    async def viewed(test: ArgusTest) -> None:
        made = await create_graph_view(lab.runtime, {"testId": str(test.id), "name": "v", "description": "d"})
        body = {"testId": str(test.id), "id": str(made.id), "name": "v", "description": "d", "graphs": {"t - a": ""}}
        await update_graph_view(lab.runtime, body)

    gone, silent = ArgusTest(name="gone"), ArgusTest(name="silent", plugin_name="scylla-cluster-tests")
    await lab.runtime.store.save(silent)
    await lab.submit(await lab.run(server("1.1")), table("t", [column("a")], [cell("a", 1)]))
    place = {"test_id": silent.id, "name": "t"}
    await lab.runtime.store.save(ArgusGenericResultMetadata(**place, columns_meta=[ColumnMetadata(name="a")], rows_meta=["r"]))
    moment = datetime(2024, 1, 1)
    await lab.runtime.store.save(ArgusGenericResultData(**place, run_id=uuid4(), column="a", row="r", value=1, sut_timestamp=moment))
    for test in (gone, lab.test, silent):
        await viewed(test)
    view = ArgusUserView(name="v", tests=[gone.id, lab.test.id, silent.id])
    await lab.runtime.store.save(view)
    answer = json.loads((await graphs_of_view(lab.runtime, str(view.id), None, None)).body)
    assert [len(answer["response"][str(test)]) for test in view.tests] == [0, 1, 0]
    assert answer["tests_details"] == {str(lab.test.id): {"name": "job"}, str(silent.id): {"name": "silent"}}


def test_moments_with_a_zone_are_taken_as_utc() -> None:
    assert period_of("2024-01-01T02:00:00+02:00", "2024-01-02").start == datetime(2024, 1, 1)


def test_cells_are_looked_at_once_however_many_columns_and_rows_there_are() -> None:
    class Cell(ArgusGenericResultData):
        def __getattribute__(self, name: str) -> Any:
            if name == "column":
                looks.append(1)
            return super().__getattribute__(name)

    looks: list[int] = []
    runs = [uuid4() for _ in range(3)]
    names = [f"n{number}" for number in range(15)]
    cells = [
        Cell.model_construct(test_id=run, name="t", run_id=run, column=column, row=row, sut_timestamp=datetime(2024, 1, day), value=1.0)
        for day, run in enumerate(runs, 1)
        for column in names
        for row in names
    ]
    columns = [ColumnMetadata(name=name, unit="", type="FLOAT", higher_is_better=None) for name in names]
    described = ArgusGenericResultMetadata(test_id=uuid4(), name="t", columns_meta=columns, rows_meta=names)
    packages = {run: [PackageVersion(name="scylla-server", version="5.0", date="", revision_id="")] for run in runs}
    drawn = draw([TableHistory(described, cells, {})], None, RunDetails(frozenset(), packages))
    assert len(drawn.graphs) == len(names)
    assert len(drawn.graphs[0]["data"]["datasets"]) == len(names)
    assert len(looks) == len(cells)
