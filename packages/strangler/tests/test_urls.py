"""Names lead to the same address from both lanes, whoever has the view, and below whatever the gateway is served."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Request
from flask import Flask, url_for
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from strangler.gateway import Gateway
from strangler.registry import parse

pytestmark = pytest.mark.anyio

REGISTRY = """\
version: 1
blueprints:
  books:
    owner: fastapi
    routes:
      - {path: "/books/<int:number>", methods: [GET], endpoint: catalogue.show}
      - {path: "/loans/<uuid:loan>", methods: [GET]}
      - {path: /from/fastapi/<name>, methods: [GET]}
  pages:
    owner: flask
    routes:
      - {path: "/pages/<path:page>", methods: [GET]}
      - {path: /from/flask/<name>, methods: [GET]}
unlisted: flask
"""
LOAN = UUID(int=7)
VALUES: dict[str, dict[str, Any]] = {
    "catalogue.show": {"number": 3},
    "books.show": {"number": 3},
    "show": {"number": 3},
    "loan": {"loan": LOAN},
    "page": {"page": "a/b"},
    "static": {"filename": "x.css"},
}
LEADS_TO = {
    "catalogue.show": "/books/3",
    "books.show": "/books/3",
    "show": "/books/3",
    "loan": f"/loans/{LOAN}",
    "page": "/pages/a/b",
    "static": "/static/x.css",
}


def _gateway(**options: Any) -> Gateway:
    old, new = Flask("old"), FastAPI()
    old.config["PROPAGATE_EXCEPTIONS"] = False
    old.add_url_rule("/pages/<path:page>", "page", lambda page: page)

    @old.get("/from/flask/<name>")
    def of_flask(name: str) -> str:
        return url_for(name, **VALUES.get(name, {}), _external=True)

    @new.get("/from/fastapi/{name}")
    def of_fastapi(name: str, request: Request) -> str:
        return str(request.url_for(name, **VALUES.get(name, {})))

    @new.get("/books/{number}")
    def show(number: int, request: Request) -> str:
        return str(request.url_for("show", number=number + 1))

    @new.get("/loans/{loan}")
    def loan(loan: UUID) -> str:
        return str(loan)

    return Gateway(new, old, parse(REGISTRY), **options)


async def _ask(app: ASGIApp, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, **options)
    async with httpx.AsyncClient(transport=transport, base_url="http://books.test") as client:
        return await client.get(path)


async def _told(app: ASGIApp, path: str, **options: Any) -> str:
    answer = await _ask(app, path, **options)
    assert answer.status_code == 200, answer.text
    return answer.text.strip('"')


@pytest.mark.parametrize("name", LEADS_TO)
@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_a_name_of_either_lane_leads_to_its_address(lane: str, name: str) -> None:
    gateway = _gateway()
    gateway.portal.attach(asyncio.get_running_loop())
    assert await _told(gateway, f"/from/{lane}/{name}") == f"http://books.test{LEADS_TO[name]}"


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_a_name_that_nobody_has_is_still_an_error(lane: str) -> None:
    gateway = _gateway()
    gateway.portal.attach(asyncio.get_running_loop())
    assert (await _ask(gateway, f"/from/{lane}/nobody")).status_code == 500


@pytest.mark.parametrize("name", LEADS_TO)
@pytest.mark.parametrize("lane", ["flask", "fastapi"])
@pytest.mark.parametrize("way", ["mounted", "prefix", "root"])
async def test_below_a_prefix_names_lead_below_it(way: str, lane: str, name: str) -> None:
    gateway = _gateway(**({"prefix": "/app"} if way == "prefix" else {}))
    gateway.portal.attach(asyncio.get_running_loop())
    app: ASGIApp = Starlette(routes=[Mount("/app", gateway)]) if way == "mounted" else gateway
    told = await _told(app, f"/app/from/{lane}/{name}", **({"root_path": "/app"} if way == "root" else {}))
    assert told == f"http://books.test/app{LEADS_TO[name]}"
    gateway.live.stop()


async def test_a_prefix_is_no_part_of_a_route_and_stops_at_a_segment() -> None:
    gateway = _gateway(prefix="/app")
    gateway.portal.attach(asyncio.get_running_loop())
    assert await _told(gateway, "/app/pages/a") == "a"
    assert await _told(gateway, "/outer/app/pages/a", root_path="/outer") == "a"
    assert await _told(gateway, "/app/pages/a", root_path="/outer") == "a", "a server that keeps its root out of the path"
    for path in ("/pages/a", "/apps/pages/a", "/"):
        assert (await _ask(gateway, path)).status_code == 404


@pytest.mark.parametrize("prefix", ["app", "/app/"])
def test_a_prefix_is_a_path(prefix: str) -> None:
    with pytest.raises(ValueError, match="expected a path such as '/app'"):
        _gateway(prefix=prefix)


def test_query_anchor_scheme_and_relative_addresses_are_flasks() -> None:
    gateway = _gateway()
    assert isinstance(gateway.flask_app, Flask)
    with gateway.flask_app.test_request_context("/", base_url="http://books.test/root"):
        assert url_for("show", number=3) == "/root/books/3"
        assert url_for("show", number=3, q="ä", _anchor="x y") == "/root/books/3?q=%C3%A4#x%20y"
        assert url_for("show", number=3, _scheme="https", _external=True) == "https://books.test/root/books/3"


async def test_names_of_views_that_are_gone_lead_on_when_flask_is_gone() -> None:
    new = FastAPI()

    @new.get("/books/{number}")
    def read(number: int, request: Request) -> str:
        return str(request.url_for("catalogue.show", number=number).include_query_params(page=2))

    text = "version: 1\nblueprints:\n  books:\n    owner: fastapi\n    routes:\n" + REGISTRY.splitlines()[5] + "\nunlisted: fastapi\n"
    assert await _told(Gateway(new, None, parse(text)), "/books/4") == "http://books.test/books/4?page=2"
