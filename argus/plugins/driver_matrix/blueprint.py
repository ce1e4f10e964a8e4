"""Driver matrix routes, served by Flask (docs/contract/client.md#driver-matrix-routes)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.lanes.flask import call, json_body, logged_in, ok
from argus.plugins.driver_matrix import service

blueprint = Blueprint("driver_matrix", __name__, url_prefix="/api/v1/client/driver_matrix")


@blueprint.get("/test_report")
@logged_in
def driver_matrix_test_report() -> Response:
    return ok(call(service.report, request.args.get("buildId")))


@blueprint.post("/result/submit")
@logged_in
def submit_result() -> Response:
    return ok(call(service.submit_result, json_body()))


@blueprint.post("/result/fail")
@logged_in
def submit_failure() -> Response:
    return ok(call(service.submit_failure, json_body()))


@blueprint.post("/env/submit")
@logged_in
def submit_env() -> Response:
    return ok(call(service.submit_environment, json_body()))
