"""Health checks, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.health import service
from argus.lanes.flask import call, send

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    return send(call(service.alive))


@blueprint.get("/readyz")
def readyz() -> Response:
    gateway = request.environ.get("asgi.scope", {}).get("gateway")  # none under plain WSGI
    return send(call(service.ready, getattr(gateway, "ready", True)))
