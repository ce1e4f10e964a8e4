"""Registry, Flask, FastAPI and contract held against each other."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Path
from flask import Flask

from strangler import registry
from strangler.check import Wanted, problems
from support.pair import REGISTRY, make_fastapi, make_flask

Text = Annotated[str, Path(json_schema_extra={"format": "uuid"})]


def _registry(*paths: str, unlisted: str = "none") -> registry.Registry:
    routes = "".join(f'      - {{path: "{path}", methods: [GET]}}\n' for path in paths)
    return registry.parse(f"version: 1\nblueprints:\n  x:\n    owner: flask\n    routes:\n{routes}unlisted: {unlisted}\n")


def _check(rule: str | None, path: str | None, endpoint: Any, listed: str) -> list[str]:
    flask_app, app = Flask("x", static_folder=None), FastAPI()
    if rule:
        flask_app.add_url_rule(rule, "view", lambda **values: "")
    if path:
        app.add_api_route(path, endpoint, methods=["GET"])
    return [str(problem) for problem in problems(_registry(listed), flask_app.url_map, app)]


async def text(id: str) -> None: ...


async def annotated(id: Text) -> None: ...


async def number(id: int) -> None: ...


async def uuid(id: UUID) -> None: ...


async def untyped(id) -> None: ...  # type: ignore[no-untyped-def]


def test_a_pair_that_agrees_has_no_problems() -> None:
    assert problems(registry.parse(REGISTRY), make_flask().url_map, make_fastapi()) == []


@pytest.mark.parametrize(
    ("rule", "path", "endpoint"),
    [
        ("/x/<id>", "/x/{id}", text),
        ("/x/<id>", "/x/{id}", annotated),
        ("/x/<id>", "/x/{id}", untyped),
        ("/x/<int:id>", "/x/{id}", number),
        ("/x/<int:id>", "/x/{id}", text),
        ("/x/<int:id>", "/x/{id:int}", number),
        ("/x/<uuid:id>", "/x/{id}", uuid),
        ("/x/<path:id>", "/x/{id:path}", text),
    ],
)
def test_what_agrees(rule: str, path: str, endpoint: Any) -> None:
    assert _check(rule, path, endpoint, rule) == []


@pytest.mark.parametrize(
    ("rule", "path", "endpoint", "words"),
    [
        ("/x/<id>", "/x/{other}", untyped, "its variables have other names in FastAPI: /x/{other}"),
        ("/x/<id>", "/x/{id:int}", number, "its converters differ in FastAPI: /x/{id:int}"),
        ("/x/<path:id>", "/x/{id}", text, "its converters differ in FastAPI: /x/{id}"),
        ("/x/<id>", "/x/{id}", number, "<string:id> gives values that the endpoint's type int does not take"),
        ("/x/<id>", "/x/{id}", uuid, "<string:id> gives values that the endpoint's type UUID does not take"),
        ("/x/<int:id>", "/x/{id:int}", text, "<int:id> gives values that the endpoint's type str does not take"),
        ("/x/<id>", "/y/{id}", text, "FastAPI does not have it"),
        (None, "/x/{id}", text, "Flask does not have it"),
    ],
)
def test_what_does_not_agree(rule: str | None, path: str, endpoint: Any, words: str) -> None:
    found = _check(rule, path, endpoint, "/x/<id>" if rule is None else rule)
    assert any(words in problem and problem.startswith("line 6: ") for problem in found), found


def test_routes_that_are_not_listed() -> None:
    flask_app, app = Flask("x", static_folder="public"), FastAPI()
    for name in ("listed", "more"):
        flask_app.add_url_rule(f"/{name}", name, lambda: "")
    app.add_api_route("/listed", untyped_empty, methods=["GET"])
    app.add_api_route("/other", untyped_empty, methods=["POST"])
    found = {str(problem) for problem in problems(_registry("/listed"), flask_app.url_map, app)}
    assert "GET /more: Flask has it, the registry does not list it" in found
    assert "POST /other: FastAPI has it, the registry does not list it" in found
    assert not any("static" in problem for problem in found)


@pytest.mark.parametrize(
    ("says", "problems_of_it"),
    [("owner: fastapi", 0), ("owner: fastapi, endpoint: api.new", 1), ("reason: new", 1)],
)
def test_a_new_route_may_be_fastapis_alone_if_it_says_so(says: str, problems_of_it: int) -> None:
    app = FastAPI()
    app.add_api_route("/new", untyped_empty, methods=["GET"])
    listed = f'      - {{path: "/new", methods: [GET], {says}}}\n'
    parsed = registry.parse(f"version: 1\nblueprints:\n  x:\n    owner: fastapi\n    routes:\n{listed}unlisted: none\n")
    found = problems(parsed, Flask("x").url_map, app)
    assert len([problem for problem in found if problem.what == "Flask does not have it"]) == problems_of_it


async def untyped_empty() -> None: ...


def test_the_contract_is_held_too() -> None:
    contract = [
        Wanted("/runs/", ("GET",), "api.runs.index"),
        Wanted("/runs/<run_id>", ("GET", "POST")),
        Wanted("/echo", ("POST",), "api.echo"),
        Wanted("/lost", ("GET",)),
    ]
    found = [str(problem) for problem in problems(registry.parse(REGISTRY), make_flask().url_map, make_fastapi(), contract)]
    assert found == [
        "line 20: POST /echo: the contract calls it api.echo, the registry None",
        "GET /lost: the contract has it, the registry does not list it",
    ]


def test_a_route_with_an_endpoint_claims_to_be_of_the_contract() -> None:
    contract = [Wanted("/echo", ("POST",))]
    found = {str(problem) for problem in problems(registry.parse(REGISTRY), make_flask().url_map, make_fastapi(), contract)}
    assert "line 7: GET /runs/: the registry calls it api.runs.index, the contract does not have it" in found
    assert not any("/stream" in problem for problem in found)
