"""Teams, served by Flask (docs/contract/teams.md)."""

from __future__ import annotations

from flask import Blueprint, Response

from argus.features.tracker.teams import service
from argus.lanes.flask import call, json_body, logged_in, ok, user

blueprint = Blueprint("teams", __name__, url_prefix="/api/v1/team")


@blueprint.post("/create")
@logged_in
def team_create() -> Response:
    return ok(call(service.create, json_body()))


@blueprint.get("/<string:team_id>/get")
@logged_in
def team_get(team_id: str) -> Response:
    return ok(call(service.get, team_id))


@blueprint.delete("/<string:team_id>/delete")
@logged_in
def team_delete(team_id: str) -> Response:
    call(service.remove, user(), team_id)
    return ok({"team_id": team_id, "status": "deleted"})


@blueprint.post("/<string:team_id>/edit")
@logged_in
def team_edit(team_id: str) -> Response:
    return ok({"team_id": team_id, "status": "updated", "team": call(service.edit, user(), json_body())})


@blueprint.post("/<string:team_id>/motd/edit")
@logged_in
def team_edit_motd(team_id: str) -> Response:
    call(service.edit_motd, user(), json_body())
    return ok({"team_id": team_id, "status": "updated"})


@blueprint.get("/user/<string:user_id>/teams")
@logged_in
def user_teams(user_id: str) -> Response:
    return ok(call(service.of_user, user_id))


@blueprint.get("/user/<string:user_id>/jobs")
@logged_in
def user_jobs(user_id: str) -> Response:
    return ok(call(service.jobs_of, user_id))


@blueprint.get("/leader/<string:user_id>/teams")
@logged_in
def leader_teams(user_id: str) -> Response:
    return ok(call(service.of_leader, user_id))
