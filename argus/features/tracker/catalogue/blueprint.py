"""The catalogue, served by Flask (docs/contract/core.md#releases-groups-tests)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.catalogue import service
from argus.lanes.flask import call, caller, json_body, logged_in, ok, read_ahead, reads_ahead, send
from argus.lanes.together import together

blueprint = Blueprint("catalogue", __name__, url_prefix="/api/v1")

MINUTE = "max-age=60"


def _all() -> bool:
    return bool(request.args.get("all"))


@blueprint.get("/version")
def app_version() -> Response:
    caller()
    return ok(call(service.version))


@blueprint.get("/releases")
@logged_in
@reads_ahead
def releases() -> Response:
    return send(read_ahead(service.releases, _all()), Cache_Control=MINUTE)


@blueprint.get("/groups")
@logged_in
@reads_ahead
def argus_groups() -> Response:
    return send(read_ahead(service.groups, request.args.get("releaseId"), _all()), Cache_Control=MINUTE)


@blueprint.get("/tests")
@logged_in
@reads_ahead
def argus_tests() -> Response:
    return send(read_ahead(service.tests, request.args.get("groupId"), _all()), Cache_Control=MINUTE)


@blueprint.get("/release/<string:release_id>/details")
@logged_in
@reads_ahead
def get_release_details(release_id: str) -> Response:
    return send(read_ahead(service.release, release_id), Cache_Control=MINUTE)


@blueprint.get("/group/<string:group_id>/details")
@logged_in
@reads_ahead
def get_group_details(group_id: str) -> Response:
    return send(read_ahead(service.group, group_id), Cache_Control=MINUTE)


@blueprint.get("/test/<string:test_id>/details")
@logged_in
@reads_ahead
def get_test_details(test_id: str) -> Response:
    return send(read_ahead(service.test, test_id), Cache_Control=MINUTE)


@blueprint.get("/test-info")
@logged_in
def get_test_info() -> Response:
    return send(call(together, service.test_info, request.args.get("testId")))


@blueprint.get("/release/<string:release_id>/versions")
@logged_in
def release_versions(release_id: str) -> Response:
    return send(call(together, service.release_versions, release_id))


@blueprint.get("/release/<string:release_id>/images")
@logged_in
def release_images(release_id: str) -> Response:
    return send(call(together, service.release_images, release_id))


@blueprint.post("/test/<string:test_id>/set_plugin")
@logged_in
def set_test_plugin(test_id: str) -> Response:
    return ok(call(service.set_plugin, test_id, json_body()))


@blueprint.post("/release/create")
@logged_in
def release_create() -> Response:
    return ok(call(service.create_releases, json_body()))
