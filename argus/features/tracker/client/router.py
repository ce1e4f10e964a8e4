"""Generic run routes, served by FastAPI (docs/contract/client.md#generic-run-routes; docs/contract/client.md#run-configuration)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from argus.features.tracker.client import configuration, info, service
from argus.features.tracker.client.schemas import (
    Configuration,
    ConfigurationBody,
    FinalizeBody,
    LogsBody,
    NewStatusBody,
    RunBody,
    RunInfo,
    VersionBody,
)
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, ReadAhead, RuntimeDep, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/client", tags=["client"])

RunType = Annotated[str, Path(description="the type of the run", examples=["generic"])]


@router.post("/testrun/{run_type}/submit", summary="Create a run", response_model=Ok[str], openapi_extra=body_of(RunBody))
async def submit_run(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, body: JsonBody) -> Response:
    return ok(await service.submit(runtime, run_type, body))


@router.get("/testrun/{run_id}/info", summary="A run of any type, with context", response_model=Ok[RunInfo])
async def get_run_info(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, info.run_info, run_id))


@router.get("/testrun/{run_type}/{run_id}/get", summary="A run, or null", response_model=Ok[dict[str, object] | None])
async def get_run(read_ahead: ReadAhead, run_type: RunType, run_id: UuidText) -> Response:
    return send(await read_ahead(service.get, run_type, run_id))


@router.post("/testrun/{run_type}/{run_id}/heartbeat", summary="Note that a run is alive", response_model=Ok[int])
async def run_heartbeat(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, run_id: UuidText) -> Response:
    return ok(await service.heartbeat(runtime, run_type, run_id))


@router.get("/testrun/{run_type}/{run_id}/get_status", summary="The status of a run", response_model=Ok[str | None])
async def run_get_status(read_ahead: ReadAhead, run_type: RunType, run_id: UuidText) -> Response:
    return send(await read_ahead(service.get_status, run_type, run_id))


@router.post(
    "/testrun/{run_type}/{run_id}/set_status",
    summary="Set the status of a run",
    response_model=Ok[str],
    openapi_extra=body_of(NewStatusBody),
)
async def run_set_status(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.set_status(runtime, run_type, run_id, body))


@router.post(
    "/testrun/{run_type}/{run_id}/update_product_version",
    summary="Take the version under test",
    response_model=Ok[str],
    openapi_extra=body_of(VersionBody),
)
async def run_update_product_version(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.update_product_version(runtime, run_type, run_id, body))


@router.post(
    "/testrun/{run_type}/{run_id}/logs/submit", summary="Add links to logs", response_model=Ok[str], openapi_extra=body_of(LogsBody)
)
async def run_submit_logs(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await service.submit_logs(runtime, run_type, run_id, body))


@router.post(
    "/testrun/{run_type}/{run_id}/finalize",
    summary="End a run",
    description="A body that is missing or cannot be read counts as none.",
    response_model=Ok[str],
    openapi_extra=body_of(FinalizeBody, required=False),
)
async def run_finalize(user: LoggedIn, runtime: RuntimeDep, run_type: RunType, run_id: UuidText, request: Request) -> Response:
    content_type, raw = request.headers.get("content-type"), await request.body()
    return ok(await service.finalize(runtime, run_type, run_id, content_type, raw))


@router.post("/{run_id}/config/submit", summary="Store a configuration", response_model=Ok[bool], openapi_extra=body_of(ConfigurationBody))
async def submit_run_config(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await configuration.submit_configuration(runtime, run_id, body))


@router.get("/{run_id}/config/all", summary="The configurations of a run", response_model=Ok[list[Configuration]])
async def get_all_run_configs(user: LoggedIn, runtime: RuntimeDep, run_id: UuidText) -> Response:
    return send(await together(runtime, configuration.configurations, run_id))
