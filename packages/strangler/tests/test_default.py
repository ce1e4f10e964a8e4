"""What the registry does not list stays with Flask whenever Flask answers it, and what is listed can go back."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from strangler.gateway import Gateway
from strangler.registry import RegistryError, parse

pytestmark = pytest.mark.anyio

NOTHING = """\
version: 1
blueprints:
  other:
    owner: flask
    routes:
      - {path: /listed, methods: [GET]}
unlisted: flask
"""


def _listed(path: str, owner: str, methods: str = "GET") -> str:
    routes = f"    routes:\n      - {{path: {path}, methods: [{methods}]}}\n"
    return NOTHING.replace("unlisted:", f"  new:\n    owner: {owner}\n{routes}unlisted:")


def _flask() -> Flask:
    app = Flask("old")
    app.add_url_rule("/listed", "listed", lambda: "flask")
    return app


def _fastapi(path: str, method: str = "GET") -> FastAPI:
    app = FastAPI()
    app.add_api_route(path, lambda: "fastapi", methods=[method])
    return app


async def _ask(gateway: Gateway, method: str, path: str, **options: Any) -> httpx.Response:
    gateway.portal.attach(asyncio.get_running_loop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://pair.test") as client:
        return await client.request(method, path, **options)


async def _lane(gateway: Gateway, method: str, path: str) -> tuple[int, str]:
    answer = await _ask(gateway, method, path)
    return answer.status_code, next(value for name, value in answer.headers.items() if name.endswith("-lane"))


def _catch_all() -> Flask:
    app = _flask()
    app.add_url_rule("/<path:anything>", "all", lambda anything: "flask", methods=["GET", "POST"])
    return app


def _mounted() -> Flask:
    app, below = _flask(), Flask("below")
    below.add_url_rule("/<path:anything>", "all", lambda anything: "below", methods=["GET", "POST"])
    app.wsgi_app = ProxyFix(DispatcherMiddleware(app.wsgi_app, {"/new": below.wsgi_app}))  # type: ignore[method-assign]
    return app


def _dispatching() -> Flask:
    app = _flask()

    @app.before_request
    def dispatch() -> str | None:
        return "hook" if request.path.startswith("/new/") else None

    return app


def _wrapped() -> Flask:
    app = _flask()
    inner = app.wsgi_app

    def outer(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/new/"):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"outer"]
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]
    return app


ALL = pytest.mark.parametrize("make", [_catch_all, _mounted, _dispatching, _wrapped])


@ALL
async def test_what_is_not_listed_stays_with_flask_where_flask_answers(make: Any) -> None:
    gateway = Gateway(_fastapi("/new/thing"), make(), parse(NOTHING))
    assert await _lane(gateway, "GET", "/new/thing") == (200, "flask")
    assert await _lane(gateway, "POST", "/new/thing") == (200, "flask")


@ALL
async def test_a_listed_path_below_something_broader_moves_and_goes_back(make: Any) -> None:
    apps = _fastapi("/new/thing"), make()
    assert await _lane(Gateway(*apps, parse(_listed("/new/thing", "fastapi"))), "GET", "/new/thing") == (200, "fastapi")
    assert await _lane(Gateway(*apps, parse(_listed("/new/thing", "fastapi"))), "POST", "/new/thing") == (200, "flask")
    assert await _lane(Gateway(*apps, parse(_listed("/new/thing", "flask"))), "GET", "/new/thing") == (200, "flask")
    assert await _lane(Gateway(*apps, parse(_listed("/new/thing", "fastapi")), lane="flask"), "GET", "/new/thing") == (200, "flask")


@pytest.mark.parametrize("strict", [True, False])
async def test_a_twin_that_differs_by_its_slash_stays_with_flask(strict: bool) -> None:
    app = _flask()
    app.add_url_rule("/books/", "books", lambda: "flask", methods=["GET", "POST"], strict_slashes=strict)
    gateway = Gateway(_fastapi("/books"), app, parse(NOTHING))
    assert await _lane(gateway, "GET", "/books") == (308 if strict else 200, "flask")
    assert await _lane(gateway, "POST", "/books") == (308 if strict else 200, "flask")
    assert await _lane(Gateway(_fastapi("/books"), app, parse(NOTHING), lane="flask"), "GET", "/books/") == (200, "flask")


async def test_what_flask_does_not_know_at_all_is_fastapis() -> None:
    gateway = Gateway(_fastapi("/new/thing"), _flask(), parse(NOTHING))
    assert await _lane(gateway, "GET", "/new/thing") == (200, "fastapi")


async def test_a_path_that_nobody_has_is_still_a_mistake_of_the_registry() -> None:
    with pytest.raises(RegistryError, match="no application has it"):
        Gateway(_fastapi("/new/thing"), _flask(), parse(_listed("/knew/thing", "fastapi")))
    with pytest.raises(RegistryError, match="is given to flask, which does not have it"):
        Gateway(_fastapi("/new/thing"), _flask(), parse(_listed("/new/thing", "flask")))


async def test_fastapis_own_pages_do_not_hide_what_flask_serves_there() -> None:
    assert await _lane(Gateway(FastAPI(), _catch_all(), parse(NOTHING)), "GET", "/docs") == (200, "flask")
    assert await _lane(Gateway(FastAPI(), _flask(), parse(NOTHING)), "GET", "/docs") == (200, "fastapi")


async def test_a_preflight_goes_where_the_method_goes_that_it_asks_about() -> None:
    app = _flask()
    app.add_url_rule("/p", "p", lambda: "flask", methods=["GET", "PUT"])
    new = _fastapi("/p", "PUT")
    new.add_middleware(CORSMiddleware, allow_origins=["https://front.test"], allow_methods=["PUT"])
    gateway = Gateway(new, app, parse(_listed("/p", "fastapi", "PUT")))
    asked = {"Origin": "https://front.test", "Access-Control-Request-Method": "PUT"}
    answer = await _ask(gateway, "OPTIONS", "/p", headers=asked)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://front.test")
    other = await _ask(gateway, "OPTIONS", "/p", headers={**asked, "Access-Control-Request-Method": "GET"})
    assert "access-control-allow-origin" not in other.headers, "Flask's, which allows nothing"


async def test_a_converter_argument_may_hold_anything_that_werkzeug_takes() -> None:
    app = _flask()
    from werkzeug.routing import BaseConverter

    class Regex(BaseConverter):
        def __init__(self, map: Any, pattern: str) -> None:
            super().__init__(map)
            self.regex = pattern

    app.url_map.converters["regex"] = Regex
    for number, rule in enumerate(['/r/<regex("(?:en|de)"):y>', '/s/<regex("(?!admin)[a-z]+"):x>/<int:n>', "/t/<any('a)b',c):y>"]):
        app.add_url_rule(rule, f"r{number}", lambda **values: "flask")
    gateway = Gateway(_fastapi("/new"), app, parse(_listed('"/r/<regex(\\"(?:en|de)\\"):y>"', "flask")))
    for path, status in (("/r/en", 200), ("/r/fr", 404), ("/s/abc/1", 200), ("/s/admin/1", 404), ("/t/a)b", 200)):
        assert await _lane(gateway, "GET", path) == (status, "flask")


async def test_a_rule_of_a_class_with_an_argument_of_its_own_is_taken_over() -> None:
    from werkzeug.routing import Rule

    class Tagged(Rule):
        def __init__(self, string: str, tag: str = "", *, required: str = "", **options: Any) -> None:
            super().__init__(string, **options)
            self.required = required

        def get_empty_kwargs(self) -> dict[str, Any]:
            raise TypeError("required")

    app = _flask()
    app.url_map.add(Tagged("/tagged/<int:x>", required="yes", endpoint="tagged", methods=["GET"]))
    app.view_functions["tagged"] = lambda x: f"flask {x}"
    gateway = Gateway(_fastapi("/tagged/{x:int}"), app, parse(_listed("/tagged/<int:x>", "flask")))
    assert await _lane(gateway, "GET", "/tagged/7") == (200, "flask")


async def test_hooks_do_not_hide_fastapis_own_pages() -> None:
    assert await _lane(Gateway(FastAPI(), _dispatching(), parse(NOTHING)), "GET", "/openapi.json") == (200, "fastapi")
