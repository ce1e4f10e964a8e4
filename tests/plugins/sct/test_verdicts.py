"""Gemini and performance results, and what they say about the run."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusRelease
from argus.models.user import User
from argus.plugins.sct.gemini import submit_gemini
from argus.plugins.sct.kernels import kernel_report
from argus.plugins.sct.loads import add_stress_command, stress_commands, submit_junit
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.packages import first_of, submit_packages
from argus.plugins.sct.performance import change, first_regression, performance_history, submit_performance
from argus.plugins.sct.plugin import PLUGIN
from argus.plugins.sct.types import PackageVersion
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import select, update
from tests.plugins.sct.conftest import stored, submitted

pytestmark = pytest.mark.anyio


async def activity(runtime: Runtime, run: SCTTestRun) -> list[dict[str, Any]]:
    found = await runtime.store.all(select(ArgusEvent).where(run_id=run.id))
    assert all(event.kind == "ARGUS_TEST_RUN_STATUS_CHANGE" for event in found)
    return [json.loads(event.body or "") for event in found]


async def test_gemini_that_passed_is_kept_and_nothing_else(runtime: Runtime, run: SCTTestRun, user: User) -> None:
    await submit_gemini(runtime, user, str(run.id), {"gemini_status": "PASSED", "gemini_seed": 42, "gemini_write_ops": 7})
    after = await stored(runtime, run.id)
    assert (after.subtest_name, after.gemini_seed, after.gemini_write_ops, after.status) == ("gemini", "42", 7, "created")
    await submit_gemini(runtime, user, str(run.id), {"gemini_status": "PASSED"})
    after = await stored(runtime, run.id)
    assert (after.gemini_seed, after.gemini_write_ops) == ("None", None)
    assert await activity(runtime, run) == []


async def test_gemini_that_did_not_pass_fails_the_run_and_says_why(runtime: Runtime, run: SCTTestRun, user: User) -> None:
    await submit_gemini(runtime, user, str(run.id), {"gemini_status": "FAILED"})
    assert (await stored(runtime, run.id)).status == "failed"
    (entry,) = await activity(runtime, run)
    assert {key: entry[key] for key in ("username", "status", "gemini_status")} == {
        "username": "alice",
        "status": "failed",
        "gemini_status": "FAILED",
    }


@pytest.mark.parametrize(
    ("new", "old", "latency", "throughput"), [(120, 100, -20, 20), (80, 100, 20, -20), (100, 100, 0, 0), (109.9, 100, -9, 9)]
)
def test_a_change_is_negative_when_it_is_for_the_worse(new: float, old: float, latency: int, throughput: int) -> None:
    assert change(new, old, higher_is_better=False) == latency
    assert change(new, old, higher_is_better=True) == throughput


def perf(test_name: str = "throughput", version: str = "6.2", **metrics: float | None) -> SCTTestRun:
    return SCTTestRun(build_id="b", id=uuid4(), test_name=test_name, scylla_version=version).changed(**metrics)


def test_a_drop_of_throughput_and_a_rise_of_latency_are_regressions() -> None:
    assert first_regression(perf(perf_op_rate_total=89), [perf(perf_op_rate_total=100)]) is not None
    assert first_regression(perf(perf_op_rate_total=90), [perf(perf_op_rate_total=100)]) is None
    assert first_regression(perf(perf_op_rate_total=150), [perf(perf_op_rate_total=100)]) is None
    slow = perf("latency-read", perf_avg_latency_99th=1.0, perf_avg_latency_mean=1.2)
    found = first_regression(slow, [perf("latency-read", perf_avg_latency_99th=1.0, perf_avg_latency_mean=1.0)])
    assert found is not None
    assert (found.metric, found.delta) == ("perf_avg_latency_mean", -19)


def test_the_newest_run_of_each_version_counts_and_its_best() -> None:
    best, newest, old = perf(perf_op_rate_total=200), perf(perf_op_rate_total=100), perf(version="6.1", perf_op_rate_total=500)
    found = first_regression(perf(perf_op_rate_total=100), [newest, old, best])
    assert found is not None
    assert found.earlier is best
    found = first_regression(perf(perf_op_rate_total=100), [newest, old])
    assert found is not None
    assert found.earlier is old


def test_what_was_not_measured_is_not_compared() -> None:
    assert first_regression(perf(perf_op_rate_total=None), [perf(perf_op_rate_total=100)]) is None
    assert first_regression(perf(perf_op_rate_total=1), [perf(perf_op_rate_total=None), perf(perf_op_rate_total=0)]) is None


def results(total: float, **values: Any) -> dict[str, Any]:
    return {"test_name": "perf.throughput", "stress_cmd": "c-s", "perf_op_rate_total": total, "histograms": None, **values}


async def test_a_first_run_passes_and_a_worse_one_fails(runtime: Runtime, user: User) -> None:
    first = await submitted(runtime)
    histograms = [{"READ": {"start_time": 1, "percentile_99": 2.5}}]
    await submit_performance(runtime, user, str(first.id), results(100, histograms=histograms))
    after = await stored(runtime, first.id)
    assert (after.status, after.subtest_name, after.perf_op_rate_total) == ("passed", "performance", 100.0)
    assert after.histograms[0]["READ"].percentile_99 == 2.5

    await runtime.store.write(update(SCTTestRun, **first.primary_key_values()).set(status="created"))
    second = await submitted(runtime)
    assert second.start_time > first.start_time
    await submit_performance(runtime, user, str(second.id), results(50))
    assert (await stored(runtime, second.id)).status == "failed"
    (entry,) = await activity(runtime, second)
    assert (entry["delta"], entry["previous_run_id"], entry["test_id"]) == (-50, str(first.id), str(second.test_id))
    assert [row["id"] for row in await performance_history(runtime, str(second.id))] == [first.id]
    assert await performance_history(runtime, str(first.id)) == []


async def test_results_of_no_test_are_refused_and_not_kept(runtime: Runtime, run: SCTTestRun, user: User) -> None:
    with pytest.raises(TypeError, match="argument of type 'NoneType' is not iterable"):
        await submit_performance(runtime, user, str(run.id), results(1, test_name=None))
    after = await stored(runtime, run.id)
    assert (after.subtest_name, after.perf_op_rate_total, after.status) == (None, None, "created")


async def test_other_test_names_and_later_runs_are_no_history(runtime: Runtime, user: User) -> None:
    run = await submitted(runtime)
    other = run.changed(id=uuid4(), start_time=run.start_time - timedelta(days=1), test_name="other", perf_op_rate_total=1000.0)
    later = run.changed(id=uuid4(), start_time=run.start_time + timedelta(days=1), test_name="perf.throughput", perf_op_rate_total=1000.0)
    for row in (other, later):
        await runtime.store.save(row)
    await submit_performance(runtime, user, str(run.id), results(1))
    assert (await stored(runtime, run.id)).status == "passed"


async def test_kernels_of_a_release(runtime: Runtime) -> None:
    def package(name: str, version: str) -> dict[str, str]:
        return {"name": name, "version": version, "date": "20240901", "revision_id": "ab"}

    for status, kernel in (("passed", "6.8"), ("failed", "6.8"), ("running", "6.9")):
        run = await submitted(runtime)
        await submit_packages(runtime, str(run.id), [package("scylla-server", "6.2.0"), package("kernel", kernel)])
        await runtime.store.write(update(SCTTestRun, **run.primary_key_values()).set(status=status))
    without = await submitted(runtime)
    await submit_packages(runtime, str(without.id), [package("scylla-server", "6.3.0")])
    release = await runtime.store.get(ArgusRelease, name="rel")
    assert without.release_id == release.id
    report = await kernel_report(runtime, "rel")
    assert {version: sorted(kernels) for version, kernels in report["versions"].items()} == {"6.2.0-20240901.ab": ["6.8", "6.9"]}
    assert report["metadata"]["6.8"] == {"passed": 1, "failed": 1, "aborted": 0, "test_error": 0}
    assert report["metadata"]["6.9"] == {"passed": 0, "failed": 0, "aborted": 0, "test_error": 0}
    with pytest.raises(DocumentNotFound):
        await kernel_report(runtime, "no such release")


async def test_loads_are_listed_newest_first_those_of_one_millisecond_behind_each_other(runtime: Runtime, run: SCTTestRun) -> None:
    def load(cmd: str, ts: float | None) -> dict[str, Any]:
        return {"cmd": cmd, "loader_name": "l", "log_name": "f", "ts": ts}

    for body in (load("old", 1704110400.1234), load("read", 1704110460), load("write", 1704110460.0004), load("now", None)):
        await add_stress_command(runtime, str(run.id), body)
    assert [found.cmd for found in await stress_commands(runtime, str(run.id))] == ["now", "write", "read", "old"]
    with pytest.raises(KeyError, match="loader_name"):
        await add_stress_command(runtime, str(run.id), {"cmd": "c"})


@pytest.mark.parametrize("content", ["PHRlc3RzdWl0ZT48bm9wZT48L3Rlc3RzdWl0ZT4=", "YWJj"])
async def test_a_report_that_is_no_xml_is_not_kept(runtime: Runtime, run: SCTTestRun, content: str) -> None:
    with pytest.raises(Exception, match="Malformed JUnit report"):
        await submit_junit(runtime, str(run.id), {"file_name": "j.xml", "content": content})
    assert (await PLUGIN.run_response(runtime, run))["junit_reports"] == []


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        (
            '<?xml version="1.0" encoding="utf-8"?>\n<testsuite name="ü"/>\n'.encode(),
            '<?xml version="1.0" encoding="utf-8"?>\n<testsuite name="ü"/>\n',
        ),
        ('<?xml version="1.0" encoding="UTF-16"?><testsuite name="ü"/>'.encode("utf-16"), '<testsuite name="ü"/>'),
        (b'<?xml version="1.0" encoding="latin-1"?><testsuite name="\xfc"/>', '<testsuite name="ü"/>'),
        (b'<?xml version="1.1"?><testsuite name="&#x1b;[31m\x07"/>', '<testsuite name="\ufffd[31m\ufffd"/>'),
    ],
)
async def test_a_report_is_kept_so_that_a_browser_reads_it(runtime: Runtime, run: SCTTestRun, document: bytes, kept: str) -> None:
    await submit_junit(runtime, str(run.id), {"file_name": "j.xml", "content": base64.b64encode(document).decode()})
    assert [report.report for report in (await PLUGIN.run_response(runtime, run))["junit_reports"]] == [kept]


async def test_a_report_that_defines_entities_is_not_kept(runtime: Runtime, run: SCTTestRun) -> None:
    content = base64.b64encode(b'<!DOCTYPE x [<!ENTITY a "lol">]><testsuite name="&a;"/>').decode()
    with pytest.raises(Exception, match="Malformed JUnit report"):
        await submit_junit(runtime, str(run.id), {"file_name": "j.xml", "content": content})


def test_packages_without_a_name_do_not_disturb() -> None:
    packages = [PackageVersion(), PackageVersion(name="a", version="1"), PackageVersion(name="a", version="2")]
    assert first_of(packages, "b", "a") == packages[1]
