"""The first draft of a router agrees with the blueprint that it was drawn from."""

from __future__ import annotations

import subprocess
import sys
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from flask import Blueprint, Flask, request
from werkzeug.routing import PathConverter

from strangler import registry
from strangler.check import problems
from strangler.scaffold import scaffold
from support.pair import make_flask


def _app() -> Flask:
    app = Flask("x", static_folder=None)
    app.url_map.converters["page"] = type("Page", (PathConverter,), {})
    runs = Blueprint("runs", __name__, url_prefix="/api/runs")

    @runs.get("/")
    def index() -> Any:
        """All runs.

        By page.
        """
        page = request.args.get("page", 1, type=int)
        kinds = request.args.getlist("kind[]")
        return [page, kinds, request.args["after"], request.args.get("q")]

    @runs.route("/<uuid:run>/<int:number>", methods=["GET", "DELETE"])
    def one(run: UUID, number: int) -> Any: ...

    @runs.post("/<any(passed, failed):status>/<path:file>")
    def upload(status: str, file: str) -> Any:
        return request.get_json()

    @runs.get("/<float:ratio>/x")
    @runs.get("/named/<string(length=2):name>")
    def two(**values: Any) -> Any: ...

    @runs.get("/page/<page:name>")
    def page_of(name: str) -> Any: ...

    app.register_blueprint(runs)
    return app


def _drawn(text: str) -> FastAPI:
    module: dict[str, Any] = {}
    exec(compile(text.replace("from __future__ import annotations\n", ""), "drawn", "exec"), module)
    app = FastAPI()
    app.include_router(module["router"])
    return app


DRAWN = '''\
"""The routes of `runs`."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

router = APIRouter(prefix="/api/runs", tags=["runs"])


@router.get("/")
async def index(
    kind: Annotated[list[str], Query(alias="kind[]", default_factory=list)],
    after: str,
    page: int = 1,
    q: str | None = None,
) -> None:
    """All runs."""
    raise NotImplementedError("to move: test_scaffold._app.<locals>.index")


@router.api_route("/{run:uuid}/{number:int}", methods=["DELETE", "GET"])
async def one(run: UUID, number: int) -> None:
    raise NotImplementedError("to move: test_scaffold._app.<locals>.one")


@router.post("/{status}/{file:path}")
async def upload(request: Request, status: Literal["failed", "passed"], file: str) -> None:
    raise NotImplementedError("to move: test_scaffold._app.<locals>.upload")
'''


def test_a_draft_reads_like_one() -> None:
    assert scaffold(_app(), "runs").startswith(DRAWN)


@pytest.mark.parametrize(("app", "name"), [(_app(), "runs"), (make_flask(), "runs")])
def test_the_draft_agrees_with_the_blueprint(app: Flask, name: str) -> None:
    routes = "".join(
        f"      - {{path: '{rule.rule}', methods: [{', '.join(sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'}))}]}}\n"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{name}.")
    )
    listed = registry.parse(f"version: 1\nblueprints:\n  {name}:\n    owner: flask\n    routes:\n{routes}unlisted: flask\n")
    assert problems(listed, app.url_map, _drawn(scaffold(app, name))) == []


def test_a_draft_is_clean_code() -> None:
    text = scaffold(_app(), "runs")
    ran = subprocess.run([sys.executable, "-m", "ruff", "check", "--isolated", "-"], input=text, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def test_a_blueprint_that_does_not_exist() -> None:
    with pytest.raises(LookupError, match="no blueprint 'run' with routes; there are runs"):
        scaffold(_app(), "run")


def test_routes_of_the_application_itself_go_by_the_first_part_of_their_path() -> None:
    app = Flask("plain")
    app.add_url_rule("/books/", "all", lambda: "")
    app.add_url_rule('/books/<any("a)b",c):kind>', "some", lambda kind: "")
    app.add_url_rule("/", "root", lambda: "")
    text = scaffold(app, "books")
    assert 'router = APIRouter(prefix="/books"' in text
    assert "kind: Literal" in text
    with pytest.raises(LookupError, match=r"there are books, root$"):
        scaffold(app, "loans")
