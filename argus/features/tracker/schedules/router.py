"""Planner data, assignees and schedules, served by FastAPI (docs/contract/core.md#planner-data-and-what-is-left-of-schedules)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from argus.features.tracker.schedules import assignees, service
from argus.features.tracker.schedules.schemas import (
    AnyBody,
    Nothing,
    PlannerCommentBody,
    PlannerData,
    ScheduleBody,
    Schedules,
    ScheduleUpdateBody,
)
from argus.lanes.fastapi import Caller, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/release", tags=["schedules"])

ReleaseId = Annotated[UuidQuery, Query(alias="releaseId")]
GroupId = Annotated[UuidQuery, Query(alias="groupId")]
PlanId = Annotated[UuidQuery, Query(alias="planId", description="this plan alone")]
Version = Annotated[str | None, Query(description="plans of exactly this version")]


@router.get("/assignees/groups", summary="Who looks after which group", response_model=Ok[dict[str, list[UUID | None]]])
async def assignees_of_groups(
    user: LoggedIn, runtime: RuntimeDep, release_id: ReleaseId = None, version: Version = None, plan_id: PlanId = None
) -> Response:
    return send(await together(runtime, assignees.of_groups, release_id, version, plan_id))


@router.get("/assignees/tests", summary="Who looks after which test", response_model=Ok[dict[str, list[UUID | None]]])
async def assignees_of_tests(
    user: LoggedIn, runtime: RuntimeDep, group_id: GroupId = None, version: Version = None, plan_id: PlanId = None
) -> Response:
    return send(await together(runtime, assignees.of_tests, group_id, version, plan_id))


@router.get("/planner/data", summary="What the planner shows of a release", response_model=Ok[PlannerData])
async def release_planner_data(user: LoggedIn, runtime: RuntimeDep, release_id: ReleaseId = None) -> Response:
    return send(await together(runtime, service.planner_data, release_id))


@router.get("/planner/comment/get/test", summary="The planner's comment on a test", response_model=Ok[str])
async def get_planner_comment_by_test(
    caller: Caller, runtime: RuntimeDep, test_id: Annotated[UuidQuery, Query(alias="id")] = None
) -> Response:
    return send(await together(runtime, service.comment_of, test_id), Cache_Control="max-age=60")


@router.post(
    "/schedules/comment/update",
    summary="Comment on a test",
    response_model=Ok[PlannerCommentBody],
    openapi_extra=body_of(PlannerCommentBody),
)
async def release_schedules_comment_update(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.set_comment(runtime, body))


@router.get("/schedules", summary="Nothing: there are no schedules any more", deprecated=True, response_model=Ok[Schedules])
async def release_schedules(user: LoggedIn, release_id: ReleaseId = None) -> Response:
    return ok(service.schedules(release_id))


@router.post("/schedules/assignee/update", summary="Nothing", deprecated=True, response_model=Ok[Nothing], openapi_extra=body_of(AnyBody))
async def release_schedules_assignee_update(user: LoggedIn, body: JsonBody) -> Response:
    return ok({})


@router.post(
    "/schedules/submit", summary="Check a schedule", deprecated=True, response_model=Ok[Nothing], openapi_extra=body_of(ScheduleBody)
)
async def release_schedules_submit(user: LoggedIn, body: JsonBody) -> Response:
    return ok(service.check_submission(body))


@router.post("/schedules/delete", summary="Nothing", deprecated=True, response_model=Ok[Nothing], openapi_extra=body_of(AnyBody))
async def release_schedules_delete(user: LoggedIn, body: JsonBody) -> Response:
    return ok({})


@router.post(
    "/schedules/update",
    summary="Check the change of a schedule",
    deprecated=True,
    response_model=Ok[bool],
    openapi_extra=body_of(ScheduleUpdateBody),
)
async def release_schedule_update(user: LoggedIn, body: JsonBody) -> Response:
    return ok(service.check_update(body))
