"""Fifty clients at once on one run lose nothing, on either engine."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import uuid4

import pytest

from argus.domain.runs import create_run, edit, get_run, get_typed
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunLocation
from argus.models.snapshot import ReleaseDistinctVersion, ReleaseStatsSnapshot
from argus.plugins.driver_matrix import service
from argus.plugins.driver_matrix.model import DriverTestRun
from argus.plugins.driver_matrix.plugin import PLUGIN as DRIVER_MATRIX
from argus.plugins.generic.model import GenericRun
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sirenada.model import SirenadaRun
from argus.plugins.sirenada.plugin import PLUGIN as SIRENADA
from argus.run_types import PluginRegistry
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import JOB, catalogue, runtime_of
from tests.storage.engines import ENGINES

pytestmark = pytest.mark.anyio

MODELS = (RunLocation, ArgusRelease, ArgusGroup, ArgusTest, ArgusReleasePlan, ReleaseStatsSnapshot, ReleaseDistinctVersion)
CLIENTS = 50
XML = base64.b64encode(b'<testsuite name="s" tests="1" time="0.1"><testcase name="a" time="0.1"/></testsuite>').decode()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("acsylla", marks=pytest.mark.cassandra)])
async def runtime(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Runtime]:
    registry = PluginRegistry(GENERIC, SIRENADA, DRIVER_MATRIX)
    store, cleanup = await ENGINES[request.param]([*MODELS, *registry.models], registry.types)
    runtime = runtime_of(store, registry)
    await catalogue(runtime)
    yield runtime
    runtime.pools.close()
    await runtime.http.aclose()
    await cleanup()


async def test_one_id_submitted_by_all_is_one_run(runtime: Runtime) -> None:
    run_id = uuid4()
    body = {"run_id": str(run_id), "build_id": JOB, "build_url": "u/7", "started_by": "ci", "scylla_version": "6.2.0-0.20240901.abc"}
    await asyncio.gather(*(GENERIC.submit(runtime, body) for _ in range(CLIENTS)))
    runs = await runtime.store.all(select(GenericRun).where(id=run_id))
    assert len(runs) == 1
    assert (await get_run(runtime, "generic", run_id)) == runs[0]


async def test_runs_of_one_millisecond_all_stay_and_are_found(runtime: Runtime) -> None:
    start, job = datetime(2024, 1, 1), f"same/moment/{uuid4()}"
    ids = {uuid4() for _ in range(CLIENTS)}
    await asyncio.gather(*(create_run(runtime, GenericRun(id=run_id, build_id=job, start_time=start)) for run_id in ids))
    assert {run.id for run in await runtime.store.all(select(GenericRun).where(build_id=job))} == ids
    for run_id in ids:
        location = await runtime.store.get(RunLocation, id=run_id)
        assert (await runtime.store.get(GenericRun, build_id=job, start_time=location.start_time)).id == run_id


async def test_a_driver_matrix_keeps_every_result_and_a_heartbeat_takes_none_away(runtime: Runtime) -> None:
    run_id = uuid4()
    await DRIVER_MATRIX.submit(runtime, {"schema_version": "v2", "run_id": str(run_id), "job_name": JOB, "job_url": None})
    run = await get_typed(runtime, DriverTestRun, run_id)
    head = {"schema_version": "v2", "run_id": str(run_id), "driver_type": "rust"}
    results = [service.submit_result(runtime, {**head, "driver_name": f"r{n % 20}", "raw_xml": XML}) for n in range(25)]
    failures = [service.submit_failure(runtime, {**head, "driver_name": f"f{n % 8}", "failure_reason": "x"}) for n in range(10)]
    keys = [service.submit_environment(runtime, {"schema_version": "v2", "run_id": str(run_id), "raw_env": f"k{n}: v"}) for n in range(10)]
    beats = [runtime.store.write(edit(run).set(heartbeat=n)) for n in range(5)]
    await asyncio.gather(*results, *failures, *keys, *beats)
    stored = await get_typed(runtime, DriverTestRun, run_id)
    assert sorted(c.name or "" for c in stored.test_collection) == sorted([f"r{n}" for n in range(20)] + [f"f{n}" for n in range(8)])
    assert sorted(info.key or "" for info in stored.environment_info) == sorted(f"k{n}" for n in range(10))
    assert stored.status == "running"


async def test_a_session_keeps_every_result(runtime: Runtime) -> None:
    run_id = uuid4()
    head = {"run_id": str(run_id), "build_id": JOB, "build_job_url": "u/1", "region": "eu"}
    bodies = [{**head, "results": [{"test_name": f"t{n}", "status": "passed", "s3_folder_id": f"s3-{n}"}]} for n in range(CLIENTS)]
    await asyncio.gather(*(SIRENADA.submit(runtime, body) for body in bodies))
    stored = await get_typed(runtime, SirenadaRun, run_id)
    assert sorted(result.test_name or "" for result in stored.results) == sorted(f"t{n}" for n in range(CLIENTS))
    assert len(stored.s3_folder_ids) == CLIENTS


async def test_the_first_link_of_a_log_stays(runtime: Runtime) -> None:
    run, _ = await create_run(runtime, GenericRun(id=uuid4(), build_id=JOB))
    await GENERIC.submit_logs(runtime, run, [{"log_name": "db", "log_link": "first"}])
    logs = [[{"log_name": f"log{n}", "log_link": str(n)}, {"log_name": "db", "log_link": "late"}] for n in range(CLIENTS)]
    await asyncio.gather(*(GENERIC.submit_logs(runtime, run, entries) for entries in logs))
    stored = await get_typed(runtime, GenericRun, run.id)
    assert stored.logs == {"db": "first", **{f"log{n}": str(n) for n in range(CLIENTS)}}
