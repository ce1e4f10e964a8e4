"""What a driver matrix reports while it goes on, and the report that is read from it (docs/contract/client.md#driver-matrix-routes)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from argus.domain.runs import edit, get_typed
from argus.domain.swap import swap
from argus.kit.errors import foreseen
from argus.kit.parse import of_callers, record, uuid_of
from argus.kit.pools import DOCUMENTS
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.enums import TestStatus
from argus.plugins.driver_matrix.junit import collection_of, driver_of
from argus.plugins.driver_matrix.model import DriverTestRun, EnvironmentInfo, TestCollection
from argus.runtime import Runtime
from argus.storage.statements import Update, select
from argus.storage.table import Row

R = TypeVar("R", bound=Row)

REPORT_PAGE = 20  # runs read at a time; one holds thousands of cases


@dataclass(frozen=True)
class DriverMatrixSubmitResultRequest:
    schema_version: str
    run_id: str
    driver_type: str
    driver_name: str
    raw_xml: str


@dataclass(frozen=True)
class DriverMatrixSubmitFailureRequest:
    schema_version: str
    run_id: str
    driver_type: str
    driver_name: str
    failure_reason: str


@dataclass(frozen=True)
class DriverMatrixSubmitEnvRequest:
    schema_version: str
    run_id: str
    raw_env: str


async def submit_result(runtime: Runtime, body: Mapping[str, Any]) -> bool:
    """Add the results of a driver, from an xUnit document in base64; those of a driver that the run has change nothing.

    Raises:
        TypeError: a key is missing, or one too many.
        DocumentNotFound: no such run.
        ParseError, KeyError, IndexError, ValueError: the document is not what it should be; nothing is written.
    """
    request = record(DriverMatrixSubmitResultRequest, body)
    run = await get_typed(runtime, DriverTestRun, uuid_of(request.run_id), "test_collection")
    document = base64.b64decode(request.raw_xml)
    if not _has(run, request.driver_name):
        collection = await runtime.blocking(DOCUMENTS, collection_of, request.driver_name, request.driver_type, document)
        await _add(runtime, run, collection)
    return True


async def submit_failure(runtime: Runtime, body: Mapping[str, Any]) -> bool:
    """Add a driver that gave no results; those of a driver that the run has change nothing.

    Raises:
        TypeError: a key is missing, or one too many.
        DocumentNotFound: no such run.
    """
    request = record(DriverMatrixSubmitFailureRequest, body)
    run = await get_typed(runtime, DriverTestRun, uuid_of(request.run_id), "id")
    driver = driver_of(request.driver_name, request.driver_type)
    failure = TestCollection(name=request.driver_name, driver=driver, tests_total=1, failures=1, failure_message=request.failure_reason)
    await _add(runtime, run, failure)
    return True


async def submit_environment(runtime: Runtime, body: Mapping[str, Any]) -> bool:
    """Add what is known about where the tests run, from lines of `key: value`; a key keeps its first value, the version is the newest.

    Raises:
        TypeError: a key is missing, or one too many.
        DocumentNotFound: no such run.
        ValueError: a line has another form; nothing is written.
    """
    request = record(DriverMatrixSubmitEnvRequest, body)
    run = await get_typed(runtime, DriverTestRun, uuid_of(request.run_id), "id")
    environment = _environment(request.raw_env)

    def add(current: DriverTestRun) -> Update | None:
        known = {info.key for info in current.environment_info}
        new = [EnvironmentInfo(key=key, value=value) for key, value in environment.items() if key not in known]
        return edit(current).append("environment_info", new) if new else None

    await swap(runtime.store, run, ("environment_info",), add)
    if "scylla-version" in environment:
        await runtime.store.write(edit(run).set(scylla_version=environment["scylla-version"]))
    return True


async def report(runtime: Runtime, build_id: str | None) -> dict[str, Any]:
    """Which results a job ever had, by driver. Reads every run of the job, a few at a time.

    Raises:
        Exception: no job given, it never ran, or its newest run belongs to no test.
    """
    if not build_id:
        raise foreseen(Exception("No build id provided"))
    runs = select(DriverTestRun, "build_id", "start_time", "id", "release_id", "test_id", "test_collection").where(build_id=build_id)
    page = await runtime.store.page(runs, REPORT_PAGE)
    if not page.rows:
        raise foreseen(Exception(f"No results for build_id {build_id}", build_id))
    newest = page.rows[0]
    release, test = await asyncio.gather(
        _by_id(runtime, ArgusRelease, newest.release_id),
        _by_id(runtime, ArgusTest, newest.test_id),
    )
    if release is None or test is None:
        message = f"Unable to find release and test information for build_id {build_id} and run_id {newest.id}"
        raise foreseen(Exception(message, build_id, str(newest.id)))
    names: dict[str, set[str]] = {}
    while True:
        for run in page.rows:
            for collection in run.test_collection:
                names.setdefault(collection.driver or "Unknown", set()).add(collection.name or "")
        if page.next is None:
            break
        page = await runtime.store.page(runs, REPORT_PAGE, page.next)
    versions = {driver: sorted(found) for driver, found in names.items()}
    return {"release": release.name, "test": test.name, "build_id": build_id, "versions": versions}


async def _by_id(runtime: Runtime, model: type[R], row_id: UUID | None) -> R | None:
    return None if row_id is None else await runtime.store.find(model, id=row_id)


async def _add(runtime: Runtime, run: DriverTestRun, collection: TestCollection) -> None:
    """Append a collection unless the run has one of that name; the first one sets the run going."""

    def add(current: DriverTestRun) -> Update | None:
        if _has(current, collection.name):
            return None
        going = TestStatus.RUNNING.value if current.status == TestStatus.CREATED.value else current.status
        return edit(current).append("test_collection", [collection]).set(status=going)

    await swap(runtime.store, run, ("test_collection", "status"), add)


def _has(run: DriverTestRun, name: str | None) -> bool:
    return any(collection.name == name for collection in run.test_collection)


@of_callers
def _environment(text: str) -> dict[str, str]:
    environment = {}
    for line in text.split("\n"):
        if line.strip():
            key, value = line.split(": ")
            environment[key] = value.strip()
    return environment
