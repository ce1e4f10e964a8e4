"""The inbox, served by Flask (docs/contract/testrun.md#notifications)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.notifications import service
from argus.lanes.flask import call, json_body, logged_in, ok, send, user
from argus.lanes.together import together

blueprint = Blueprint("notifications", __name__, url_prefix="/api/v1/notifications")


@blueprint.get("/get")
@logged_in
def get_notification() -> Response:
    return ok(call(service.get, user(), request.args.get("id")))


@blueprint.get("/get_unread")
@logged_in
def get_unread_count() -> Response:
    return send(call(together, service.unread, user().id))


@blueprint.get("/summary")
@logged_in
def get_summary() -> Response:
    return ok(call(service.summary, user(), request.args.get("afterId"), request.args.get("limit")))


@blueprint.post("/read")
@logged_in
def read_notification() -> Response:
    return ok(call(service.read, user(), json_body()))
