"""What the gateway relies on in FastAPI, and that nothing of FastAPI is lost by it."""

from __future__ import annotations

import inspect
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Form, Request, WebSocket
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Match

from strangler import registry
from strangler.fastapi_lane import HANDOFF, MatchedRoute, endpoints
from strangler.gateway import Gateway

pytestmark = pytest.mark.anyio


class Tracing:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["traced"] = True
        await self.app(scope, receive, send)


async def _user() -> str:
    return "real"


def _app() -> FastAPI:
    app = FastAPI(middleware=[Middleware(Tracing)], dependencies=[Depends(_user)])
    inner = APIRouter(prefix="/inner", tags=["inner"])
    outer = APIRouter(prefix="/outer")

    @inner.get("/{id}")
    async def get_inner(id: str, request: Request, user: str = Depends(_user)) -> dict[str, Any]:
        route = request.scope["route"]
        return {"id": id, "user": user, "traced": request.scope["traced"], "route": route.path, "params": request.path_params}

    @inner.get("/fails/always")
    async def fails() -> None:
        raise LookupError("on purpose")

    outer.include_router(inner)
    app.include_router(outer, prefix="/api")

    @app.exception_handler(LookupError)
    async def handled(request: Request, error: LookupError) -> JSONResponse:
        return JSONResponse({"handled": str(error)}, 418)

    @app.websocket("/ws")
    async def ws(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    sub = FastAPI()

    @sub.get("/{name}")
    async def mounted(name: str) -> str:
        return f"mounted {name}"

    app.mount("/mount", sub)
    return app


TEXT = """\
version: 1
blueprints:
  inner:
    owner: fastapi
    routes:
      - {path: "/api/outer/inner/<id>", methods: [GET]}
      - {path: "/api/outer/inner/fails/always", methods: [GET]}
      - {path: "/ws", methods: [WS]}
unlisted: none
"""


def _gateway(app: FastAPI) -> Gateway:
    return Gateway(app, None, registry.parse(TEXT))


def _client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://x.test")


async def test_the_match_is_handed_over_and_nothing_is_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails loudly when FastAPI changes what the gateway relies on: a scan would still serve, only slowly."""
    app = _app()
    gateway = _gateway(app)
    plain = _app()
    async with _client(plain) as client:
        expected = (await client.get("/api/outer/inner/7")).json()

    def forbidden(self: APIRoute, scope: Any) -> tuple[Match, Any]:
        raise AssertionError("FastAPI scanned its routes")

    for found in endpoints(app):
        assert (found.app is None) == (found.methods == {"WS"}), found.path
    monkeypatch.setattr(APIRoute, "matches", forbidden)
    async with _client(gateway) as client:
        assert (await client.get("/api/outer/inner/7")).json() == expected
        assert (await client.get("/api/outer/inner/fails/always")).status_code == 418


async def test_dependency_overrides_hold() -> None:
    app = _app()
    app.dependency_overrides[_user] = lambda: "overridden"
    async with _client(_gateway(app)) as client:
        assert (await client.get("/api/outer/inner/7")).json()["user"] == "overridden"


async def test_openapi_and_url_building_hold() -> None:
    plain, app = _app(), _app()
    gateway = _gateway(app)
    assert app.openapi() == plain.openapi()
    assert app.url_path_for("get_inner", id="7") == "/api/outer/inner/7"
    async with _client(gateway) as client:
        assert (await client.get("/openapi.json")).json() == plain.openapi()
        docs = await client.get("/docs")
        assert (docs.status_code, docs.headers["x-lane-lane"]) == (200, "fastapi")


async def test_mounts_and_websockets_are_scanned_as_usual() -> None:
    gateway = _gateway(_app())
    async with _client(gateway) as client:
        assert (await client.get("/mount/x")).json() == "mounted x"
        assert (await client.get("/mountain")).status_code == 404
    with TestClient(gateway) as client, client.websocket_connect("/ws") as socket:
        assert socket.receive_text() == "hello"


async def test_a_request_that_middleware_has_changed_is_scanned() -> None:
    app = _app()

    class Rewriting:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                assert HANDOFF in scope
                scope["path"] = scope["path"].replace("/7", "/8")
            await self.inner(scope, receive, send)

    app.add_middleware(Rewriting)
    async with _client(_gateway(app)) as client:
        assert (await client.get("/api/outer/inner/7")).json()["id"] == "8"


async def test_a_request_within_a_request_is_scanned() -> None:
    """The handed match is used once: an endpoint may call its own application with a copy of the scope."""
    app = _app()

    @app.get("/nested")
    async def nested(request: Request) -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        await app({**request.scope, "path": "/api/outer/inner/9"}, request.receive, send)
        return [message.get("body", b"").decode() for message in sent[1:]]

    text = TEXT.replace("unlisted: none", "unlisted: fastapi")
    async with _client(Gateway(app, None, registry.parse(text))) as client:
        assert '"id":"9"' in (await client.get("/nested")).json()[0]


@pytest.mark.skipif("form_limits" not in inspect.signature(FastAPI.include_router).parameters, reason="FastAPI has no limits for forms yet")
async def test_a_route_class_that_handles_by_itself_and_limits_for_forms_are_scanned() -> None:
    class Custom(APIRoute):
        async def handle(self, scope: Any, receive: Any, send: Any) -> None:
            scope["custom"] = True
            await super().handle(scope, receive, send)

    app = FastAPI()
    custom = APIRouter(route_class=Custom)

    @custom.get("/custom")
    async def get_custom(request: Request) -> bool:
        return bool(request.scope["custom"])

    app.include_router(custom)
    assert [found.app for found in endpoints(app)] == [None]
    text = 'version: 1\nblueprints:\n  x:\n    owner: fastapi\n    routes:\n      - {path: "/custom", methods: [GET]}\nunlisted: none\n'
    async with _client(Gateway(app, None, registry.parse(text))) as client:
        assert (await client.get("/custom")).json() is True

    limited = FastAPI()
    forms = APIRouter()

    @forms.post("/form")
    async def post_form(a: str = Form()) -> str:
        return a

    limited.include_router(forms, form_limits={"max_fields": 1})
    text = text.replace("/custom", "/form").replace("GET", "POST")
    async with _client(Gateway(limited, None, registry.parse(text))) as client:
        assert (await client.post("/form", data={"a": "1"})).json() == "1"
        assert (await client.post("/form", data={"a": "1", "b": "2"})).status_code == 400


async def test_the_own_error_page_of_an_application_is_shown() -> None:
    app = _app()
    from starlette.exceptions import HTTPException

    @app.exception_handler(HTTPException)
    async def page(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return JSONResponse({"own": error.status_code}, error.status_code, headers=error.headers)

    async with _client(_gateway(app)) as client:
        assert (await client.get("/missing")).json() == {"own": 404}
        wrong = await client.post("/api/outer/inner/7")
        assert (wrong.json(), wrong.headers["allow"]) == ({"own": 405}, "GET, HEAD, OPTIONS")


async def test_the_matched_route_is_installed_once() -> None:
    app = _app()
    _gateway(app)
    _gateway(app)
    assert [type(route) for route in app.router.routes].count(MatchedRoute) == 1
    assert app.router.redirect_slashes is False
