"""Flask-Login, Flask-WTF, Flask-Session and Flask-Admin in one application, and the twin of one of its pages in FastAPI."""

import os
from pathlib import Path

from cachelib.file import FileSystemCache
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from flask import Flask, flash, get_flashed_messages, redirect, render_template_string, request, session
from flask_admin import Admin, BaseView, expose
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from flask_session import Session
from flask_wtf.csrf import CSRFProtect

from strangler import Gateway
from strangler.flask_context import InFlask

FOLDER = Path(os.environ["KIT_FOLDER"])
FORM = '<form method="post"><input name="csrf_token" type="hidden" value="{{ csrf_token() }}"></form>'
NOTE = "{{ who }}: {{ note }} {{ flashes }}" + FORM

flask_app = Flask("logins")
flask_app.config.update(SECRET_KEY="a key for tests", SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(FOLDER / "sessions")))
Session(flask_app)
CSRFProtect(flask_app)
logins = LoginManager(flask_app)
logins.session_protection = "strong"
logins.login_view = "login"


class User(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


@logins.user_loader
def load_user(name: str) -> User:
    return User(name)


@flask_app.after_request
def frame(response):
    response.headers["X-Frame-Options"] = "DENY"
    return response


@flask_app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        login_user(User(request.form["name"]), remember=True)
        flash("welcome")
        return redirect("/note")
    return render_template_string(FORM)


@flask_app.get("/logout")
def logout():
    logout_user()
    return redirect("/login")


def read() -> str:
    said = session.get("note", "nothing")
    return render_template_string(NOTE, who=current_user.id, note=said, flashes=", ".join(get_flashed_messages()))


def keep(note: str) -> None:
    session["note"] = note
    flash("kept")


@flask_app.route("/note", methods=["GET", "POST"])
@login_required
def note():
    if request.method == "POST":
        keep(request.form["note"])
        return redirect("/note")
    return read()


class Reports(BaseView):
    @expose("/")
    def index(self):
        return "reports of " + (current_user.get_id() or "nobody")


Admin(flask_app, name="admin").add_view(Reports(name="Reports", endpoint="reports"))

fastapi_app = FastAPI()


@login_required
def read_as_user() -> str:
    return read()


@login_required
def keep_as_user() -> None:
    keep(request.form["note"])


@fastapi_app.get("/note")
async def note_page(flask: InFlask) -> HTMLResponse:
    from flask import Response

    page = await flask.run(read_as_user)
    if isinstance(page, Response) or not isinstance(page, str):
        return RedirectResponse(page.location, page.status_code)
    return HTMLResponse(page)


@fastapi_app.post("/note")
async def note_kept(flask: InFlask) -> RedirectResponse:
    await flask.run(keep_as_user)
    return RedirectResponse("/note", 302)


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, FOLDER / "registry.yaml")
    raise AttributeError(name)
