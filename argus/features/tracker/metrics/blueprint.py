"""Metrics, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.metrics import service
from argus.lanes.flask import call, caller, send

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def prometheus_metrics() -> Response:
    return send(call(service.scrape, caller(), request.headers.get("Accept", ""), request.args.getlist("name[]")))
