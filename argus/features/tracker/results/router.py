"""Routes of result tables and graphs, served by FastAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from argus.features.tracker.results import schemas, service, submission
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
from argus.lanes.together import together, together_large

router = APIRouter(prefix="/api/v1", tags=["results"])

Moment = Annotated[str | None, Query(description="ISO-8601 date or time; a date is its midnight, UTC", examples=["2024-09-01"])]


@router.post(
    "/client/testrun/{run_type}/{run_id}/submit_results",
    summary="Submit a result table",
    response_model=schemas.Submitted,
    openapi_extra=body_of(schemas.SubmitResults),
)
async def submit_results(user: LoggedIn, runtime: RuntimeDep, body: JsonBody, run_type: str, run_id: UuidText) -> Response:
    return send(await submission.submit_results(runtime, run_type, run_id, body))


@router.get("/run/{test_id}/{run_id}/fetch_results", summary="Result tables of a run", response_model=schemas.RunTables)
async def fetch_results(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText) -> Response:
    return send(await together(runtime, service.fetch_results, test_id, run_id))


@router.get("/test-results", summary="Graphs of a test; HEAD tells whether it has results", response_model=Ok[schemas.TestResults])
async def results_of_test(
    user: LoggedIn,
    runtime: RuntimeDep,
    request: Request,
    testId: UuidQuery = None,
    startDate: Moment = None,
    endDate: Moment = None,
    tables: Annotated[list[str], Query(alias="tableNames[]", description="only these tables")] = [],  # noqa: B006 FastAPI copies it
) -> Response:
    if request.method == "HEAD":
        return send(await service.has_results(runtime, testId))
    return send(await together_large(runtime, service.results_of_test, testId, startDate, endDate, tuple(tables)))


@router.post(
    "/create-graph-view", summary="Make a graph view", response_model=Ok[schemas.GraphView], openapi_extra=body_of(schemas.NewGraphView)
)
async def create_graph_view(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create_graph_view(runtime, body))


@router.post(
    "/update-graph-view",
    summary="Change a graph view",
    response_model=Ok[schemas.GraphView],
    openapi_extra=body_of(schemas.ChangedGraphView),
)
async def update_graph_view(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.update_graph_view(runtime, body))


@router.get("/views/widgets/graphs/graph_views", summary="Graph views of a view's tests", response_model=schemas.ViewGraphs)
async def get_graph_views(
    user: LoggedIn, runtime: RuntimeDep, view_id: UuidQuery = None, start_date: Moment = None, end_date: Moment = None
) -> Response:
    return send(await together(runtime, service.graphs_of_view, view_id, start_date, end_date))
