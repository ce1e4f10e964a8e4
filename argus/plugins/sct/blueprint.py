"""Routes of cluster tests, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.kit.answer import Answer
from argus.kit.parse import need
from argus.lanes.flask import call, json_body, logged_in, ok, send, user
from argus.lanes.together import together, together_large
from argus.plugins.sct import events, gemini, kernels, loads, nemesis, packages, performance, resources, similar_runs, similarity

blueprint = Blueprint("sct", __name__, url_prefix="/api/v1/client/sct")


def _window() -> events.Window:
    return events.window_of(*(request.args.get(name) for name in ("limit", "before", "after")))


@blueprint.get("/release/<path:release_name>/kernels")
@logged_in
def sct_get_kernel_report(release_name: str) -> Response:
    return send(call(together, kernels.kernel_report, release_name))


@blueprint.post("/similar_runs_info")
@logged_in
def sct_get_similar_runs_info() -> Response:
    run_ids = similar_runs.requested_runs(request.content_type, request.get_data())
    return send(run_ids) if isinstance(run_ids, Answer) else ok(call(similar_runs.describe_runs, run_ids))


@blueprint.post("/<string:run_id>/packages/submit")
@logged_in
def sct_submit_packages(run_id: str) -> Response:
    call(packages.submit_packages, run_id, need(json_body(), "packages"))
    return ok("added")


@blueprint.post("/<string:run_id>/screenshots/submit")
@logged_in
def sct_submit_screenshots(run_id: str) -> Response:
    call(packages.submit_screenshots, run_id, need(json_body(), "screenshot_links"))
    return ok("submitted")


@blueprint.post("/<string:run_id>/sct_runner/set")
@logged_in
def sct_set_runner(run_id: str) -> Response:
    call(resources.set_runner, run_id, json_body())
    return ok("updated")


@blueprint.get("/<string:run_id>/resource/all")
@logged_in
def sct_resource_all(run_id: str) -> Response:
    return send(call(together, resources.all_resources, run_id))


@blueprint.get("/<string:run_id>/resource/<string:name>/get")
@blueprint.get("/<string:run_id>/resource/<path:name>/get")
@logged_in
def sct_resource_get(run_id: str, name: str) -> Response:
    return send(call(together, resources.get_resource, run_id, name))


@blueprint.post("/<string:run_id>/resource/create")
@logged_in
def sct_resource_create(run_id: str) -> Response:
    call(resources.create_resource, run_id, need(json_body(), "resource"))
    return ok("created")


@blueprint.post("/<string:run_id>/resource/<string:resource_name>/terminate")
@blueprint.post("/<string:run_id>/resource/<path:resource_name>/terminate")
@logged_in
def sct_resource_terminate(run_id: str, resource_name: str) -> Response:
    call(resources.terminate_resource, run_id, resource_name, need(json_body(), "reason"))
    return ok("terminated")


@blueprint.post("/<string:run_id>/resource/<string:resource_name>/shards")
@blueprint.post("/<string:run_id>/resource/<path:resource_name>/shards")
@logged_in
def sct_resource_update_shards(run_id: str, resource_name: str) -> Response:
    call(resources.update_shards, run_id, resource_name, need(json_body(), "shards"))
    return ok("updated")


@blueprint.post("/<string:run_id>/resource/<string:resource_name>/update")
@blueprint.post("/<string:run_id>/resource/<path:resource_name>/update")
@logged_in
def sct_resource_update(run_id: str, resource_name: str) -> Response:
    return ok(call(resources.update_resource, run_id, resource_name, need(json_body(), "update_data")))


@blueprint.post("/<string:run_id>/nemesis/submit")
@logged_in
def sct_nemesis_submit(run_id: str) -> Response:
    call(nemesis.submit_nemesis, run_id, need(json_body(), "nemesis"))
    return ok("created")


@blueprint.get("/<string:run_id>/nemesis/get")
@logged_in
def sct_nemesis_get(run_id: str) -> Response:
    return send(call(together, nemesis.nemeses_of, run_id))


@blueprint.post("/<string:run_id>/nemesis/finalize")
@logged_in
def sct_nemesis_finalize(run_id: str) -> Response:
    call(nemesis.finalize_nemesis, run_id, need(json_body(), "nemesis"))
    return ok("updated")


@blueprint.post("/<string:run_id>/events/submit")
@logged_in
def sct_events_submit(run_id: str) -> Response:
    need(json_body(), "events")
    return ok("added")


@blueprint.post("/<string:run_id>/event/submit")
@logged_in
def sct_event_submit(run_id: str) -> Response:
    call(events.submit_events, run_id, need(json_body(), "data"))
    return ok(True)


@blueprint.get("/<string:run_id>/events/get")
@logged_in
def sct_events_get(run_id: str) -> Response:
    return send(call(together_large, events.events_of, run_id, tuple(request.args.getlist("severity")), _window()))


@blueprint.get("/<string:run_id>/events/<string:severity>/get")
@logged_in
def sct_events_get_by_severity(run_id: str, severity: str) -> Response:
    return send(call(together_large, events.events_of, run_id, (severity,), _window()))


@blueprint.get("/<string:run_id>/events/<string:severity>/count")
@logged_in
def sct_events_count_by_severity(run_id: str, severity: str) -> Response:
    return send(call(together, events.count_events, run_id, severity))


@blueprint.get("/<string:run_id>/similar_events")
@logged_in
def sct_get_similar_events(run_id: str) -> Response:
    return send(call(together, events.legacy_similars, run_id))


@blueprint.post("/<string:run_id>/event/similar")
@logged_in
def sct_get_similar_events_realtime(run_id: str) -> Response:
    return ok(call(similarity.similar_events, run_id, json_body()))


@blueprint.post("/<string:run_id>/gemini/submit")
@logged_in
def sct_gemini_results_submit(run_id: str) -> Response:
    call(gemini.submit_gemini, user(), run_id, need(json_body(), "gemini_data"))
    return ok("submitted")


@blueprint.post("/<string:run_id>/performance/submit")
@logged_in
def sct_performance_results_submit(run_id: str) -> Response:
    call(performance.submit_performance, user(), run_id, need(json_body(), "performance_results"))
    return ok("submitted")


@blueprint.get("/<string:run_id>/performance/history")
@logged_in
def sct_get_performance_history(run_id: str) -> Response:
    return send(call(together, performance.performance_history, run_id))


@blueprint.post("/<string:run_id>/junit/submit")
@logged_in
def sct_submit_junit_report(run_id: str) -> Response:
    call(loads.submit_junit, run_id, json_body())
    return ok(True)


@blueprint.post("/<string:run_id>/stress_cmd/submit")
@logged_in
def sct_add_stress_cmd(run_id: str) -> Response:
    call(loads.add_stress_command, run_id, json_body())
    return ok("added")


@blueprint.get("/<string:run_id>/stress_cmd/get")
@logged_in
def sct_get_all_stress_cmds(run_id: str) -> Response:
    return send(call(together, loads.stress_commands, run_id))
