"""Driver matrix routes, served by FastAPI (docs/contract/client.md#driver-matrix-routes)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, body_of, ok
from argus.plugins.driver_matrix import service
from argus.plugins.driver_matrix.schemas import DriverEnvironment, DriverFailure, DriverReport, DriverResult

router = APIRouter(prefix="/api/v1/client/driver_matrix", tags=["driver_matrix"])

BuildId = Annotated[str | None, Query(alias="buildId", description="the job", examples=["release/drivers/python-driver-matrix"])]


@router.get("/test_report", summary="Results that a job ever had, by driver", response_model=Ok[DriverReport])
async def driver_matrix_test_report(user: LoggedIn, runtime: RuntimeDep, build_id: BuildId = None) -> Response:
    return ok(await service.report(runtime, build_id))


@router.post("/result/submit", summary="Add a driver's results", response_model=Ok[bool], openapi_extra=body_of(DriverResult))
async def submit_result(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.submit_result(runtime, body))


@router.post("/result/fail", summary="Add a driver that failed", response_model=Ok[bool], openapi_extra=body_of(DriverFailure))
async def submit_failure(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.submit_failure(runtime, body))


@router.post("/env/submit", summary="Add to the environment", response_model=Ok[bool], openapi_extra=body_of(DriverEnvironment))
async def submit_env(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.submit_environment(runtime, body))
