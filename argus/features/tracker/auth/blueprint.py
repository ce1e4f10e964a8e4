"""Login, sign-on, registration and impersonation, served by Flask (docs/contract/auth.md)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from argus.features.tracker.auth import cloudflare, github, registration, service
from argus.features.tracker.auth.pages import login_page, registration_page, switch_page
from argus.kit.answer import redirect
from argus.lanes.flask import admin, browser_session, call, caller, form, logged_in, send, show, user

blueprint = Blueprint("auth", __name__)


@blueprint.route("/auth/register", methods=["GET", "POST"])
def register() -> Response:
    return send(redirect("/auth/login"))


@blueprint.route("/auth/login", methods=["GET", "POST"])
def login() -> Response:
    session = browser_session()
    if caller() is not None:
        return send(redirect(service.way_back(session)))
    if request.method == "POST":
        held_back = call(service.log_in, session, form().need("username"), form().need("password"))
        return show(held_back) if held_back else send(redirect("/"))
    return show(login_page(service.login_page_script(current_app.extensions["argus.settings"], session)))


@blueprint.post("/auth/login/cf")
def cf_login() -> Response:
    return send(redirect(call(cloudflare.sign_on, browser_session(), request.headers.get("Cf-Access-Jwt-Assertion"))))


@blueprint.post("/auth/logout")
def logout() -> Response:
    call(service.log_out, browser_session())
    return send(redirect("/auth/login"))


@blueprint.post("/auth/profile/api/token/generate")
@logged_in
def generate_api_token() -> Response:
    call(service.replace_api_token, browser_session(), user())
    return send(redirect("/profile/"))


@blueprint.route("/auth/admin/impersonate", methods=["GET", "POST"])
@admin
def switch_user() -> Response:
    if request.method != "POST":
        return show(switch_page(call(service.service_users)))
    if user_id := form().get("user_id"):
        call(service.impersonate, browser_session(), user(), user_id)
    else:
        browser_session().flash("No user id", "error")
    return send(redirect("/profile/"))


@blueprint.post("/auth/admin/impersonate/stop")
@logged_in
def stop_impersonation() -> Response:
    call(service.stop_impersonating, browser_session())
    return send(redirect("/profile/"))


@blueprint.route("/profile/create", methods=["GET", "POST"])
def profile_user_create() -> Response:
    session = browser_session()
    if request.method != "POST":
        registration.check_allowed(session)
        return show(registration_page(session))
    submitted = form()
    feedback = call(registration.register, session, submitted)
    return show(registration_page(session, submitted.fields, feedback)) if feedback else send(redirect("/profile/"))


@blueprint.get("/profile/oauth/github")
def profile_oauth_github_callback() -> Response:
    args = request.args
    return send(redirect(call(github.sign_on, browser_session(), args.get("code", ""), args.get("state", ""))))
