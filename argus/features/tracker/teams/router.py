"""Teams, served by FastAPI (docs/contract/teams.md)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response

from argus.features.tracker.teams import service
from argus.features.tracker.teams.schemas import CreateBody, EditBody, MotdBody, Team, TeamDeleted, TeamEdited, TeamUpdated
from argus.features.tracker.users.schemas import Job
from argus.lanes.fastapi import JsonBody, LoggedIn, Ok, RuntimeDep, UuidText, body_of, ok, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/team", tags=["teams"])


@router.post("/create", summary="Create a team", response_model=Ok[Team], openapi_extra=body_of(CreateBody))
async def team_create(user: LoggedIn, runtime: RuntimeDep, body: JsonBody) -> Response:
    return ok(await service.create(runtime, body))


@router.get("/{team_id}/get", summary="One team", response_model=Ok[Team])
async def team_get(user: LoggedIn, runtime: RuntimeDep, team_id: UuidText) -> Response:
    return ok(await service.get(runtime, team_id))


@router.delete("/{team_id}/delete", summary="Delete a team that one leads", response_model=Ok[TeamDeleted])
async def team_delete(user: LoggedIn, runtime: RuntimeDep, team_id: UuidText) -> Response:
    await service.remove(runtime, user, team_id)
    return ok({"team_id": team_id, "status": "deleted"})


@router.post("/{team_id}/edit", summary="Change a team that one leads", response_model=Ok[TeamEdited], openapi_extra=body_of(EditBody))
async def team_edit(user: LoggedIn, runtime: RuntimeDep, team_id: str, body: JsonBody) -> Response:
    return ok({"team_id": team_id, "status": "updated", "team": await service.edit(runtime, user, body)})


@router.post(
    "/{team_id}/motd/edit", summary="Change the message of the day", response_model=Ok[TeamUpdated], openapi_extra=body_of(MotdBody)
)
async def team_edit_motd(user: LoggedIn, runtime: RuntimeDep, team_id: str, body: JsonBody) -> Response:
    await service.edit_motd(runtime, user, body)
    return ok({"team_id": team_id, "status": "updated"})


@router.get("/user/{user_id}/teams", summary="Teams: first those that a user leads", response_model=Ok[list[Team]])
async def user_teams(user: LoggedIn, runtime: RuntimeDep, user_id: UuidText) -> Response:
    return ok(await service.of_user(runtime, user_id))


@router.get("/user/{user_id}/jobs", summary="Runs assigned to a user", response_model=Ok[list[Job]])
async def user_jobs(user: LoggedIn, runtime: RuntimeDep, user_id: UuidText) -> Response:
    return ok(await service.jobs_of(runtime, user_id))


@router.get("/{team_id}/jobs", summary="Runs assigned to each member of a team", response_model=Ok[dict[UUID, list[Job]]])
async def team_jobs(user: LoggedIn, runtime: RuntimeDep, team_id: UuidText) -> Response:
    return send(await together(runtime, service.jobs_of_members, team_id))


@router.get("/leader/{user_id}/teams", summary="Teams that a user leads", response_model=Ok[list[Team]])
async def leader_teams(user: LoggedIn, runtime: RuntimeDep, user_id: UuidText) -> Response:
    return ok(await service.of_leader(runtime, user_id))
