"""Statistics of releases, served by Flask (docs/contract/core.md#statistics-of-a-release)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.stats import service
from argus.lanes.flask import call, logged_in, send
from argus.lanes.together import together

blueprint = Blueprint("stats", __name__, url_prefix="/api/v1/release")

PARAMETERS = ("release", "limited", "force", "productVersion", "includeNoVersion", "imageId")


@blueprint.get("/activity")
@logged_in
def release_activity() -> Response:
    return send(call(together, service.release_activity, request.args.get("releaseName")))


@blueprint.get("/stats/v2")
@logged_in
def release_stats_v2() -> Response:
    release, limited, force, version, no_version, image = (request.args.get(name) for name in PARAMETERS)
    return send(call(together, service.release_statistics, release, limited, force, version, no_version, image))
