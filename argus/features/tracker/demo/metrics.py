"""Result tables of performance tests: numbers that drift a little, and now and then get worse."""

from __future__ import annotations

import random
from typing import Any

from argus.features.tracker.demo.story import Call, Run

STEPS = ("100000 ops/s", "300000 ops/s", "500000 ops/s", "unthrottled")


def make_results(rng: random.Random, run: Run) -> list[Call]:
    """The tables that a performance test submits when it is over; other tests have none."""
    if "/performance/" not in run.job or not run.over:
        return []
    worse = 1.25 if run.status == "failed" else 1.0
    tables = [_latency(rng, worse), _summary(rng, run)] if "latency" in run.job else [_steps(rng, worse), _summary(rng, run)]
    path = f"/api/v1/client/testrun/scylla-cluster-tests/{run.id}/submit_results"
    return [Call(run.moment(0.97), "jenkins", path, table, may_fail="DataValidationError") for table in tables]


def _column(name: str, unit: str, kind: str, higher_is_better: bool | None) -> dict[str, Any]:
    return {"name": name, "unit": unit, "type": kind, "higher_is_better": higher_is_better, "visible": True}


def _cell(column: str, row: str, value: float | str) -> dict[str, Any]:
    return {"column": column, "row": row, "status": "UNSET", "value_text" if isinstance(value, str) else "value": value}


def _latency(rng: random.Random, worse: float) -> dict[str, Any]:
    base = {"Steady State": 1.0, "StopStartMonkey": 1.6, "DecommissionMonkey": 1.9}
    cells = []
    for row, factor in base.items():
        for column, value in (("P90 write", 1.7), ("P99 write", 3.1), ("P90 read", 1.9), ("P99 read", 3.8)):
            cells.append(_cell(column, row, round(value * factor * worse * rng.uniform(0.95, 1.06), 3)))
        cells.append(_cell("Throughput", row, round(118_000 / factor / worse * rng.uniform(0.98, 1.02))))
        cells.append(_cell("Duration", row, rng.randint(600, 2400)))
    latencies = [_column(name, "ms", "FLOAT", False) for name in ("P90 write", "P99 write", "P90 read", "P99 read")]
    rules = {name: {"best_pct": 15, "best_abs": None, "fixed_limit": 10.0} for name in ("P99 write", "P99 read")}
    return {
        "meta": {
            "name": "mixed - latencies - 650gb",
            "description": "Latencies of a mixed load, quiet and under each disruption",
            "columns_meta": [*latencies, _column("Throughput", "op/s", "INTEGER", True), _column("Duration", "HH:MM:SS", "DURATION", None)],
            "rows_meta": list(base),
            "validation_rules": rules,
        },
        "results": cells,
        "sut_timestamp": 0,
    }


def _steps(rng: random.Random, worse: float) -> dict[str, Any]:
    cells = []
    for index, step in enumerate(STEPS):
        cells.append(_cell("P99 latency", step, round((2.2 + 1.5 * index**1.6) * worse * rng.uniform(0.93, 1.07), 2)))
        reached = 100_000 + 200_000 * index if index < 3 else 640_000 / worse * rng.uniform(0.97, 1.03)
        cells.append(_cell("Throughput", step, round(reached)))
    return {
        "meta": {
            "name": "write - throughput steps",
            "description": "99th percentile at each predefined rate",
            "columns_meta": [_column("P99 latency", "ms", "FLOAT", False), _column("Throughput", "op/s", "INTEGER", True)],
            "rows_meta": list(STEPS),
            "validation_rules": {"Throughput": {"best_pct": 10, "best_abs": None, "fixed_limit": None}},
        },
        "results": cells,
        "sut_timestamp": 0,
    }


def _summary(rng: random.Random, run: Run) -> dict[str, Any]:
    cells = [
        _cell("Value", "Compaction backlog", rng.randint(0, 40)),
        _cell("Value", "Longest reactor stall", rng.randint(12, 60)),
        _cell("Note", "Dashboard", f"https://monitor.example.com/d/overview?var-run={run.id}"),
    ]
    return {
        "meta": {
            "name": "cluster - summary",
            "description": "The cluster at the end of the test",
            "columns_meta": [_column("Value", "", "INTEGER", None), _column("Note", "", "TEXT", None)],
            "rows_meta": ["Compaction backlog", "Longest reactor stall", "Dashboard"],
            "validation_rules": {},
        },
        "results": cells,
        "sut_timestamp": 0,
    }
