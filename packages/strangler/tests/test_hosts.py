"""Routes that are told apart by host or subdomain are Flask's, FastAPI's or both's as the registry says, and found as Flask finds them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from strangler.gateway import Gateway
from strangler.registry import RegistryError, parse
from strangler.rules import parted, spelled
from strangler.starting import first_registry

pytestmark = pytest.mark.anyio

HOSTS = """\
version: 1
blueprints:
  shop:
    owner: flask
    routes:
      - {path: //shop.test/page, methods: [GET]}
      - {path: "//<tenant>.shop.test/page", methods: [GET], owner: fastapi}
      - {path: "//<tenant>.shop.test/<int:number>", methods: [GET]}
  new:
    owner: fastapi
    routes:
      - {path: /anywhere, methods: [GET]}
      - {path: //new.test/only, methods: [GET]}
unlisted: flask
"""
SUBDOMAINS = """\
version: 1
blueprints:
  api:
    owner: fastapi
    routes:
      - {path: //api/page, methods: [GET]}
  rest:
    owner: flask
    routes:
      - {path: /page, methods: [GET]}
unlisted: flask
"""


def _fastapi() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/page")
    def page(request: Request) -> str:
        return f"new {request.path_params.get('tenant', '')}"

    for path in ("/anywhere", "/only", "/{number:int}"):
        app.add_api_route(path, lambda: "new")
    return app


def _by_hosts() -> Flask:
    app = Flask("hosts", host_matching=True, static_host="static.test")
    app.add_url_rule("/page", "page", lambda: "old", host="shop.test")
    app.add_url_rule("/page", "tenants", lambda tenant: f"old {tenant}", host="<tenant>.shop.test")
    app.add_url_rule("/<int:number>", "number", lambda tenant, number: f"old {tenant} {number}", host="<tenant>.shop.test")
    return app


def _by_subdomains() -> Flask:
    app = Flask("subdomains", subdomain_matching=True)
    app.config["SERVER_NAME"] = "shop.test"
    app.add_url_rule("/page", "page", lambda: f"old {request.host}")
    app.add_url_rule("/page", "api", lambda: "old api", subdomain="api")
    app.add_url_rule("/docs/<path:name>", "docs", lambda name: "old docs", subdomain="api")
    return app


async def _ask(gateway: Gateway, url: str, method: str = "GET", **options: Any) -> tuple[int, str, str]:
    gateway.portal.attach(asyncio.get_running_loop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway)) as client:
        answer = await client.request(method, url, **options)
    return answer.status_code, answer.headers["x-lane-lane"], answer.text.strip('"') if answer.is_success else ""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://shop.test/page", (200, "flask", "old")),
        ("http://ann.shop.test/page", (200, "fastapi", "new ann")),
        ("http://ANN.shop.test/page", (200, "fastapi", "new ann")),
        ("http://ann.shop.test/7", (200, "flask", "old ann 7")),
        ("http://shop.test/7", (404, "flask", "")),
        ("http://other.test/page", (404, "flask", "")),
        ("http://other.test/anywhere", (200, "fastapi", "new")),
        ("http://new.test/only", (200, "fastapi", "new")),
        ("http://shop.test/only", (404, "flask", "")),
    ],
)
async def test_a_request_is_looked_for_under_its_host(url: str, expected: tuple[int, str, str]) -> None:
    assert await _ask(Gateway(_fastapi(), _by_hosts(), parse(HOSTS)), url) == expected


async def test_a_route_of_a_host_goes_back_alone() -> None:
    back = parse(HOSTS.replace(", owner: fastapi}", "}"))
    assert await _ask(Gateway(_fastapi(), _by_hosts(), back), "http://ann.shop.test/page") == (200, "flask", "old ann")


@pytest.mark.filterwarnings("ignore:Current server name")  # which Flask says of a host that is none of its own
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://api.shop.test/page", (200, "fastapi", "new ")),
        ("http://shop.test/page", (200, "flask", "old shop.test")),
        ("http://api.shop.test/docs/a/b", (200, "flask", "old docs")),
        ("http://shop.test/docs/a/b", (404, "flask", "")),
        ("http://elsewhere.test/page", (404, "flask", "")),
        ("http://x.shop.test/anywhere", (200, "fastapi", "new")),
    ],
)
async def test_a_request_is_looked_for_under_its_subdomain(url: str, expected: tuple[int, str, str]) -> None:
    assert await _ask(Gateway(_fastapi(), _by_subdomains(), parse(SUBDOMAINS)), url) == expected


async def test_a_host_that_a_proxy_tells_counts_where_flask_believes_it() -> None:
    told = {"X-Forwarded-Host": "ann.shop.test"}
    app = _by_hosts()
    assert (await _ask(Gateway(_fastapi(), app, parse(HOSTS)), "http://inside/page", headers=told))[0] == 404
    app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]
    assert await _ask(Gateway(_fastapi(), app, parse(HOSTS)), "http://inside/page", headers=told) == (200, "fastapi", "new ann")


async def test_hosts_count_when_flask_is_gone() -> None:
    alone = parse(HOSTS.replace("owner: flask", "owner: fastapi"))
    gateway = Gateway(_fastapi(), None, alone)
    assert await _ask(gateway, "http://ann.shop.test/page") == (200, "fastapi", "new ann")
    assert (await _ask(gateway, "http://other.test/page"))[0] == 404
    assert (await _ask(gateway, "http://shop.test/page", "POST"))[0] == 405


def test_a_first_registry_names_hosts() -> None:
    text = first_registry(_by_hosts())
    assert '{path: "//<tenant>.shop.test/page", methods: [GET]}' in text
    table = Gateway(_fastapi(), _by_hosts(), parse(text)).table
    assert {target.template for target in table.targets if target.blueprint} == {
        "//shop.test/page",
        "//<tenant>.shop.test/page",
        "//<tenant>.shop.test/<int:number>",
    }
    assert "//api/page" in first_registry(_by_subdomains())


@pytest.mark.parametrize("path", ["//shop.test", "///page", "//"])
def test_behind_a_host_stands_a_path(path: str) -> None:
    with pytest.raises(RegistryError, match="behind a host stands a path"):
        parse(HOSTS.replace("//shop.test/page", path))


def test_a_route_of_a_host_that_nobody_has_is_a_mistake() -> None:
    with pytest.raises(RegistryError, match=r"GET //other\.test/page is given to flask, which does not have it"):
        Gateway(_fastapi(), _by_hosts(), parse(HOSTS.replace("//shop.test/page", "//other.test/page")))


def test_a_host_is_spelled_in_one_way() -> None:
    assert parted('//<regex("[^/]+"):name>.test/a/b') == ('<regex("[^/]+"):name>.test', "/a/b")
    assert sorted(spelled(rule) for rule in _by_hosts().url_map.iter_rules())[:2] == [
        "//<string:tenant>.shop.test/<int:number>",
        "//<string:tenant>.shop.test/page",
    ]
