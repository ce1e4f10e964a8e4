"""Graphs of a test's result tables, ready for Chart.js (docs/contract/results.md#graphs-of-one-test). Nothing here reads or waits."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.features.tracker.results.best import History
from argus.features.tracker.results.limits import best_at, limits_of, rule_at
from argus.features.tracker.results.runs import SERVER, Package, RunDetails
from argus.kit.errors import Foreseen
from argus.kit.numbers import finite
from argus.models.enums import ResultType
from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ColumnMetadata

COLOURS = tuple(
    f"rgba({rgb}, 1.0)"
    for rgb in (
        "220, 53, 69", "40, 167, 69", "0, 123, 255", "23, 162, 184", "255, 193, 7", "255, 133, 27", "102, 16, 242", "111, 207, 151",
        "255, 182, 193", "32, 201, 151", "134, 83, 78", "0, 84, 153", "128, 128, 0", "255, 159, 80",
    )
)  # fmt: skip
DASHES = ([0, 0], [10, 5], [5, 10], [15, 5, 5, 5], [5, 5, 1, 5], [10, 10, 5, 5], [20, 5], [10, 5, 2, 5], [5, 5])
MAIN_PACKAGES = (f"{SERVER}-upgraded", SERVER, "scylla-manager-server")
THRESHOLD = "error threshold"

Point = dict[str, Any]
Graph = dict[str, Any]
Places = dict[tuple[str | None, str], list[ArgusGenericResultData]]
"""Cells by column and row."""


class NoVersion(Foreseen, ValueError):
    """No run tells which version it tested, so nothing can be drawn against versions (docs/contract/results.md#graphs-of-one-test)."""

    shown_as = "ValueError"
    expected = True


@dataclass(frozen=True, slots=True)
class TableHistory:
    """A table, its cells of all runs that count, and its records."""

    table: ArgusGenericResultMetadata
    cells: Sequence[ArgusGenericResultData]
    best: History


@dataclass(frozen=True, slots=True)
class Graphs:
    """Graphs, the names of releases that they have, and the first and last day (`{"min", "max"}`, empty without data)."""

    graphs: list[Graph]
    releases: list[str]
    ticks: dict[str, str]


def draw(tables: Sequence[TableHistory], main_package: str | None, runs: RunDetails) -> Graphs:
    """The graphs of tables: one for each visible column of numbers that has something to draw.

    Args:
        main_package: what releases are named by; empty or None: the server or manager package with the most versions.

    Raises:
        NoVersion: no run has such a package.
    """
    if not tables:
        return Graphs([], [], {})
    main = main_package or most_versions(runs.packages.values())
    releases = releases_of(runs.packages, main)
    graphs = []
    for history in tables:
        cells = _by_place(history.cells)
        for column in history.table.columns_meta:
            if column.type == ResultType.TEXT or column.visible is False:
                continue
            datasets = _datasets(history, cells, column, releases, runs.packages, main)
            if datasets:
                graphs.append(_graph(history.table, column, datasets))
    return Graphs(graphs, list(releases), ticks_of(graphs))


def most_versions(runs: Iterable[Sequence[Package]]) -> str:
    """Which of the packages that may be under test occurs in the most versions.

    Raises:
        NoVersion: none of them occurs.
    """
    versions: dict[str, set[tuple[str | None, str | None]]] = {}
    for packages in runs:
        for package in packages:
            if package.name in MAIN_PACKAGES:
                versions.setdefault(package.name or "", set()).add((package.version, package.date))
    if not versions:
        raise NoVersion("max() iterable argument is empty")
    return max(versions, key=lambda name: len(versions[name]))


def releases_of(runs: Mapping[UUID, Sequence[Package]], main: str) -> dict[str, set[UUID]]:
    """Runs by release, named by the version of their main package; releases in the order in which runs have them."""
    releases: dict[str, set[UUID]] = {}
    for run_id, packages in runs.items():
        version = next((package.version for package in packages if package.name == main), None)
        if version is not None:
            name = "dev" if "dev" in version else ".".join(version.split(".")[:2])
            releases.setdefault(name, set()).add(run_id)
    return releases


def _by_place(cells: Iterable[ArgusGenericResultData]) -> Places:
    places: Places = {}
    for cell in cells:
        places.setdefault((cell.column, cell.row), []).append(cell)
    return places


def _datasets(
    history: TableHistory,
    places: Places,
    column: ColumnMetadata,
    releases: Mapping[str, set[UUID]],
    runs: Mapping[UUID, Sequence[Package]],
    main: str,
) -> list[dict[str, Any]]:
    datasets: list[dict[str, Any]] = []
    has_threshold = False
    for index, row in enumerate(history.table.rows_meta):
        cells = places.get((column.name, row), [])
        points = points_of(cells, runs, main)
        _set_limits(points, cells, history, column, row)
        for rank, (release, members) in enumerate(releases.items()):
            drawn = [point for point in points if point["id"] in members]
            if drawn:
                datasets.append(
                    {
                        "label": f"{release} - {row}",
                        "borderColor": COLOURS[rank % len(COLOURS)],
                        "borderWidth": 2,
                        "pointRadius": 3,
                        "showLine": True,
                        "data": drawn,
                        "borderDash": DASHES[index % len(DASHES)],
                    }
                )
        limits = [{"x": point["x"], "y": point["limit"]} for point in points if "limit" in point]
        if limits and not has_threshold:
            has_threshold = True
            datasets.append(
                {
                    "label": THRESHOLD,
                    "borderColor": COLOURS[index % len(COLOURS)],
                    "borderWidth": 2,
                    "borderDash": [5, 5],
                    "fill": False,
                    "data": limits,
                    "showLine": True,
                    "pointRadius": 0,
                    "pointHitRadius": 0,
                }
            )
    return datasets


def points_of(cells: list[ArgusGenericResultData], runs: Mapping[UUID, Sequence[Package]], main: str) -> list[Point]:
    """The points of one column and row by time, each with what changed in the packages since the one before it.

    Args:
        cells: put into the order of the points.
    """
    cells.sort(key=_x)
    points: list[Point] = []
    before: dict[str, str] | None = None
    for cell in cells:
        packages = {package.name or "": _shown(package) for package in runs.get(cell.run_id, ())}
        changed = [] if before is None else changes_between(before, packages, main)
        changes = [f"{main}: {packages.get(main)}", *changed]
        points.append({"x": _x(cell), "y": finite(cell.value), "id": cell.run_id, "changes": changes, "dep_change": bool(changed)})
        before = packages
    return points


def changes_between(before: Mapping[str, str], after: Mapping[str, str], main: str) -> list[str]:
    """Packages other than the main one that came, went or changed."""
    names = dict.fromkeys((*before, *after))
    return [f"{n}: {before.get(n)} -> {after.get(n)}" for n in names if n != main and before.get(n) != after.get(n)]


def _shown(package: Package) -> str:
    return f"{package.version} ({package.date})" if package.date else str(package.version)


def _x(cell: ArgusGenericResultData) -> str:
    return f"{cell.sut_timestamp:%Y-%m-%dT%H:%M:%SZ}"


def _set_limits(
    points: Iterable[Point], cells: Iterable[ArgusGenericResultData], history: TableHistory, column: ColumnMetadata, row: str
) -> None:
    """Give each point the strictest limit that counted at its time."""
    rules, records = history.table.validation_rules.get(column.name or ""), history.best.get(f"{column.name}:{row}")
    if column.higher_is_better is None or not rules or not records:
        return
    for point, cell in zip(points, cells, strict=True):
        assert cell.sut_timestamp is not None
        moment = cell.sut_timestamp.replace(microsecond=0)
        limits = limits_of(rule_at(rules, moment), best_at(records, moment), column.higher_is_better)
        if limits:
            point["limit"] = max(limits) if column.higher_is_better else min(limits)


def y_range(values: Iterable[float]) -> tuple[int, int]:
    """Where the y axis begins and ends: half of the lower quartile, one and a half of the upper one."""
    ordered = sorted(values)
    largest = sys.float_info.max
    if not ordered:
        return 0, 0
    low, high = ordered[math.floor(0.25 * len(ordered))], ordered[math.floor(0.75 * len(ordered)) - 1]
    return math.floor(0.5 * low), math.ceil(max(-largest, min(largest, 1.5 * high)))


def _graph(table: ArgusGenericResultMetadata, column: ColumnMetadata, datasets: list[dict[str, Any]]) -> Graph:
    points = [point for dataset in datasets for point in dataset["data"] if point["y"] is not None]
    low, high = y_range(point["y"] for point in points)
    for point in points:
        edge = high if point["y"] > high else low if point["y"] < low else None
        if edge is not None:
            point["ori"], point["y"] = point["y"], edge
    title = {"display": True, "text": f"[{column.unit}]" if column.unit else ""}
    subtitle = {"text": table.description, "display": True} if table.description else {"text": ""}
    return {
        "data": {"datasets": datasets},
        "options": {
            "scales": {
                "y": {"beginAtZero": True, "title": title, "min": low, "max": high},
                "x": {
                    "type": "time",
                    "time": {"unit": "day", "displayFormats": {"day": "yyyy-MM-dd"}},
                    "title": {"display": True, "text": "SUT Date"},
                },
            },
            "elements": {"line": {"tension": 0.1}},
            "plugins": {
                "legend": {"position": "top"},
                "title": {"display": True, "text": title_for(table, column)},
                "subtitle": subtitle,
            },
        },
    }


def title_for(table: ArgusGenericResultMetadata, column: ColumnMetadata) -> str:
    """The title of the graph of a table's column."""
    return f"{table.name} - {column.name}"


def title_of(graph: Graph) -> str:
    """What a graph view calls a graph by."""
    return str(graph["options"]["plugins"]["title"]["text"])


def ticks_of(graphs: Iterable[Graph]) -> dict[str, str]:
    """The first and the last day in graphs."""
    series = [dataset["data"] for graph in graphs for dataset in graph["data"]["datasets"] if dataset["data"]]
    if not series:
        return {}
    return {"min": min(points[0]["x"] for points in series)[:10], "max": max(points[-1]["x"] for points in series)[:10]}


def within(cell: ArgusGenericResultData, start: datetime | None, end: datetime | None) -> bool:
    """Whether a cell's software was built between two moments, both included."""
    built = cell.sut_timestamp
    return built is not None and (start is None or built >= start) and (end is None or built <= end)
