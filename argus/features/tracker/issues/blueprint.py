"""Issues linked to runs, served by Flask (docs/contract/testrun.md#issues)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.issues import service
from argus.features.tracker.issues.listing import issues
from argus.lanes.flask import call, json_body, logged_in, ok, user

blueprint = Blueprint("issues", __name__, url_prefix="/api/v1")

LISTING = ("filterKey", "id", "aggregateByIssue", "productVersion", "includeNoVersion")


@blueprint.get("/issues/get")
@logged_in
def issues_get() -> Response:
    return ok(call(issues, *(request.args.get(name) for name in LISTING)))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/issues/submit")
@logged_in
def issues_submit(test_id: str, run_id: str) -> Response:
    return ok(call(service.link, user(), test_id, run_id, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/issues/event/<string:event_id>/submit")
@logged_in
def issues_submit_for_event(test_id: str, run_id: str, event_id: str) -> Response:
    return ok(call(service.link, user(), test_id, run_id, json_body(), event_id))


@blueprint.post("/issues/delete")
@logged_in
def issues_delete() -> Response:
    return ok(call(service.unlink, user(), json_body()))
