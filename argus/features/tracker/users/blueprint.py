"""People, served by Flask (docs/contract/core.md#users)."""

from __future__ import annotations

from flask import Blueprint, Response

from argus.features.tracker.users import service
from argus.lanes.flask import call, logged_in, ok, read_ahead, reads_ahead, send, user

blueprint = Blueprint("users", __name__, url_prefix="/api/v1")


@blueprint.get("/users")
@logged_in
@reads_ahead
def user_info() -> Response:
    return send(read_ahead(service.directory))


@blueprint.get("/user/token")
@logged_in
def user_token() -> Response:
    return ok(call(service.api_token, user()), Cache_Control="no-store")


@blueprint.get("/user/jobs")
@logged_in
def user_jobs() -> Response:
    return ok(call(service.jobs, user().id))


@blueprint.get("/user/planned_jobs")
@logged_in
def user_planned_jobs() -> Response:
    return ok(call(service.planned_jobs, user().id))
