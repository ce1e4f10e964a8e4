"""People, served by FastAPI (docs/contract/core.md#users)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.features.tracker.users import service
from argus.features.tracker.users.schemas import Job, PlannedJob, PublicUser, Token
from argus.lanes.fastapi import LoggedIn, Ok, ReadAhead, RuntimeDep, ok, send

router = APIRouter(prefix="/api/v1", tags=["users"])


@router.get("/users", summary="All users by id", response_model=Ok[dict[str, PublicUser]])
async def user_info(read_ahead: ReadAhead) -> Response:
    return send(await read_ahead(service.directory))


@router.get("/user/token", summary="One's API token", response_model=Ok[Token])
async def user_token(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await service.api_token(runtime, user), Cache_Control="no-store")


@router.get("/user/jobs", summary="Runs assigned to oneself", response_model=Ok[list[Job]])
async def user_jobs(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await service.jobs(runtime, user.id))


@router.get("/user/planned_jobs", summary="Tests planned for oneself", response_model=Ok[list[PlannedJob]])
async def user_planned_jobs(user: LoggedIn, runtime: RuntimeDep) -> Response:
    return ok(await service.planned_jobs(runtime, user.id))
