"""Release plans, served by Flask (docs/contract/planning.md)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.planning import copying, editing, plans, search, structure, trigger
from argus.lanes.flask import call, json_body, logged_in, ok, send, user
from argus.lanes.together import together

blueprint = Blueprint("planning", __name__, url_prefix="/api/v1/planning")


@blueprint.get("/")
@logged_in
def version() -> Response:
    return ok("v1")


@blueprint.get("/plan/<string:plan_id>/copy/check")
@logged_in
def is_plan_eligible_for_copy(plan_id: str) -> Response:
    return ok(call(copying.check, plan_id, request.args.get("releaseId")))


@blueprint.get("/release/<string:release_id>/gridview")
@logged_in
def grid_view_for_release(release_id: str) -> Response:
    return send(call(together, structure.grid, release_id))


@blueprint.get("/search")
@logged_in
def search_tests() -> Response:
    return send(call(together, search.search, request.args.get("query"), request.args.get("releaseId")))


@blueprint.get("/group/<string:group_id>/explode")
@logged_in
def explode_group(group_id: str) -> Response:
    return send(call(together, search.explode_group, group_id))


@blueprint.get("/plan/<string:plan_id>/get")
@logged_in
def get_plan(plan_id: str) -> Response:
    return ok(call(plans.plan_of, plan_id))


@blueprint.get("/release/<string:release_id>/all")
@logged_in
def get_plans_for_release(release_id: str) -> Response:
    return send(call(together, plans.plans_of_release, release_id))


@blueprint.post("/plan/create")
@logged_in
def create_plan() -> Response:
    return ok(call(editing.create, user(), json_body()))


@blueprint.post("/plan/update")
@logged_in
def update_plan() -> Response:
    return ok(call(editing.edit, user(), json_body()))


@blueprint.post("/plan/copy")
@logged_in
def copy_plan() -> Response:
    return ok(call(copying.copy, user(), json_body()))


@blueprint.delete("/plan/<string:plan_id>/delete")
@logged_in
def delete_plan(plan_id: str) -> Response:
    return ok(call(editing.remove, plan_id, request.args.get("deleteView")))


@blueprint.post("/plan/<string:plan_id>/owner/set")
@logged_in
def change_plan_owner(plan_id: str) -> Response:
    return ok(call(editing.set_owner, plan_id, json_body()))


@blueprint.get("/plan/<string:plan_id>/resolve_entities")
@logged_in
def resolve_plan_entities(plan_id: str) -> Response:
    return send(call(together, structure.entities_of_plan, plan_id))


@blueprint.post("/plan/trigger")
@logged_in
def trigger_jobs_for_plans() -> Response:
    return ok(call(trigger.trigger, user(), json_body()))
