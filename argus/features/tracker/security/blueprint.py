"""The security log, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.security import service
from argus.lanes.flask import admin, call, ok, show

blueprint = Blueprint("security", __name__)


@blueprint.get("/admin/api/v1/security/events")
@admin
def security_events() -> Response:
    return ok(call(service.events, request.args.get("limit"), request.args.get("before")), Cache_Control="no-store")


@blueprint.get("/admin/security")
@admin
def security() -> Response:
    return show(call(service.page, request.args.get("before")))
