"""Routes of widgets that compute, served by FastAPI."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from argus.domain.answers import large_ok
from argus.features.tracker.widgets import schemas, service
from argus.kit.answer import JSON
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok, send
from argus.lanes.together import together, together_large

router = APIRouter(prefix="/api/v1/views/widgets", tags=["widgets"])

Filters = Annotated[str | None, Query(description="JSON list of regular expressions; jobs in which one is found are left out")]
RUNS_BY_METHOD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"type": "object", "description": "test id → method → object with `run_id`"}}},
    }
}


@router.get("/graphed_stats", summary="Outcome and duration of a view's runs, and their nemeses", response_model=Ok[schemas.GraphedStats])
async def get_graphed_stats(user: LoggedIn, runtime: RuntimeDep, view_id: UuidQuery = None, filters: Filters = None) -> Response:
    return send(await together_large(runtime, service.graphed_stats, view_id, filters))


@router.post(
    "/runs_details", summary="Runs described", response_model=Ok[dict[str, schemas.RunDetails]], openapi_extra=body_of(schemas.RunList)
)
async def get_runs_details(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.runs_details(runtime, body))


@router.get("/nemesis_data", summary="Nemeses of a view's runs", response_model=Ok[schemas.NemesisData])
async def get_nemesis_data(user: LoggedIn, runtime: RuntimeDep, view_id: UuidQuery = None) -> Response:
    return send(await together_large(runtime, service.nemesis_data, view_id))


@router.get("/summary/versioned_runs", summary="The newest run of each version, test and method", response_model=Ok[schemas.VersionedRuns])
async def get_versioned_runs(user: LoggedIn, runtime: RuntimeDep, view_id: UuidQuery = None) -> Response:
    return send(await together(runtime, service.versioned_runs, view_id))


@router.post("/summary/runs_results", summary="Key metrics of runs", response_model=Ok[schemas.RunsResults], openapi_extra=RUNS_BY_METHOD)
async def get_runs_results(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return send(await large_ok(runtime, await service.runs_results(runtime, body)))
