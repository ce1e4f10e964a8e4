"""Reading and triaging runs, served by Flask (docs/contract/testrun.md)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.runs import reading, stuck, triage
from argus.lanes.flask import call, json_body, logged_in, ok, read_ahead, reads_ahead, send, user
from argus.lanes.together import together

blueprint = Blueprint("runs", __name__, url_prefix="/api/v1")


@blueprint.get("/test_runs/poll")
@logged_in
def test_runs_poll() -> Response:
    reading.removed()


@blueprint.get("/test_run/poll")
@logged_in
def test_run_poll_single() -> Response:
    reading.removed()


@blueprint.get("/test/<string:test_id>/runs")
@logged_in
def get_runs_for_test(test_id: str) -> Response:
    args = request.args
    limit, before, after = args.get("limit"), args.get("before"), args.get("after")
    additional = tuple(args.getlist("additionalRuns[]"))
    return send(call(together, reading.runs_of_test, test_id, limit, before, after, bool(args.get("full")), additional))


@blueprint.get("/test/<path:build_id>/<int:build_number>")
@logged_in
def get_run_by_build(build_id: str, build_number: int) -> Response:
    return send(call(together, reading.run_by_build, build_id, build_number, request.host_url))


@blueprint.get("/run/<string:run_id>/type")
@logged_in
@reads_ahead
def get_type_for_run(run_id: str) -> Response:
    return send(read_ahead(reading.type_of_run, run_id))


@blueprint.get("/run/<string:run_id>/activity")
@logged_in
@reads_ahead
def test_run_activity(run_id: str) -> Response:
    return send(read_ahead(reading.activity, run_id))


@blueprint.get("/run/<string:run_type>/<string:run_id>")
@logged_in
def get_testrun(run_type: str, run_id: str) -> Response:
    return send(call(together, reading.whole_run, run_type, run_id))


@blueprint.post("/get_runs_by_test_id_run_id")
@logged_in
def get_runs_by_test_id_run_id() -> Response:
    return ok(call(reading.runs_by_references, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/status/set")
@logged_in
def set_testrun_status(test_id: str, run_id: str) -> Response:
    return ok(call(triage.set_status, user(), test_id, run_id, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/investigation_status/set")
@logged_in
def set_testrun_investigation_status(test_id: str, run_id: str) -> Response:
    return ok(call(triage.set_investigation_status, user(), test_id, run_id, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/assignee/set")
@logged_in
def set_testrun_assignee(test_id: str, run_id: str) -> Response:
    return ok(call(triage.set_assignee, user(), test_id, run_id, json_body()))


@blueprint.post("/ignore_jobs")
@logged_in
def ignore_jobs() -> Response:
    return ok(call(triage.ignore_runs, user(), json_body()))


@blueprint.post("/terminate_stuck_runs")
@logged_in
def sct_terminate_stuck_runs() -> Response:
    return ok(call(stuck.terminate_stuck_runs, user()))
