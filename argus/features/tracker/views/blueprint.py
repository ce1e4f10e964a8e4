"""User views, served by Flask (docs/contract/views.md#view-routes)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.planning.search import search
from argus.features.tracker.views import service
from argus.features.tracker.views.statistics import view_statistics
from argus.lanes.flask import call, json_body, logged_in, ok, send, user
from argus.lanes.together import together

blueprint = Blueprint("views", __name__, url_prefix="/api/v1/views")

STATISTICS = ("viewId", "limited", "force", "includeNoVersion", "productVersion", "imageId", "widgetId")


@blueprint.get("/")
@logged_in
def index() -> Response:
    return ok({"version": "v1"})


@blueprint.post("/create")
@logged_in
def create_view() -> Response:
    return ok(call(service.create, user(), json_body()))


@blueprint.get("/get")
@logged_in
def get_view() -> Response:
    return send(call(together, service.get, request.args.get("viewId")))


@blueprint.get("/all")
@logged_in
def get_all_views() -> Response:
    return send(call(together, service.list_all, request.args.get("userId")))


@blueprint.post("/update")
@logged_in
def update_view() -> Response:
    return ok(call(service.change, user(), json_body()))


@blueprint.post("/delete")
@logged_in
def delete_view() -> Response:
    return ok(call(service.remove, user(), json_body()))


@blueprint.get("/search")
@logged_in
def search_tests() -> Response:
    return ok(call(search, request.args.get("query")))


@blueprint.get("/stats")
@logged_in
def view_stats() -> Response:
    return send(call(view_statistics, *(request.args.get(name) for name in STATISTICS)))


@blueprint.get("/<string:view_id>/versions")
@logged_in
def view_versions(view_id: str) -> Response:
    return send(call(together, service.versions, view_id))


@blueprint.get("/<string:view_id>/images")
@logged_in
def view_images(view_id: str) -> Response:
    return send(call(together, service.images, view_id))


@blueprint.get("/<string:view_id>/resolve")
@logged_in
def view_resolve(view_id: str) -> Response:
    return send(call(together, service.resolved, view_id))


@blueprint.get("/<string:view_id>/resolve/tests")
@logged_in
def view_resolve_tests(view_id: str) -> Response:
    return send(call(together, service.resolved_tests, view_id))


@blueprint.get("/<string:view_id>/pytest/results")
@logged_in
def view_get_pytest_results(view_id: str) -> Response:
    return send(call(together, service.pytest_results, view_id))
