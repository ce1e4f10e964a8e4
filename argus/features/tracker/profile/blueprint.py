"""The profile page and its forms, served by Flask (docs/contract/pages.md#the-profile)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from argus.features.tracker.profile import service
from argus.lanes.flask import browser_session, call, form, logged_in, send, show, user

blueprint = Blueprint("profile", __name__, url_prefix="/profile")


def _values() -> dict[str, str]:
    return {**form().fields, **request.args.to_dict()}


@blueprint.get("/")
@logged_in
def profile() -> Response:
    return show(call(service.profile_page, browser_session(), user()))


@blueprint.post("/update/name")
@logged_in
def update_full_name() -> Response:
    return send(call(service.change_name, browser_session(), user(), _values()))


@blueprint.post("/update/username")
@logged_in
def update_user_name() -> Response:
    return send(call(service.change_username, browser_session(), user(), _values()))


@blueprint.post("/update/email")
@logged_in
def update_email() -> Response:
    return send(call(service.change_email, browser_session(), user(), _values()))


@blueprint.post("/update/password")
@logged_in
def update_password() -> Response:
    return send(call(service.change_password, browser_session(), user(), _values()))


@blueprint.post("/update/picture")
@logged_in
def upload_file() -> Response:
    return send(call(service.change_picture, browser_session(), user(), form().files.get("filedata")))
