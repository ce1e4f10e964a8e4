"""Routes of widgets that compute, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.widgets import service
from argus.lanes.flask import call, json_body, logged_in, ok, send
from argus.lanes.together import together, together_large

blueprint = Blueprint("widgets", __name__, url_prefix="/api/v1/views/widgets")


@blueprint.get("/graphed_stats")
@logged_in
def get_graphed_stats() -> Response:
    return send(call(together_large, service.graphed_stats, request.args.get("view_id"), request.args.get("filters")))


@blueprint.post("/runs_details")
@logged_in
def get_runs_details() -> Response:
    return ok(call(service.runs_details, json_body()))


@blueprint.get("/nemesis_data")
@logged_in
def get_nemesis_data() -> Response:
    return send(call(together_large, service.nemesis_data, request.args.get("view_id")))


@blueprint.get("/summary/versioned_runs")
@logged_in
def get_versioned_runs() -> Response:
    return send(call(together, service.versioned_runs, request.args.get("view_id")))


@blueprint.post("/summary/runs_results")
@logged_in
def get_runs_results() -> Response:
    return ok(call(service.runs_results, json_body()))
