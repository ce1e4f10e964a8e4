"""HTML pages, served by Flask (docs/contract/pages.md)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.auth.identity import require_login
from argus.features.tracker.pages import service
from argus.lanes.flask import admin, browser_session, call, caller, logged_in, send, show

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    return send(service.home(browser_session()))


@blueprint.get("/workspace")
@blueprint.get("/run_dashboard")
@logged_in
def run_dashboard() -> Response:
    return show(service.workspace())


@blueprint.get("/test_runs")
@logged_in
def test_runs() -> Response:
    return show(service.test_runs())


@blueprint.get("/test_run/<string:run_id>")
@logged_in
def test_run(run_id: str) -> Response:
    return show(service.test_run(run_id))


@blueprint.get("/test/<string:test_id>/runs")
@logged_in
def runs(test_id: str) -> Response:
    return show(service.test_with_runs(test_id, request.args.getlist("additionalRuns[]")))


@blueprint.get("/tests/<string:plugin_name>/<string:run_id>")
@blueprint.get("/tests/<string:plugin_name>/<string:run_id>/<string:tab>")
def get_run_by_plugin(plugin_name: str, run_id: str, tab: str | None = None) -> Response:
    if tab == service.DEFAULT_TAB:  # whoever asks
        return send(service.without_default_tab(request.url))
    require_login(caller())
    return show(call(service.run_by_plugin, plugin_name, run_id, tab or service.DEFAULT_TAB))


@blueprint.get("/test/<path:build_id>/<int:build_number>")
@blueprint.get("/test/<path:build_id>/<int:build_number>/<string:tab>")
def get_run_by_build(build_id: str, build_number: int, tab: str | None = None) -> Response:
    if tab == service.DEFAULT_TAB:
        return send(service.without_default_tab(request.url))
    require_login(caller())
    return show(call(service.run_by_build, build_id, build_number, tab or service.DEFAULT_TAB))


@blueprint.get("/releases")
@logged_in
def releases() -> Response:
    return show(call(service.releases))


@blueprint.get("/dashboard/<path:release_name>")
@logged_in
def release_dashboard(release_name: str) -> Response:
    return show(call(service.release_dashboard, release_name, request.cookies.get(service.LISTS)))


@blueprint.get("/release/<string:name>/scheduler")
@blueprint.get("/release/<path:name>/scheduler")
@logged_in
def release_scheduler(name: str) -> Response:
    return show(call(service.release_scheduler, name))


@blueprint.get("/release/<string:name>/duty")
@blueprint.get("/release/<path:name>/duty")
@logged_in
def duty_planner(name: str) -> Response:
    return show(call(service.duty_planner, name))


@blueprint.get("/release/<string:name>/planner")
@blueprint.get("/release/<path:name>/planner")
@logged_in
def release_planner(name: str) -> Response:
    return show(call(service.release_planner, name))


@blueprint.get("/release/by-id/<string:id>/planner")
@logged_in
def release_planner_by_id(id: str) -> Response:
    return send(call(service.planner_by_id, id))


@blueprint.get("/views")
@logged_in
def views() -> Response:
    return show(call(service.views))


@blueprint.get("/view/<string:view_name>")
@blueprint.get("/view/<path:view_name>")
@logged_in
def view_dashboard(view_name: str) -> Response:
    return show(call(service.view_dashboard, view_name))


@blueprint.get("/plan/<string:plan_id>")
@logged_in
def plan_dashboard(plan_id: str) -> Response:
    return show(call(service.plan_dashboard, plan_id))


@blueprint.get("/alert_debug")
@logged_in
def alert_debug() -> Response:
    category, message = request.args.get("type", "success"), request.args.get("message", "No message provided")
    return show(service.alert_debug(browser_session(), category, message))


@blueprint.get("/error/")
def error() -> Response:
    return show(service.error(request.args.get("type", "400")))


@blueprint.get("/admin/")
@admin
def admin_index() -> Response:
    return show(service.admin("index"))


@blueprint.get("/admin/<string:path>")
@admin
def admin_section(path: str) -> Response:
    return show(service.admin(path))


@blueprint.get("/profile/jobs")
@logged_in
def profile_jobs() -> Response:
    return show(service.profile_jobs())


@blueprint.get("/profile/schedules")
@logged_in
def profile_schedules() -> Response:
    return show(service.profile_schedules())


@blueprint.get("/notifications/")
@logged_in
def notifications() -> Response:
    return show(service.notifications())


@blueprint.get("/teams/")
@logged_in
def teams() -> Response:
    return show(service.teams())
