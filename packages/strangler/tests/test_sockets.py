"""WebSockets: routes of the registry, which FastAPI serves, until the worker leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from flask import Flask
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from strangler.check import problems
from strangler.evidence import Records, objections
from strangler.gateway import MATCH, Gateway
from strangler.registry import RegistryError, parse
from strangler.sockets import Sockets
from support.server import serving, until

pytestmark = pytest.mark.anyio

LISTED = """\
version: 1
blueprints:
  live:
    owner: fastapi
    routes:
      - {path: "/live/<int:room>", methods: [GET, WS]}
unlisted: flask
"""


def _flask(*, sockets: bool = False) -> Flask:
    app = Flask("old")
    app.add_url_rule("/live/<int:room>", "room", lambda room: f"flask {room}")
    if sockets:
        app.add_url_rule("/chat", "chat", lambda: "", websocket=True)
    return app


class Rooms:
    """A FastAPI application with a WebSocket, and what its endpoints have seen."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.matched: list[tuple[str, dict[str, Any]]] = []
        self.left: list[int] = []
        router = APIRouter(prefix="/live")

        @router.get("/{room:int}")
        async def page(room: int) -> str:
            return f"fastapi {room}"

        @router.websocket("/{room:int}")
        async def talk(websocket: WebSocket, room: int) -> None:
            match = websocket.scope[MATCH]
            self.matched.append((match.target.template, match.params))
            await websocket.accept()
            try:
                while (said := await websocket.receive_text()) != "fail":
                    await websocket.send_text(f"{room} {said}")
                raise ZeroDivisionError
            except WebSocketDisconnect as gone:
                self.left.append(gone.code)

        self.app.include_router(router)


@asynccontextmanager
async def _talking(port: int, path: str = "/live/3") -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{port}{path}", proxy=None) as client:
        yield client


async def _status(port: int, path: str = "/live/3") -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with _talking(port, path):
            pass
    return refused.value


def _gateway(rooms: Rooms, text: str = LISTED, **options: Any) -> Gateway:
    return Gateway(rooms.app, options.pop("flask_app", _flask()), parse(text), **options)


async def test_a_websocket_is_a_route_of_its_blueprint_and_its_variables_are_converted() -> None:
    rooms = Rooms()
    gateway = _gateway(rooms)
    found = gateway.table.lookup_socket("/live/7")
    assert found is not None
    assert (found.target.method, found.target.blueprint, found.params) == ("WS", "live", {"room": 7})
    assert gateway.table.lookup_socket("/live/x") is None
    assert gateway.table.lookup("WS", "/live/7") is None, "a method WS of HTTP is no WebSocket"
    with serving(gateway) as port:
        async with _talking(port) as client:
            await client.send("hello")
            assert await client.recv() == "3 hello"
    assert rooms.matched == [("/live/<int:room>", {"room": 3})]


async def test_a_websocket_that_nobody_lists_is_fastapis_and_none_refuses_it() -> None:
    text = LISTED.replace("[GET, WS]", "[GET]")
    assert _gateway(Rooms(), text).table.lookup_socket("/live/7") is not None
    with pytest.raises(RegistryError, match="WS /live/<int:room> exists but is not listed"):
        _gateway(Rooms(), text.replace("unlisted: flask", "unlisted: none"))


@pytest.mark.parametrize("flask_app", [_flask(), _flask(sockets=True)])
async def test_wsgi_cannot_be_given_a_websocket(flask_app: Flask) -> None:
    text = LISTED.replace("unlisted:", "  chat:\n    owner: flask\n    routes:\n      - {path: /chat, methods: [WS]}\nunlisted:")
    rooms = Rooms()
    rooms.app.add_api_websocket_route("/chat", lambda websocket: None)
    with pytest.raises(RegistryError, match="line 10: WS /chat is given to flask, and WSGI has no WebSockets"):
        _gateway(rooms, text, flask_app=flask_app)
    assert _gateway(rooms, text.replace("owner: flask", "owner: fastapi"), flask_app=flask_app).table.lookup_socket("/chat") is not None


async def test_a_websocket_that_no_application_has_is_refused() -> None:
    rooms = Rooms()
    with pytest.raises(RegistryError, match="WS /elsewhere is listed, but no application has it"):
        _gateway(rooms, LISTED.replace("/live/<int:room>", "/elsewhere").replace("[GET, WS]", "[WS]"))


async def test_check_wants_it_on_fastapi_alone_and_evidence_does_not_want_it_played() -> None:
    registry = parse(LISTED)
    assert problems(registry, _flask().url_map, Rooms().app) == []
    only = parse(LISTED.replace("[GET, WS]", "[WS]"))
    assert objections("live", only.blueprints["live"], Records(), None) == []
    told = [str(each) for each in problems(only, _flask().url_map, FastAPI())]
    assert "line 6: WS /live/<int:room>: FastAPI does not have it" in told


