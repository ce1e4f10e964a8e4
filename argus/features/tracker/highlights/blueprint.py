"""Highlights and action items of a view, served by Flask (docs/contract/views.md#highlights-and-action-items)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.highlights import comments, service
from argus.kit.answer import json_answer
from argus.lanes.flask import call, json_body, logged_in, ok, send, user

blueprint = Blueprint("highlights", __name__, url_prefix="/api/v1/views/widgets/highlights")

DONE = json_answer({"status": "ok"})


@blueprint.get("")
@logged_in
def get_highlights() -> Response:
    return ok(call(service.list_all, request.args.get("view_id"), request.args.get("index")))


@blueprint.post("/create")
@logged_in
def create_highlight() -> Response:
    return ok(call(service.create, user(), json_body()))


@blueprint.post("/create_group")
@logged_in
def create_highlight_group() -> Response:
    return ok(call(service.create_group, user(), json_body()))


@blueprint.post("/archive")
@logged_in
def archive_highlight() -> Response:
    call(service.archive, user(), json_body())
    return send(DONE)


@blueprint.post("/unarchive")
@logged_in
def unarchive_highlight() -> Response:
    call(service.unarchive, user(), json_body())
    return send(DONE)


@blueprint.post("/update")
@logged_in
def update_highlight() -> Response:
    return ok(call(service.change, user(), json_body()))


@blueprint.post("/set_assignee")
@logged_in
def set_assignee() -> Response:
    return ok(call(service.set_assignee, user(), json_body()))


@blueprint.post("/set_completed")
@logged_in
def set_completed() -> Response:
    return ok(call(service.set_completed, user(), json_body()))


@blueprint.get("/comments")
@logged_in
def get_comments() -> Response:
    args = request.args
    return ok(call(comments.list_all, args.get("view_id"), args.get("index"), args.get("created_at")))


@blueprint.post("/comments/create")
@logged_in
def create_comment() -> Response:
    return ok(call(comments.create, user(), json_body()))


@blueprint.post("/comments/update")
@logged_in
def update_comment() -> Response:
    return ok(call(comments.change, user(), json_body()))


@blueprint.post("/comments/delete")
@logged_in
def delete_comment() -> Response:
    call(comments.remove, user(), json_body())
    return send(DONE)
