"""A back office of Flask-AppBuilder: users, roles, a table of contacts, and a page of our own whose twin FastAPI has."""

import os
from pathlib import Path

from fastapi import FastAPI, Response
from flask import Flask, flash, g, redirect, render_template_string, request, session
from flask_appbuilder import AppBuilder, BaseView, Model, ModelView, expose, has_access
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.utils.legacy import get_sqla_class
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Column, Integer, String

from strangler import Gateway
from strangler.flask_context import InFlask

FOLDER = Path(os.environ["KIT_FOLDER"])
PAGE = """{{ who }}: {{ note }} {{ get_flashed_messages()|join(", ") }}
<form method="post"><input name="csrf_token" type="hidden" value="{{ csrf_token() }}"></form>"""

flask_app = Flask("builder")
flask_app.config.update(
    SECRET_KEY="a key for tests",
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{FOLDER}/builder.sqlite",
    WTF_CSRF_ENABLED=True,
    RATELIMIT_ENABLED=False,
    FAB_API_SWAGGER_UI=True,
)
CSRFProtect(flask_app)
db = get_sqla_class()()
db.init_app(flask_app)


class Contact(Model):
    __tablename__ = "contact"
    id = Column(Integer, primary_key=True)
    name = Column(String(150), unique=True, nullable=False)

    def __repr__(self):
        return self.name


class Contacts(ModelView):
    datamodel = SQLAInterface(Contact)
    list_columns = ["name"]
    add_columns = edit_columns = show_columns = ["name"]


class Notes(BaseView):
    route_base = "/notes"
    default_view = "show"

    @expose("/", methods=["GET"])
    @has_access
    def show(self):
        return render_template_string(PAGE, who=g.user.username, note=session.get("note", "nothing"))

    @expose("/", methods=["POST"])
    @has_access
    def keep(self):
        session["note"] = request.form["note"]
        flash("kept")
        return redirect("/notes/")


with flask_app.app_context():
    office = AppBuilder(flask_app, db.session)
    office.add_view(Contacts, "Contacts", category="People")
    office.add_view(notes := Notes(), "Notes", category="People")
    db.create_all()
    if office.sm.find_user("ann") is None:
        office.sm.add_user("ann", "Ann", "A", "ann@example.com", office.sm.find_role("Admin"), "her password")

fastapi_app = FastAPI()


@fastapi_app.get("/notes/")
async def notes_page(flask: InFlask) -> Response:
    return await flask.answer(notes.show)


@fastapi_app.post("/notes/")
async def notes_kept(flask: InFlask) -> Response:
    return await flask.answer(notes.keep)


def __getattr__(name: str):
    if name == "app":
        return Gateway(fastapi_app, flask_app, FOLDER / "registry.yaml")
    raise AttributeError(name)
