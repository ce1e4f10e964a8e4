"""Routes of result tables and graphs, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.results import service, submission
from argus.lanes.flask import call, json_body, logged_in, ok, send
from argus.lanes.together import together, together_large

blueprint = Blueprint("results", __name__, url_prefix="/api/v1")


@blueprint.post("/client/testrun/<string:run_type>/<string:run_id>/submit_results")
@logged_in
def submit_results(run_type: str, run_id: str) -> Response:
    return send(call(submission.submit_results, run_type, run_id, json_body()))


@blueprint.get("/run/<string:test_id>/<string:run_id>/fetch_results")
@logged_in
def fetch_results(test_id: str, run_id: str) -> Response:
    return send(call(together, service.fetch_results, test_id, run_id))


@blueprint.get("/test-results")
@logged_in
def results_of_test() -> Response:
    args = request.args
    if request.method == "HEAD":
        return send(call(service.has_results, args.get("testId")))
    start, end = args.get("startDate"), args.get("endDate")
    return send(call(together_large, service.results_of_test, args.get("testId"), start, end, tuple(args.getlist("tableNames[]"))))


@blueprint.post("/create-graph-view")
@logged_in
def create_graph_view() -> Response:
    return ok(call(service.create_graph_view, json_body()))


@blueprint.post("/update-graph-view")
@logged_in
def update_graph_view() -> Response:
    return ok(call(service.update_graph_view, json_body()))


@blueprint.get("/views/widgets/graphs/graph_views")
@logged_in
def get_graph_views() -> Response:
    args = request.args
    return send(call(together, service.graphs_of_view, args.get("view_id"), args.get("start_date"), args.get("end_date")))
