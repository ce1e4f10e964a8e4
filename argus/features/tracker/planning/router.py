"""Release plans, served by FastAPI (docs/contract/planning.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from argus.features.tracker.planning import copying, editing, plans, search, structure, trigger
from argus.features.tracker.planning.schemas import (
    CopyCheck,
    CopyPlanBody,
    CreatePlanBody,
    Grid,
    OwnerBody,
    Plan,
    PlannedGroup,
    PlannedTest,
    SearchResult,
    TriggerBody,
    Triggered,
    UpdatePlanBody,
)
from argus.lanes.fastapi import FlagText, JsonBody, LoggedIn, Ok, RuntimeDep, UuidQuery, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/planning", tags=["planning"])

PlanRef = Annotated[str, Path(description="id or key", examples=["scylla-6.0#1"])]
ReleaseId = Annotated[UuidQuery, Query(alias="releaseId")]
Text = Annotated[str | None, Query(alias="query", description="text and facets, or a run's id", examples=["longevity release:6.0"])]


@router.get("/", summary="Version of this API", response_model=Ok[Literal["v1"]])
async def version(user: LoggedIn) -> Response:
    return ok("v1")


@router.get("/plan/{plan_id}/copy/check", summary="What a copy would miss", response_model=Ok[CopyCheck])
async def is_plan_eligible_for_copy(user: LoggedIn, runtime: RuntimeDep, plan_id: UuidText, release_id: ReleaseId = None) -> Response:
    return ok(await copying.check(runtime, plan_id, release_id))


@router.get("/release/{release_id}/gridview", summary="Groups and tests of a release", response_model=Ok[Grid])
async def grid_view_for_release(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText) -> Response:
    return send(await together(runtime, structure.grid, release_id))


@router.get("/search", summary="Search releases, groups, tests and runs", response_model=Ok[SearchResult])
async def search_tests(user: LoggedIn, runtime: RuntimeDep, query: Text = None, release_id: ReleaseId = None) -> Response:
    return send(await together(runtime, search.search, query, release_id))


@router.get("/group/{group_id}/explode", summary="All tests of a group", response_model=Ok[list[PlannedTest]])
async def explode_group(user: LoggedIn, runtime: RuntimeDep, group_id: UuidText) -> Response:
    return send(await together(runtime, search.explode_group, group_id))


@router.get("/plan/{plan_id}/get", summary="One plan", response_model=Ok[Plan])
async def get_plan(user: LoggedIn, runtime: RuntimeDep, plan_id: PlanRef) -> Response:
    return ok(await plans.plan_of(runtime, plan_id))


@router.get("/release/{release_id}/all", summary="Plans of a release", response_model=Ok[list[Plan]])
async def get_plans_for_release(user: LoggedIn, runtime: RuntimeDep, release_id: UuidText) -> Response:
    return send(await together(runtime, plans.plans_of_release, release_id))


@router.post("/plan/create", summary="Create a plan", response_model=Ok[Plan], openapi_extra=body_of(CreatePlanBody))
async def create_plan(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await editing.create(runtime, user, body))


@router.post("/plan/update", summary="Change a plan by differences", response_model=Ok[bool], openapi_extra=body_of(UpdatePlanBody))
async def update_plan(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await editing.edit(runtime, user, body))


@router.post("/plan/copy", summary="Copy a plan to another release", response_model=Ok[Plan], openapi_extra=body_of(CopyPlanBody))
async def copy_plan(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await copying.copy(runtime, user, body))


@router.delete("/plan/{plan_id}/delete", summary="Delete a plan", response_model=Ok[bool])
async def delete_plan(
    user: LoggedIn, runtime: RuntimeDep, plan_id: PlanRef, delete_view: Annotated[FlagText, Query(alias="deleteView")] = None
) -> Response:
    return ok(await editing.remove(runtime, plan_id, delete_view))


@router.post("/plan/{plan_id}/owner/set", summary="Hand a plan over", response_model=Ok[bool], openapi_extra=body_of(OwnerBody))
async def change_plan_owner(user: LoggedIn, runtime: RuntimeDep, plan_id: PlanRef, body: JsonBody) -> Response:
    return ok(await editing.set_owner(runtime, plan_id, body))


@router.get("/plan/{plan_id}/resolve_entities", summary="Tests and groups of a plan", response_model=Ok[list[PlannedTest | PlannedGroup]])
async def resolve_plan_entities(user: LoggedIn, runtime: RuntimeDep, plan_id: PlanRef) -> Response:
    return send(await together(runtime, structure.entities_of_plan, plan_id))


@router.post(
    "/plan/trigger",
    summary="Start everything that plans hold",
    description="`[false, reason]` when no plan matches.",
    response_model=Ok[Triggered | tuple[Literal[False], str]],
    openapi_extra=body_of(TriggerBody),
)
async def trigger_jobs_for_plans(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await trigger.trigger(runtime, user, body))