async def test_open_websockets_are_counted_and_one_that_fails_is_a_failure() -> None:
    gateway = _gateway(Rooms())
    with serving(gateway) as port:
        async with _talking(port) as client:
            await client.send("hello")
            await client.recv()
            assert gateway.state()["sockets"] == 1
            await client.send("fail")
            with pytest.raises(ConnectionClosed):
                await client.recv()
        until(lambda: gateway.sockets.open == 0)
        async with _talking(port) as client:
            await client.send("hello")
            await client.recv()
        until(lambda: gateway.sockets.open == 0)
    ((*row, buckets),) = gateway.traffic.report()["routes"]
    assert row == ["live", "WS", "/live/<int:room>", "fastapi", 1]
    assert sum(number for _, number in buckets) == 2


async def test_more_than_so_many_are_refused() -> None:
    gateway = _gateway(Rooms(), sockets=Sockets(1))
    with serving(gateway) as port:
        async with _talking(port):
            refused = await _status(port)
            assert refused.response.status_code == 503
            assert refused.response.headers["retry-after"] == "1"


async def test_a_worker_that_leaves_closes_them_and_their_endpoints_know() -> None:
    rooms = Rooms()
    gateway = _gateway(rooms)
    with serving(gateway) as port:
        async with _talking(port) as one, _talking(port) as other:
            for client in (one, other):
                await client.send("hello")
                await client.recv()
            gateway.drain.leaving()
            for client in (one, other):
                with pytest.raises(ConnectionClosed):
                    await client.recv()
                assert client.close_code == 1012
            until(lambda: gateway.sockets.open == 0)
    assert rooms.left == [1012, 1012]


async def test_an_endpoint_that_does_not_end_is_waited_for_only_so_long() -> None:
    app = FastAPI()
    released = asyncio.Event()

    @app.websocket("/live")
    async def deaf(websocket: WebSocket) -> None:
        await websocket.accept()
        await released.wait()

    gateway = Gateway(app, None, parse(LISTED.replace("/live/<int:room>", "/live").replace("[GET, WS]", "[WS]")))
    said: asyncio.Queue[Any] = asyncio.Queue()
    said.put_nowait({"type": "websocket.connect"})
    messages: asyncio.Queue[Any] = asyncio.Queue()
    scope = {"type": "websocket", "path": "/live", "headers": [], "query_string": b""}
    running = asyncio.ensure_future(gateway(scope, said.get, messages.put))
    assert (await messages.get())["type"] == "websocket.accept"
    assert await gateway.sockets.left(0.05) == 1
    assert (await messages.get())["code"] == 1012
    released.set()
    await running
    assert await gateway.sockets.left(0.05) == 0


async def test_an_endpoint_hears_that_the_worker_leaves_though_its_client_says_nothing_any_more() -> None:
    rooms = Rooms()
    said: asyncio.Queue[Any] = asyncio.Queue()
    said.put_nowait({"type": "websocket.connect"})
    messages: asyncio.Queue[Any] = asyncio.Queue()
    gateway = _gateway(rooms)
    scope = {"type": "websocket", "path": "/live/1", "headers": [], "query_string": b""}
    running = asyncio.ensure_future(gateway(scope, said.get, messages.put))
    async with asyncio.timeout(20):
        assert (await messages.get())["type"] == "websocket.accept"
        assert await gateway.sockets.left(20) == 0
        await running
    assert rooms.left == [1012]


async def test_a_mounted_gateway_takes_them() -> None:
    rooms = Rooms()
    app = Starlette(routes=[Mount("/app", app=_gateway(rooms))])
    with serving(app) as port:
        async with _talking(port, "/app/live/4") as client:
            await client.send("hello")
            assert await client.recv() == "4 hello"
    assert rooms.matched == [("/live/<int:room>", {"room": 4})]


async def test_middleware_may_stand_around_them() -> None:
    seen: list[str] = []

    def around(app: Any) -> Any:
        async def entered(scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["type"])
            await app(scope, receive, send)

        return entered

    with serving(_gateway(Rooms(), around_sockets=around)) as port:
        async with _talking(port):
            pass
    assert seen == ["websocket"]


async def test_a_blueprint_that_is_switched_off_refuses_the_handshake() -> None:
    text = LISTED.replace("owner: fastapi", "owner: fastapi\n    enabled: false")
    with serving(_gateway(Rooms(), text)) as port:
        response = (await _status(port)).response
    assert (response.status_code, response.headers["retry-after"]) == (503, "60")
    assert json.loads(response.body or b"") == {"code": "feature_disabled"}


async def test_a_server_that_can_send_no_answer_gets_a_close_code() -> None:
    text = LISTED.replace("owner: fastapi", "owner: fastapi\n    enabled: false")
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/live/3", "headers": [], "query_string": b""}
    await _gateway(Rooms(), text)(scope, asyncio.Queue().get, send)
    assert sent == [{"type": "websocket.close", "code": 1013}]
