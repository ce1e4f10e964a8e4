"""Generic run routes, served by Flask (docs/contract/client.md#generic-run-routes; docs/contract/client.md#run-configuration)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.client import configuration, info, service
from argus.lanes.flask import call, json_body, logged_in, ok, read_ahead, reads_ahead, send
from argus.lanes.together import together

blueprint = Blueprint("client", __name__, url_prefix="/api/v1/client")


@blueprint.post("/testrun/<string:run_type>/submit")
@logged_in
def submit_run(run_type: str) -> Response:
    return ok(call(service.submit, run_type, json_body()))


@blueprint.get("/testrun/<string:run_id>/info")
@logged_in
def get_run_info(run_id: str) -> Response:
    return send(call(together, info.run_info, run_id))


@blueprint.get("/testrun/<string:run_type>/<string:run_id>/get")
@logged_in
@reads_ahead
def get_run(run_type: str, run_id: str) -> Response:
    return send(read_ahead(service.get, run_type, run_id))


@blueprint.post("/testrun/<string:run_type>/<string:run_id>/heartbeat")
@logged_in
def run_heartbeat(run_type: str, run_id: str) -> Response:
    return ok(call(service.heartbeat, run_type, run_id))


@blueprint.get("/testrun/<string:run_type>/<string:run_id>/get_status")
@logged_in
@reads_ahead
def run_get_status(run_type: str, run_id: str) -> Response:
    return send(read_ahead(service.get_status, run_type, run_id))


@blueprint.post("/testrun/<string:run_type>/<string:run_id>/set_status")
@logged_in
def run_set_status(run_type: str, run_id: str) -> Response:
    return ok(call(service.set_status, run_type, run_id, json_body()))


@blueprint.post("/testrun/<string:run_type>/<string:run_id>/update_product_version")
@logged_in
def run_update_product_version(run_type: str, run_id: str) -> Response:
    return ok(call(service.update_product_version, run_type, run_id, json_body()))


@blueprint.post("/testrun/<string:run_type>/<string:run_id>/logs/submit")
@logged_in
def run_submit_logs(run_type: str, run_id: str) -> Response:
    return ok(call(service.submit_logs, run_type, run_id, json_body()))


@blueprint.post("/testrun/<string:run_type>/<string:run_id>/finalize")
@logged_in
def run_finalize(run_type: str, run_id: str) -> Response:
    return ok(call(service.finalize, run_type, run_id, request.content_type, request.get_data()))


@blueprint.post("/<string:run_id>/config/submit")
@logged_in
def submit_run_config(run_id: str) -> Response:
    return ok(call(configuration.submit_configuration, run_id, json_body()))


@blueprint.get("/<string:run_id>/config/all")
@logged_in
def get_all_run_configs(run_id: str) -> Response:
    return send(call(together, configuration.configurations, run_id))
