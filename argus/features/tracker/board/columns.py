"""Stored statistics of a release, taken apart: columns of all its tests, and each test by itself. Pure: it may run in a thread.

What a test needs to be counted, sorted and filtered is a few bytes of a column, in which neighbours are alike and pack well. Its ids are
random, and half of what all of it would weigh; they come with the rows that somebody sees. See docs/triage.md#the-board-of-a-release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from json import decoder
from math import floor
from statistics import median
from typing import Any

from argus.kit.json import encode_text
from argus.models.enums import TestStatus

FAILED = frozenset({"failed", "test_error", "error", "aborted"})
TO_OPEN = ("failed", "test_error")
OPENED = 20  # tests that are opened together at most
OF_RUN = ("id", "build_number", "status", "start_time", "end_time", "assignee")
OF_TEST = ("id", "name", "pretty_name", "plugin_name", "build_system_id")
OF_STATS = ("status", "investigation_status", "start_time", "buildNumber", "hasBugReport", "hasComments")
DEPTH = 4  # of the object of one test inside of the statistics: all, groups, a group, its tests

Stats = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Board:
    """What is kept of statistics.

    `token` names the tests and their order: a place means the same test as long as it is the same. `index` and `rows` are JSON.
    """

    token: str
    index: bytes
    rows: tuple[bytes, ...]


def board_of(payload: str, planned: Mapping[str, str]) -> Board:
    """Statistics as they are stored, taken apart.

    Args:
        planned: who looks after tests and groups by plan, by their ids.
    """
    stats = read(payload)
    groups: list[Stats] = list((stats.get("groups") or {}).values())
    tests = [(group, test) for group in groups for test in (group.get("tests") or {}).values()]
    token = blake2b("".join(test["test"]["id"] for _, test in tests).encode(), digest_size=8).hexdigest()
    index = {
        **{name: value for name, value in stats.items() if name not in ("groups", "release")},
        "token": token,
        "groups": [{"id": g["group"]["id"], "name": _name(g["group"]), "tests": len(g.get("tests") or {})} for g in groups],
        "open": _to_open(test for _, test in tests),
        **_columns(tests, planned),
    }
    return Board(token, encode_text(index).encode(), tuple(encode_text(_row(test)).encode() for _, test in tests))


def read(payload: str) -> Stats:
    """The statistics as a value. Outer objects are read by Python, each test in C: megabytes in one go would stop all other threads."""
    in_c: Any = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

    def scan_at(depth: int) -> Any:
        inner = scan_at(depth + 1) if depth < DEPTH else in_c

        def scan(text: str, at: int) -> Any:
            if text[at : at + 1] != "{":
                return in_c(text, at)
            return decoder.JSONObject((text, at + 1), True, inner, None, None)  # type: ignore[attr-defined]

        return scan

    found, _ = scan_at(1)(payload, 0)
    return found if isinstance(found, dict) else {}


def counts_of(stats: Stats) -> dict[str, int]:
    """How many tests there are, and of each status that there is."""
    counts = {name: int(stats[name]) for name in ("total", *(status.value for status in TestStatus)) if stats.get(name)}
    return {"total": 0, **counts}


def _columns(tests: Sequence[tuple[Stats, Stats]], planned: Mapping[str, str]) -> dict[str, Any]:
    known: dict[str, dict[str, int]] = {"statuses": {}, "investigations": {}, "backends": {}, "people": {}}

    def numbered(kind: str, value: str | None) -> int:
        return known[kind].setdefault(value, len(known[kind])) if value else -1

    columns: dict[str, list[Any]] = {
        name: [] for name in ("name", "status", "investigation", "started", "build", "took", "off", "trend", "backend", "assignee", "notes")
    }
    by_plan: list[int] = []
    for group, test in tests:
        run = shown_run(test)
        seconds, off = took(test, run)
        newest: Stats = next(iter(test["last_runs"]), {})
        values = (
            _name(test["test"]),
            numbered("statuses", test["status"]),
            numbered("investigations", test["investigation_status"]),
            _second(test["start_time"]) if run else None,
            run["build_number"] if run else None,
            seconds,
            off,
            trend(test["last_runs"]),
            numbered("backends", (newest.get("setup") or {}).get("backend")),
            numbered("people", run["assignee"] if run else None),
            bool(test["hasBugReport"]) + 2 * bool(test["hasComments"]),
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
        by_plan.append(numbered("people", planned.get(test["test"]["id"]) or planned.get(group["group"]["id"])))
    return {"tests": {**columns, "planned": by_plan}, "names": {kind: list(values) for kind, values in known.items()}}


def _name(entry: Stats) -> str:
    return entry.get("pretty_name") or entry["name"] or ""


def _to_open(tests: Iterable[Stats]) -> dict[str, Any]:
    """How many tests failed and nobody looked at them, and the ids of the first ones."""
    found = [test["test"]["id"] for test in tests if test["status"] in TO_OPEN and test["investigation_status"] == "not_investigated"]
    return {"count": len(found), "tests": list(islice(found, OPENED))}


def _row(test: Stats) -> Stats:
    runs = [{**{name: run[name] for name in OF_RUN}, "setup": _setup(run)} for run in test["last_runs"]]
    return {**{name: test[name] for name in OF_STATS}, "test": {name: test["test"].get(name) for name in OF_TEST}, "last_runs": runs}


def _setup(run: Stats) -> Stats | None:
    return {"backend": run["setup"].get("backend")} if run.get("setup") else None


def shown_run(test: Stats) -> Stats | None:
    """The run whose state a test shows: of several of the newest build the one that counts."""
    runs: list[Stats] = test["last_runs"]
    if not runs:
        return None
    same = (run for run in runs if run["build_number"] == runs[0]["build_number"] and run["status"] == test["status"])
    return next(same, runs[0])


def took(test: Stats, run: Stats | None) -> tuple[int | None, int | None]:
    """Seconds of a run, and how far that is off the median of the test's other runs in percent, when there are two of them."""
    seconds = _seconds(run) if run else None
    if run is None or seconds is None:
        return None, None
    others = [took for other in test["last_runs"] if other is not run and (took := _seconds(other)) is not None]
    middle = median(others) if len(others) > 1 else 0
    return round(seconds), floor((seconds / middle - 1) * 100 + 0.5) if middle else None


def trend(runs: Sequence[Stats]) -> int:
    """Whether the newest finished build failed where the one before did not (1), the other way round (-1), or neither (0)."""
    finished = [run for run in runs if run["status"] in FAILED or run["status"] == "passed"]
    if not finished:
        return 0
    build = finished[0]["build_number"]
    before = next((run for run in finished if run["build_number"] != build), None)
    if before is None:
        return 0
    failed = any(run["build_number"] == build and run["status"] in FAILED for run in finished)
    return failed - (before["status"] in FAILED)


def _seconds(run: Stats) -> float | None:
    start, end = _moment(run["start_time"]), _moment(run["end_time"])  # one that goes on ends with the epoch
    return (end - start).total_seconds() if start and end and end >= start else None


def _second(text: str | None) -> int | None:
    moment = _moment(text)
    return int(moment.timestamp()) if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
