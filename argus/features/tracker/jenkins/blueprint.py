"""Building and cloning jobs, served by Flask (docs/contract/testrun.md#jenkins)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.jenkins import builds, cloning, configuration
from argus.lanes.flask import call, json_body, logged_in, ok, user

blueprint = Blueprint("jenkins", __name__, url_prefix="/api/v1/jenkins")


@blueprint.post("/params")
@logged_in
def get_jenkins_job_params() -> Response:
    return ok(call(builds.parameters, json_body()))


@blueprint.post("/build")
@logged_in
def build_jenkins_job() -> Response:
    return ok(call(builds.build, user(), json_body()))


@blueprint.get("/queue_info")
@logged_in
def get_queue_info() -> Response:
    return ok(call(builds.queue_info, request.args.get("queueItem")))


@blueprint.get("/clone/targets")
@logged_in
def get_clone_targets() -> Response:
    return ok(call(cloning.targets, request.args.get("testId")))


@blueprint.get("/clone/groups")
@logged_in
def get_groups_for_target() -> Response:
    return ok(call(cloning.groups, request.args.get("targetId")))


@blueprint.post("/clone/create")
@logged_in
def clone_jenkins_job() -> Response:
    return ok(call(cloning.clone, json_body()))


@blueprint.post("/clone/build")
@logged_in
def clone_build_jenkins_job() -> Response:
    return ok(call(builds.build_clone, user(), json_body()))


@blueprint.get("/clone/settings")
@logged_in
def get_clone_job_advanced_settings() -> Response:
    return ok(call(configuration.settings, request.args.get("buildId")))


@blueprint.post("/clone/settings/change")
@logged_in
def set_job_settings() -> Response:
    call(configuration.change, json_body())
    return ok(None)


@blueprint.post("/clone/settings/validate")
@logged_in
def clone_validate_new_settings() -> Response:
    return ok(call(configuration.validate, json_body()))
