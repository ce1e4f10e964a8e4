"""The page of the jobs, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.jobs.console import service
from argus.lanes.flask import admin, call, ok, send, show, user

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/admin/jobs")
@admin
def jobs() -> Response:
    return show(service.page())


@blueprint.get("/admin/api/v1/jobs")
@admin
def jobs_overview() -> Response:
    return send(call(service.overview, request.headers.get("If-None-Match")))


@blueprint.get("/admin/api/v1/jobs/<string:name>/history")
@admin
def jobs_history(name: str) -> Response:
    return ok(call(service.history, name), Cache_Control="no-store")


@blueprint.post("/admin/api/v1/jobs/<string:name>/run")
@admin
def jobs_run(name: str) -> Response:
    return ok(call(service.run, name, user()))


@blueprint.post("/admin/api/v1/jobs/<string:name>/pause")
@admin
def jobs_pause(name: str) -> Response:
    return ok(call(service.pause, name, user()))


@blueprint.post("/admin/api/v1/jobs/<string:name>/resume")
@admin
def jobs_resume(name: str) -> Response:
    return ok(call(service.resume, name))
