"""Planner data, assignees and schedules, served by Flask (docs/contract/core.md#planner-data-and-what-is-left-of-schedules)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.schedules import assignees, service
from argus.lanes.flask import call, caller, json_body, logged_in, ok, send
from argus.lanes.together import together

blueprint = Blueprint("schedules", __name__, url_prefix="/api/v1/release")


@blueprint.get("/assignees/groups")
@logged_in
def assignees_of_groups() -> Response:
    return send(call(together, assignees.of_groups, request.args.get("releaseId"), request.args.get("version"), request.args.get("planId")))


@blueprint.get("/assignees/tests")
@logged_in
def assignees_of_tests() -> Response:
    return send(call(together, assignees.of_tests, request.args.get("groupId"), request.args.get("version"), request.args.get("planId")))


@blueprint.get("/planner/data")
@logged_in
def release_planner_data() -> Response:
    return send(call(together, service.planner_data, request.args.get("releaseId")))


@blueprint.get("/planner/comment/get/test")
def get_planner_comment_by_test() -> Response:
    caller()
    return send(call(together, service.comment_of, request.args.get("id")), Cache_Control="max-age=60")


@blueprint.post("/schedules/comment/update")
@logged_in
def release_schedules_comment_update() -> Response:
    return ok(call(service.set_comment, json_body()))


@blueprint.get("/schedules")
@logged_in
def release_schedules() -> Response:
    return ok(service.schedules(request.args.get("releaseId")))


@blueprint.post("/schedules/assignee/update")
@logged_in
def release_schedules_assignee_update() -> Response:
    json_body()
    return ok({})


@blueprint.post("/schedules/submit")
@logged_in
def release_schedules_submit() -> Response:
    return ok(service.check_submission(json_body()))


@blueprint.post("/schedules/delete")
@logged_in
def release_schedules_delete() -> Response:
    json_body()
    return ok({})


@blueprint.post("/schedules/update")
@logged_in
def release_schedule_update() -> Response:
    return ok(service.check_update(json_body()))
