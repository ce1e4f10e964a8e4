"""Mail reports, served by Flask (docs/contract/client.md#mail-reports)."""

from __future__ import annotations

from flask import Blueprint, Response

from argus.features.tracker.reports import service
from argus.lanes.flask import call, json_body, logged_in, ok, send

blueprint = Blueprint("reports", __name__, url_prefix="/api/v1/client/testrun/report")


@blueprint.post("")
@logged_in
def render_email_report() -> Response:
    return send(call(service.preview, json_body()))


@blueprint.post("/email")
@logged_in
def send_email_report() -> Response:
    return ok(call(service.send, json_body()))
