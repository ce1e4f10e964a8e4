"""Performance results, compared with earlier runs of the same job and test (docs/contract/plugins.md#performance-against-earlier-runs)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from argus.domain.runs import edit
from argus.kit.errors import foreseen
from argus.kit.numbers import finite
from argus.kit.parse import need
from argus.models.enums import SubtestType, TestStatus
from argus.models.user import User
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.types import PerformanceHDRHistogram
from argus.plugins.sct.verdict import fail
from argus.runtime import Runtime
from argus.storage.statements import lt, select

METRICS = ("perf_op_rate_average", "perf_op_rate_total", "perf_avg_latency_99th", "perf_avg_latency_mean", "perf_total_errors")
HISTORY = (
    "build_id", "packages", "scylla_version", "test_name", *METRICS, "id", "start_time", "build_job_url", "build_number",
)  # fmt: skip
LATENCIES = ("perf_avg_latency_99th", "perf_avg_latency_mean")
THROUGHPUT = ("perf_op_rate_total",)
THRESHOLD = -10  # percent
MOST = 1e9  # percent that are told; a measurement near the largest number has more
MESSAGE = (
    "[{username}] Setting run status to {status} due to performance metric '{metric}' falling below allowed threshold "
    "({threshold_negative}): {delta}% compared to <a href='/test/{test_id}/runs?additionalRuns[]={base_run_id}"
    "&additionalRuns[]={previous_run_id}'>This {version} (#{build_number}) run</a>"
)


@dataclass(frozen=True, slots=True)
class Regression:
    """A metric that is worse than in an earlier run, by `delta` percent (negative)."""

    metric: str
    delta: int
    earlier: SCTTestRun


async def submit_performance(runtime: Runtime, user: User, run_id: str, results: Mapping[str, Any]) -> None:
    """Keep the results, and set the run to `passed`, or to `failed` when a metric fell by more than 10 % against an earlier run.

    Raises:
        KeyError: `histograms` is missing.
        SCTServiceException: no such run.
        TypeError: there is no `test_name`, or a value does not fit its column; nothing is stored.
        ValidationError: a histogram has a field of a wrong type.
    """
    run = await run_of(runtime, run_id, "release_id", "test_id", "scylla_version")
    histograms = [
        {operation: PerformanceHDRHistogram(**values) for operation, values in histogram.items()}
        for histogram in need(results, "histograms") or []
    ]
    if results.get("test_name") is None:  # it says with which runs this one is compared
        raise foreseen(TypeError("argument of type 'NoneType' is not iterable"))
    values = {name: results.get(name) for name in ("test_name", "stress_cmd", *METRICS)}
    subtest = SubtestType.PERFORMANCE.value
    await runtime.store.write(edit(run).set(subtest_name=subtest, histograms=histograms, **values))
    run = run.changed(**values)
    regression = first_regression(run, await _earlier(runtime, run))
    if regression is None:
        await runtime.store.write(edit(run).set(status=TestStatus.PASSED.value).if_exists())
        return
    await fail(
        runtime,
        run,
        user,
        MESSAGE,
        metric=regression.metric,
        threshold_negative=THRESHOLD,
        delta=regression.delta,
        test_id=str(run.test_id),
        base_run_id=str(run.id),
        previous_run_id=str(regression.earlier.id),
        version=regression.earlier.scylla_version,
        build_number=regression.earlier.build_number,
    )


async def performance_history(runtime: Runtime, run_id: str) -> list[dict[str, Any]]:
    """Earlier runs of the same job and performance test, newest first.

    Raises:
        SCTServiceException: no such run.
    """
    run = await run_of(runtime, run_id, "test_name")
    rows = [{name: getattr(earlier, name) for name in HISTORY} for earlier in await _earlier(runtime, run)]
    return [{**row, "packages": row["packages"] or None} for row in rows]  # the bare column is null when empty


async def _earlier(runtime: Runtime, run: SCTTestRun) -> list[SCTTestRun]:
    """Runs of the same job and test that began before, newest first; the read is bounded by the job's runs, one partition."""
    before = select(SCTTestRun, *HISTORY).where(lt("start_time", run.start_time), build_id=run.build_id)
    return [earlier async for earlier in runtime.store.rows(before) if earlier.test_name == run.test_name]


def first_regression(run: SCTTestRun, earlier: Iterable[SCTTestRun]) -> Regression | None:
    """The first metric that got worse by more than 10 %: version by version, against its newest run, then against its best.

    Args:
        earlier: newest first.
    """
    versions: dict[str | None, list[SCTTestRun]] = {}
    for other in earlier:
        versions.setdefault(other.scylla_version, []).append(other)
    is_latency = "latency" in (run.test_name or "")
    for runs in versions.values():
        for metric in LATENCIES if is_latency else THROUGHPUT:
            known = [other for other in runs if finite(getattr(other, metric))]
            if finite(getattr(run, metric)) is None or not known:
                continue
            best = (min if is_latency else max)(known, key=lambda other, metric=metric: getattr(other, metric))  # type: ignore[misc]
            for other in (known[0], best):
                delta = change(getattr(run, metric), getattr(other, metric), higher_is_better=not is_latency)
                if delta < THRESHOLD:
                    return Regression(metric, delta, other)
    return None


def change(new: float, old: float, *, higher_is_better: bool) -> int:
    """By how many whole percent a value got better (negative: worse)."""
    percent = math.trunc(max(-MOST, min(MOST, abs(new - old) * 100 / old)))
    return percent if (new >= old) == higher_is_better or new == old else -percent
