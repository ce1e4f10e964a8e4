"""A matrix of drivers: opened, filled driver by driver, ended."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree.ElementTree import ParseError

import pytest

from argus.domain.runs import find_typed, get_typed
from argus.kit.clock import now
from argus.plugins.driver_matrix import service
from argus.plugins.driver_matrix.junit import collection_of, driver_of
from argus.plugins.driver_matrix.legacy import driver_in
from argus.plugins.driver_matrix.model import DriverTestRun
from argus.plugins.driver_matrix.plugin import PLUGIN
from argus.runtime import Runtime
from tests.domain.opened import JOB, catalogue, opened

pytestmark = pytest.mark.anyio

XML = '<testsuites time="4"><testsuite name="s" tests="2" failures="1" time="0"><testcase name="a"/></testsuite></testsuites>'


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        yield found


async def submitted(runtime: Runtime, number: int = 3) -> UUID:
    run_id = uuid4()
    body = {"schema_version": "v2", "run_id": str(run_id), "job_name": JOB, "job_url": f"https://ci/job/x/{number}/"}
    await PLUGIN.submit(runtime, body)
    return run_id


def result(run_id: UUID, name: str, xml: str = XML) -> dict[str, Any]:
    raw = base64.b64encode(xml.encode()).decode()
    return {"schema_version": "v2", "run_id": str(run_id), "driver_type": "rust", "driver_name": name, "raw_xml": raw}


def failure(run_id: UUID, name: str, reason: str = "no build") -> dict[str, Any]:
    return {"schema_version": "v2", "run_id": str(run_id), "driver_type": "cpp", "driver_name": name, "failure_reason": reason}


def environment(run_id: UUID, text: str) -> dict[str, Any]:
    return {"schema_version": "v2", "run_id": str(run_id), "raw_env": text}


async def test_the_first_result_sets_a_run_going(runtime: Runtime) -> None:
    run_id = await submitted(runtime)
    assert (await get_typed(runtime, DriverTestRun, run_id)).status == "created"
    await service.submit_result(runtime, result(run_id, "a.scylla.v4.1.0"))
    run = await get_typed(runtime, DriverTestRun, run_id)
    (collection,) = run.test_collection
    assert run.status == "running"
    assert (collection.driver, collection.tests_total, collection.failures, collection.passed, collection.time) == ("scylla", 2, 1, 1, 4)


async def test_a_late_result_does_not_reopen_a_run(runtime: Runtime) -> None:
    run_id = await submitted(runtime)
    await PLUGIN.finish(runtime, await get_typed(runtime, DriverTestRun, run_id), {"status": "aborted"})
    await service.submit_failure(runtime, failure(run_id, "TEST-scylla-2.16"))
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert (run.status, run.test_collection[0].driver, run.test_collection[0].failure_message) == ("aborted", "scylla", "no build")


async def test_a_driver_counts_once_and_its_second_document_is_not_read(runtime: Runtime) -> None:
    run_id = await submitted(runtime)
    await service.submit_failure(runtime, failure(run_id, "d"))
    await service.submit_failure(runtime, failure(run_id, "d", "again"))
    await service.submit_result(runtime, result(run_id, "d", "<not xml"))
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert [c.failure_message for c in run.test_collection] == ["no build"]


async def test_fifty_clients_of_one_matrix_lose_nothing(runtime: Runtime) -> None:
    run_id = await submitted(runtime)
    calls = [service.submit_result(runtime, result(run_id, f"r{n % 20}")) for n in range(30)]
    calls += [service.submit_failure(runtime, failure(run_id, f"f{n % 10}")) for n in range(20)]
    calls += [service.submit_environment(runtime, environment(run_id, f"k{n % 5}: v")) for n in range(10)]
    await asyncio.gather(*calls)
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert sorted(c.name or "" for c in run.test_collection) == sorted([f"r{n}" for n in range(20)] + [f"f{n}" for n in range(10)])
    assert sorted(info.key or "" for info in run.environment_info) == [f"k{n}" for n in range(5)]
    assert run.status == "running"


@pytest.mark.parametrize(
    ("xml", "error"),
    [("<testsuites>", ParseError), ('<testsuite tests="1"/>', KeyError), ("<html/>", ValueError)],
)
async def test_a_broken_document_changes_nothing(runtime: Runtime, xml: str, error: type[Exception]) -> None:
    run_id = await submitted(runtime)
    with pytest.raises(error):
        await service.submit_result(runtime, result(run_id, "d", xml))
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert (run.test_collection, run.status) == ([], "created")


async def test_environment_keys_keep_their_first_value_and_the_version_is_the_newest(runtime: Runtime) -> None:
    run_id = await submitted(runtime)
    await service.submit_environment(runtime, environment(run_id, "scylla-version: 6.2.0\nos: Ubuntu 24.04 \n\n"))
    await service.submit_environment(runtime, environment(run_id, "scylla-version: 6.2.1\nextra: yes"))
    await service.submit_environment(runtime, environment(run_id, "kernel: 6.8"))
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert {info.key: info.value for info in run.environment_info} == {
        "scylla-version": "6.2.0",
        "os": "Ubuntu 24.04",
        "extra": "yes",
        "kernel": "6.8",
    }
    assert run.scylla_version == "6.2.1"  # a submission that names no version leaves it


@pytest.mark.parametrize("text", ["fine: yes\nno colon here", "a: b: c"])
async def test_a_malformed_line_stores_nothing(runtime: Runtime, text: str) -> None:
    run_id = await submitted(runtime)
    with pytest.raises(ValueError, match="values to unpack"):
        await service.submit_environment(runtime, environment(run_id, text))
    assert (await get_typed(runtime, DriverTestRun, run_id)).environment_info == []


@pytest.mark.parametrize("change", [{"extra": 1}, {"job_url": ...}])
async def test_a_submission_is_strict(runtime: Runtime, change: dict[str, Any]) -> None:
    run_id = uuid4()
    body = {"schema_version": "v2", "run_id": str(run_id), "job_name": JOB, "job_url": None, **change}
    body = {key: value for key, value in body.items() if value is not ...}
    with pytest.raises(TypeError, match=r"DriverMatrixRunSubmissionRequestV2\.__init__"):
        await PLUGIN.submit(runtime, body)
    assert await find_typed(runtime, DriverTestRun, run_id) is None


async def test_the_report_covers_every_run_of_the_job(runtime: Runtime) -> None:
    await catalogue(runtime)
    for number in range(45):
        run_id = await submitted(runtime, number)
        await service.submit_failure(runtime, failure(run_id, f"TEST-scylla-2.{number % 3}"))
    await service.submit_failure(runtime, failure(run_id, "odd"))
    found = await service.report(runtime, JOB)
    versions = {"scylla": ["TEST-scylla-2.0", "TEST-scylla-2.1", "TEST-scylla-2.2"], "Unknown": ["odd"]}
    assert found == {"release": "rel", "test": "job", "build_id": JOB, "versions": versions}


async def test_the_report_says_why_there_is_none(runtime: Runtime) -> None:
    with pytest.raises(Exception, match="No build id provided"):
        await service.report(runtime, "")
    with pytest.raises(Exception, match="No results for build_id"):
        await service.report(runtime, "never/ran")
    run_id = await submitted(runtime)  # of a job that no test has
    with pytest.raises(Exception, match=f"Unable to find release and test information for build_id {JOB} and run_id {run_id}"):
        await service.report(runtime, JOB)


def legacy(run_id: UUID, *results: dict[str, Any]) -> dict[str, Any]:
    environment = {"scylla-version": "5.4.0", "os": "Debian"}
    return {
        "schema_version": "v1",
        "run_id": str(run_id),
        "job_name": JOB,
        "job_url": "u",
        "test_environment": environment,
        "matrix_results": [*results],
    }


def one_shot(name: str, **values: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped", "passed", "disabled"), 0)
    case = {"name": "c", "status": "passed", "time": 1.0, "classname": "k", "message": ""}
    suite = {**counts, "name": "s", "tests_total": 1, "time": 1.0, "cases": [case]}
    return {**counts, "name": name, "time": 1.0, "timestamp": "2024-01-01T12:00:00Z", "suites": [suite], **values}


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], "failed"),
        ([one_shot("TEST-scylla-2.16")], "failed"),  # one result is no matrix
        ([one_shot("TEST-scylla-2.16"), one_shot("TEST-scylla-2.17")], "failed"),  # nor is one driver
        ([one_shot("rust_results_v0.14"), one_shot("rust_results_v0.15")], "passed"),
        ([one_shot("TEST-scylla-2.16"), one_shot("TEST-datastax-2.17")], "passed"),
        ([one_shot("TEST-scylla-2.16"), one_shot("TEST-datastax-2.17", failures=1)], "failed"),
        ([one_shot("TEST-scylla-2.16"), one_shot("TEST-datastax-2.17", errors=1)], "failed"),
    ],
)
async def test_a_whole_matrix_in_one_call(runtime: Runtime, results: list[dict[str, Any]], status: str) -> None:
    run_id = uuid4()
    await PLUGIN.submit(runtime, legacy(run_id, *results))
    run = await get_typed(runtime, DriverTestRun, run_id)
    assert (run.status, run.scylla_version, len(run.test_collection), run.build_number) == (status, "5.4.0", len(results), None)


@pytest.mark.parametrize(
    ("name", "driver"),
    [
        ("TEST-scylla-2.16.2", "scylla"),
        ("xunit.upstream.v4.1.5.2", "upstream"),
        ("pytest.datastax.v4.3.29.0", "datastax"),
        ("TEST-4.18.0.1", "scylla"),
        ("TEST-4.18.0", "datastax"),
        ("rust_results_v0.14.0", "rust"),
        ("something else", "unknown_driver"),
    ],
)
def test_drivers_of_a_whole_matrix_go_by_file_name(name: str, driver: str) -> None:
    assert driver_in(name) == driver


@pytest.mark.parametrize(
    ("name", "driver_type", "driver"),
    [
        ("TEST-scylla-2.16.2", "cpp", "scylla"),
        ("TEST-scylla-2.16.2", "java", None),
        ("pytest.scylla.v4.3.28.0", "python", "scylla"),
        ("x", "cpp", None),
    ],
)
def test_drivers_of_single_results_go_by_label_and_type(name: str, driver_type: str, driver: str | None) -> None:
    assert driver_of(name, driver_type) == driver


def test_a_suite_inside_another_counts_once() -> None:
    xml = '<testsuite name="o" tests="3" time="1"><testsuite name="i" tests="2" passed="2" time="2"/><testcase name="c"/></testsuite>'
    collection = collection_of("r", "rust", xml.encode())
    assert (collection.tests_total, collection.passed, collection.time) == (3, 3, 1)
    assert [(suite.name, suite.tests_total) for suite in collection.suites] == [("o", 1), ("i", 2)]


def test_a_suite_that_does_not_count_its_tests_has_none() -> None:
    assert collection_of("r", "rust", b'<testsuite name="s"/>').tests_total == 0


@pytest.mark.parametrize("driver_type", ["java", "cpp", "python", "gocql", "rust"])
def test_a_document_need_not_say_when_it_was_made(driver_type: str) -> None:
    for xml in ('<testsuites><testsuite name="s"><testcase name="c"/></testsuite></testsuites>', '<testsuite name="s"/>', "<testsuites/>"):
        assert abs(collection_of("r", driver_type, xml.encode()).timestamp - now()) < timedelta(minutes=1)  # type: ignore[operator]


@pytest.mark.parametrize(("driver_type", "moment"), [("python", "2025-01-02T03:04:05"), ("cpp", "2024-01-01T00:00:00")])
def test_the_time_of_a_document_stands_where_its_driver_puts_it(driver_type: str, moment: str) -> None:
    xml = '<testsuites timestamp="2024-01-01T00:00:00"><testsuite name="s" timestamp="2025-01-02T03:04:05Z"/></testsuites>'
    assert collection_of("r", driver_type, xml.encode()).timestamp == datetime.fromisoformat(moment)
