"""Reading and triaging runs, served by FastAPI (docs/contract/testrun.md)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from argus.features.tracker.runs import reading, stuck, triage
from argus.features.tracker.runs.schemas import (
    AssigneeAnswer,
    AssigneeBody,
    IgnoreAnswer,
    IgnoreBody,
    InvestigationAnswer,
    InvestigationBody,
    RunActivity,
    RunPlace,
    RunsById,
    RunType,
    StatusAnswer,
    StatusBody,
    StuckAnswer,
)
from argus.lanes.fastapi import IntText, JsonBody, LoggedIn, Ok, ReadAhead, RuntimeDep, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1", tags=["runs"])

Seconds = Annotated[str | None, Query(description="Unix seconds, exclusive", examples=["1704164645"])]


@router.get("/test_runs/poll", summary="Removed", deprecated=True)
async def test_runs_poll(user: LoggedIn) -> Response:
    reading.removed()


@router.get("/test_run/poll", summary="Removed", deprecated=True)
async def test_run_poll_single(user: LoggedIn) -> Response:
    reading.removed()


@router.get("/test/{test_id}/runs", summary="The newest runs of a test", response_model=Ok[list[dict[str, Any]]])
async def get_runs_for_test(
    user: LoggedIn,
    runtime: RuntimeDep,
    test_id: UuidText,
    limit: IntText = None,
    before: Seconds = None,
    after: Seconds = None,
    full: Annotated[str | None, Query(description="anything: all columns")] = None,
    additional: Annotated[list[str] | None, Query(alias="additionalRuns[]", description="ids of further runs")] = None,
) -> Response:
    return send(await together(runtime, reading.runs_of_test, test_id, limit, before, after, bool(full), tuple(additional or ())))


@router.get("/test/{build_id:path}/{build_number:int}", summary="The run of a job's build", response_model=Ok[RunPlace])
async def get_run_by_build(user: LoggedIn, runtime: RuntimeDep, request: Request, build_id: str, build_number: int) -> Response:
    return send(await together(runtime, reading.run_by_build, build_id, build_number, str(request.base_url)))


@router.get("/run/{run_id}/type", summary="The type of a run", response_model=Ok[RunType])
async def get_type_for_run(read_ahead: ReadAhead, run_id: UuidText) -> Response:
    return send(await read_ahead(reading.type_of_run, run_id))


@router.get("/run/{run_id}/activity", summary="What happened to a run", response_model=Ok[RunActivity])
async def test_run_activity(read_ahead: ReadAhead, run_id: UuidText) -> Response:
    return send(await read_ahead(reading.activity, run_id))


@router.get("/run/{run_type}/{run_id}", summary="A run", response_model=Ok[dict[str, Any] | None])
async def get_testrun(user: LoggedIn, runtime: RuntimeDep, run_type: str, run_id: UuidText) -> Response:
    return send(await together(runtime, reading.whole_run, run_type, run_id))


@router.post("/get_runs_by_test_id_run_id", summary="Runs by test and run id", response_model=Ok[RunsById])
async def get_runs_by_test_id_run_id(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await reading.runs_by_references(runtime, body))


@router.post(
    "/test/{test_id}/run/{run_id}/status/set",
    summary="Set the status",
    response_model=Ok[StatusAnswer],
    openapi_extra=body_of(StatusBody),
)
async def set_testrun_status(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await triage.set_status(runtime, user, test_id, run_id, body))


@router.post(
    "/test/{test_id}/run/{run_id}/investigation_status/set",
    summary="Set the investigation status",
    response_model=Ok[InvestigationAnswer],
    openapi_extra=body_of(InvestigationBody),
)
async def set_testrun_investigation_status(
    user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody
) -> Response:
    return ok(await triage.set_investigation_status(runtime, user, test_id, run_id, body))


@router.post(
    "/test/{test_id}/run/{run_id}/assignee/set",
    summary="Set the assignee",
    response_model=Ok[AssigneeAnswer],
    openapi_extra=body_of(AssigneeBody),
)
async def set_testrun_assignee(user: LoggedIn, runtime: RuntimeDep, test_id: UuidText, run_id: UuidText, body: JsonBody) -> Response:
    return ok(await triage.set_assignee(runtime, user, test_id, run_id, body))


@router.post("/ignore_jobs", summary="Ignore the runs of a test", response_model=Ok[IgnoreAnswer], openapi_extra=body_of(IgnoreBody))
async def ignore_jobs(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await triage.ignore_runs(runtime, user, body))


@router.post("/terminate_stuck_runs", summary="Abort runs that stopped answering", response_model=Ok[StuckAnswer])
async def sct_terminate_stuck_runs(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await stuck.terminate_stuck_runs(runtime, user))
