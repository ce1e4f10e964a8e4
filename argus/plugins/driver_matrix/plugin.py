"""The run type of client drivers' test matrices (docs/contract/plugins.md#driver-matrix-runs)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argus.domain.assignment import assigned, build_number_of
from argus.domain.runs import create_run, edit, find_typed
from argus.domain.snapshots import invalidate_version
from argus.domain.versions import index_version
from argus.kit.parse import enum_of, need, record, uuid_of
from argus.models.enums import TestStatus
from argus.models.run import RunBase
from argus.plugins.base import RunType, assignee_by_version, end_of
from argus.plugins.driver_matrix.legacy import collections_of, status_of
from argus.plugins.driver_matrix.model import MODELS, TYPES, DriverTestRun, EnvironmentInfo
from argus.runtime import Runtime

log = logging.getLogger("argus.driver_matrix")


@dataclass(frozen=True)
class DriverMatrixRunSubmissionRequestV2:
    """The body of a submission, to the key."""

    schema_version: str
    run_id: str
    job_name: str
    job_url: str | None


class DriverMatrix(RunType):
    """A run is opened first; results of single drivers and the environment come afterwards, over routes of their own."""

    name = "driver-matrix-tests"
    model = DriverTestRun
    all_models = MODELS
    all_types = TYPES

    async def submit(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        if need(body, "schema_version") != "v2":
            await self._submit_whole(runtime, body)
            return
        request = record(DriverMatrixRunSubmissionRequestV2, body)
        run_id = uuid_of(request.run_id)
        if await find_typed(runtime, DriverTestRun, run_id, "id"):
            return
        run = DriverTestRun.model_construct(
            id=run_id, build_id=request.job_name, build_job_url=request.job_url, build_number=build_number_of(request.job_url)
        )
        run, created = await create_run(runtime, await assigned(runtime, self.name, run))
        if created:
            await invalidate_version(runtime, run.release_id, run.scylla_version)

    async def _submit_whole(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        run_id = uuid_of(need(body, "run_id"))
        if await find_typed(runtime, DriverTestRun, run_id, "id"):
            return
        job, url, environment = need(body, "job_name"), need(body, "job_url"), need(body, "test_environment")
        collections = collections_of(need(body, "matrix_results"))
        run = DriverTestRun.model_construct(
            id=run_id,
            build_id=job,
            build_job_url=url,
            status=status_of(collections).value,
            scylla_version=environment.get("scylla-version"),
            environment_info=[EnvironmentInfo(key=key, value=value) for key, value in environment.items()],
            test_collection=collections,
        )
        await create_run(runtime, await assigned(runtime, self.name, run))

    async def finish(self, runtime: Runtime, run: RunBase, body: Mapping[str, Any]) -> None:
        status = enum_of(TestStatus, body.get("status", TestStatus.PASSED.value))
        await runtime.store.write(edit(run).set(end_time=end_of(body), status=status.value).if_exists())
        await asyncio.gather(
            invalidate_version(runtime, run.release_id, run.scylla_version),
            index_version(runtime, run.release_id, run.scylla_version),
        )

    async def submit_product_version(self, runtime: Runtime, run: RunBase, version: str) -> None:
        await runtime.store.write(edit(run).set(scylla_version=version, **await assignee_by_version(runtime, run, version)))
        await index_version(runtime, run.release_id, version)

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        log.info("run %s: %d logs dropped, a driver matrix keeps none", run.id, len(logs))


PLUGIN = DriverMatrix()
