"""The discussion of a run, served by Flask (docs/contract/testrun.md#comments)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.comments import service
from argus.lanes.flask import call, json_body, logged_in, ok, read_ahead, reads_ahead, send, user

blueprint = Blueprint("comments", __name__, url_prefix="/api/v1")


@blueprint.get("/test_run/comment/get")
@logged_in
def get_test_run_comment() -> Response:
    return ok(call(service.comment_by_query, request.args.get("commentId")))


@blueprint.get("/comment/<string:comment_id>/get")
@logged_in
def get_single_comment(comment_id: str) -> Response:
    return ok(call(service.comment, comment_id))


@blueprint.get("/run/<string:run_id>/comments")
@logged_in
@reads_ahead
def get_testrun_comments(run_id: str) -> Response:
    return send(read_ahead(service.comments_of, run_id))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/comments/submit")
@logged_in
def submit_testrun_comment(test_id: str, run_id: str) -> Response:
    return ok(call(service.post, user(), test_id, run_id, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/comment/<string:comment_id>/update")
@logged_in
def test_run_update_comment(test_id: str, run_id: str, comment_id: str) -> Response:
    return ok(call(service.change, user(), test_id, run_id, comment_id, json_body()))


@blueprint.post("/test/<string:test_id>/run/<string:run_id>/comment/<string:comment_id>/delete")
@logged_in
def test_run_delete_comment(test_id: str, run_id: str, comment_id: str) -> Response:
    return ok(call(service.remove, user(), test_id, run_id, comment_id))
