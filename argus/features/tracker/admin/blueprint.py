"""Administration, served by Flask (docs/contract/admin.md)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.admin import groups, releases, tests, users
from argus.kit.answer import json_answer
from argus.lanes.flask import admin, call, json_body, ok, send, user

blueprint = Blueprint("admin", __name__, url_prefix="/admin/api/v1")


@blueprint.get("/")
@admin
def index() -> Response:
    return send(json_answer({"version": "v1"}))


@blueprint.get("/releases/get")
@admin
def get_releases() -> Response:
    return ok(call(releases.all_releases))


@blueprint.get("/groups/get")
@admin
def get_groups_for_release() -> Response:
    return ok(call(groups.of_release, request.args.get("releaseId")))


@blueprint.get("/tests/get")
@admin
def get_tests_for_group() -> Response:
    return ok(call(tests.of_group, request.args.get("groupId")))


@blueprint.post("/release/create")
@admin
def create_release() -> Response:
    return ok({"new_release": call(releases.create, json_body())})


@blueprint.post("/release/set_perpetual")
@admin
def set_release_perpetual() -> Response:
    call(releases.set_perpetual, json_body())
    return ok({"updated": True})


@blueprint.post("/release/set_state")
@admin
def set_release_state() -> Response:
    call(releases.set_state, json_body())
    return ok({"updated": True})


@blueprint.post("/release/set_dormant")
@admin
def set_release_dormancy() -> Response:
    call(releases.set_dormant, json_body())
    return ok({"updated": True})


@blueprint.post("/release/edit")
@admin
def edit_release() -> Response:
    call(releases.edit, json_body())
    return ok({"updated": True})


@blueprint.post("/release/delete")
@admin
def delete_release() -> Response:
    call(releases.remove, json_body())
    return ok({"deleted": True})


@blueprint.post("/group/create")
@admin
def create_group() -> Response:
    return ok({"new_group": call(groups.create, json_body())})


@blueprint.post("/group/update")
@admin
def update_group() -> Response:
    call(groups.edit, json_body())
    return ok({"updated": True})


@blueprint.post("/group/delete")
@admin
def delete_group() -> Response:
    call(groups.remove, json_body())
    return ok({"deleted": True})


@blueprint.post("/test/create")
@admin
def create_test() -> Response:
    return ok({"new_test": call(tests.create, json_body())})


@blueprint.post("/test/update")
@admin
def update_test() -> Response:
    call(tests.edit, json_body())
    return ok({"updated": True})


@blueprint.post("/test/batch_move")
@admin
def batch_move_tests() -> Response:
    call(tests.move, json_body())
    return ok({"moved": True})


@blueprint.post("/test/delete")
@admin
def delete_test() -> Response:
    call(tests.remove, json_body())
    return ok({"deleted": True})


@blueprint.post("/release/test/state/toggle")
@admin
def quick_toggle_test_enabled() -> Response:
    return ok(call(tests.toggle, json_body()))


@blueprint.post("/release/group/state/toggle")
@admin
def quick_toggle_group_enabled() -> Response:
    return ok(call(groups.toggle, json_body()))


@blueprint.get("/users")
@admin
def user_info() -> Response:
    return ok(call(users.all_users))


@blueprint.post("/user/<string:user_id>/email/set")
@admin
def user_change_email(user_id: str) -> Response:
    call(users.set_email, user_id, json_body())
    return ok(True)


@blueprint.post("/user/<string:user_id>/password/set")
@admin
def user_change_password(user_id: str) -> Response:
    call(users.set_password, user_id, json_body())
    return ok(True)


@blueprint.post("/user/<string:user_id>/admin/toggle")
@admin
def user_toggle_admin(user_id: str) -> Response:
    call(users.toggle_admin, user(), user_id)
    return ok(True)


@blueprint.post("/user/<string:user_id>/delete")
@admin
def user_delete(user_id: str) -> Response:
    call(users.remove, user(), user_id)
    return ok(True)
