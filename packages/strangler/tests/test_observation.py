"""A failure is a fact of its own, and what the client does is charged to no lane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from flask import Flask
from flask import request as flask_request
from starlette.responses import StreamingResponse
from starlette.types import Message

from strangler.gateway import Gateway
from strangler.observation import OBSERVED, failed
from strangler.registry import Lane, parse
from strangler.shadow import Shadow

pytestmark = pytest.mark.anyio

LANES: tuple[Lane, ...] = ("flask", "fastapi")
REGISTRY = """\
version: 1
blueprints:
  b:
    owner: {owner}
    guard: {{max_error_rate: 0.02, min_requests: 50, window: 60, then: flask}}
    shadow: {{percent: 100}}
    routes:
      - {{path: /echo, methods: [POST]}}
      - {{path: /search, methods: [GET]}}
      - {{path: /envelope, methods: [GET]}}
      - {{path: /stream, methods: [GET]}}
unlisted: flask
"""


def _flask() -> Flask:
    app = Flask("old")

    def envelope() -> dict[str, str]:
        failed(flask_request.environ["asgi.scope"], "KeyError")
        return {"status": "error"}

    def stream() -> Iterable[bytes]:
        yield b"a" * 300_000
        raise KeyError("late")

    app.add_url_rule("/echo", "echo", lambda: str(len(flask_request.get_data())), methods=["POST"])
    app.add_url_rule("/search", "search", lambda: str(len(flask_request.get_data())))
    app.add_url_rule("/envelope", "envelope", envelope)
    app.add_url_rule("/stream", "stream", lambda: app.response_class(stream()))
    return app


def _fastapi() -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.get("/search")
    async def searching(request: Request) -> StreamingResponse:
        size = len(await request.body())
        return StreamingResponse(iter([str(size)]), media_type="text/html")

    @app.get("/envelope")
    async def envelope(request: Request) -> dict[str, str]:
        failed(request.scope, "KeyError")
        return {"status": "error"}

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> Any:
            yield b"a"
            raise KeyError("late")

        return StreamingResponse(parts(), media_type="text/html")

    return app


def _gateway(owner: Lane, **options: Any) -> Gateway:
    return Gateway(_fastapi(), _flask(), parse(REGISTRY.format(owner=owner)), **options)


class Exchange:
    """One request; the client sends `parts`, each after `pause` seconds and `on_wait`, and leaves where it sends less than it announced."""

    def __init__(
        self,
        method: str,
        path: str,
        parts: Iterable[bytes] = (),
        announced: int | None = None,
        pause: float = 0.0,
        on_wait: Callable[[], None] = lambda: None,
    ) -> None:
        self.parts = list(parts)
        self.pause, self.on_wait = pause, on_wait
        size = sum(map(len, self.parts))
        self.cut = announced is not None and announced > size
        headers = [(b"host", b"pair.test")]
        if self.parts:
            headers.append((b"content-length", str(announced or size).encode()))
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "scheme": "http",
            "client": ("192.0.2.1", 5),
            "server": ("pair.test", 80),
        }
        self.answer: list[Message] = []

    async def receive(self) -> Message:
        if self.parts:
            await asyncio.sleep(self.pause)
            self.on_wait()
            part = self.parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self.parts) or self.cut}
        if self.cut:
            return {"type": "http.disconnect"}
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def send(self, message: Message) -> None:
        self.answer.append(message)

    async def through(self, gateway: Gateway) -> Exchange:
        gateway.portal.attach(asyncio.get_running_loop())
        await gateway(self.scope, self.receive, self.send)
        return self

    @property
    def status(self) -> int | None:
        return self.answer[0]["status"] if self.answer else None


def _served(gateway: Gateway) -> tuple[int, int]:
    """Requests and errors that the traffic of both lanes has counted."""
    rows = gateway.traffic.report()["routes"]
    return sum(number for row in rows for _, number in row[5]), sum(row[4] for row in rows)


def _guarded(gateway: Gateway) -> tuple[int, int]:
    """The same as the guard has it."""
    (window,) = gateway.control.overrides.windows.values()
    cells = window.counts().values()
    return sum(cell.requests for cell in cells), sum(cell.errors for cell in cells)


@pytest.mark.parametrize("owner", LANES)
async def test_an_upload_that_its_client_cuts_counts_for_nobody_and_is_not_answered(owner: Lane) -> None:
    gateway = _gateway(owner)
    cut = await Exchange("POST", "/echo", [b"four"], announced=100).through(gateway)
    assert (cut.status, cut.scope[OBSERVED].failed, cut.scope[OBSERVED].gone) == (None, False, True)
    assert _served(gateway) == _guarded(gateway) == (0, 0)
    whole = await Exchange("POST", "/echo", [b"four", b"five"]).through(gateway)
    assert whole.status == 200
    assert _served(gateway) == _guarded(gateway) == (1, 0)


@pytest.mark.parametrize("owner", LANES)
async def test_the_clock_stands_while_the_client_sends_its_body(owner: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("strangler.observation.perf_counter", lambda: now[0])

    def waits() -> None:
        now[0] += 5.0

    gateway = _gateway(owner)
    slow = await Exchange("POST", "/echo", [b"a", b"b", b"c"], on_wait=waits).through(gateway)
    assert (slow.status, now[0]) == (200, 115.0)
    assert slow.scope[OBSERVED].seconds == 0.0


@pytest.mark.parametrize("owner", LANES)
async def test_what_the_application_calls_a_failure_is_one_though_its_status_is_200(owner: Lane) -> None:
    gateway = _gateway(owner)
    asked = await Exchange("GET", "/envelope").through(gateway)
    assert (asked.status, asked.scope[OBSERVED].failure) == (200, "KeyError")
    assert _served(gateway) == _guarded(gateway) == (1, 1)


async def test_a_scope_that_says_so_is_a_failure() -> None:
    app = FastAPI()

    @app.get("/envelope")
    async def envelope(request: Request) -> None:
        request.scope["strangler.failed"] = True

    only = "".join(line for line in REGISTRY.splitlines(keepends=True) if "{path: /" not in line or "/envelope" in line)
    gateway = Gateway(app, _flask(), parse(only.format(owner="fastapi")))
    asked = await Exchange("GET", "/envelope").through(gateway)
    assert (asked.status, asked.scope[OBSERVED].failed) == (200, True)
    assert _served(gateway) == (1, 1)


async def test_a_function_of_the_answer_can_tell_a_failure() -> None:
    gateway = _gateway("fastapi", failed_of=lambda scope, status, headers: (b"content-type", b"application/json") in headers)
    asked = await Exchange("POST", "/echo", [b"a"]).through(gateway)
    assert (asked.status, asked.scope[OBSERVED].failed) == (200, True)
    assert _served(gateway) == (1, 1)


@pytest.mark.parametrize("owner", LANES)
async def test_an_answer_that_breaks_off_is_counted_once_and_has_failed(owner: Lane) -> None:
    gateway = _gateway(owner)
    asked = Exchange("GET", "/stream")
    with pytest.raises(KeyError):
        await asked.through(gateway)
    assert (asked.status, asked.scope[OBSERVED].failure) == (200, "KeyError")
    assert _served(gateway) == _guarded(gateway) == (1, 1)


def _shadow() -> Shadow:
    return Shadow(processor=lambda: 0.0)


@pytest.mark.parametrize("owner", LANES)
async def test_two_lanes_that_fail_alike_are_no_evidence(owner: Lane) -> None:
    shadow = _shadow()
    gateway = _gateway(owner, shadow=shadow)
    await Exchange("GET", "/envelope").through(gateway)
    await shadow.settle()
    record = shadow.record("b")
    assert record is not None
    assert (record.compared, record.failed) == (0, 1)


@pytest.mark.parametrize("owner", LANES)
async def test_a_failure_of_one_lane_is_a_difference_though_the_answers_are_equal(owner: Lane) -> None:
    shadow = _shadow()
    fastapi_app = FastAPI()

    @fastapi_app.get("/search")
    async def search(request: Request) -> StreamingResponse:
        failed(request.scope)
        return StreamingResponse(iter(["0"]), media_type="text/html; charset=utf-8")

    only = "".join(line for line in REGISTRY.splitlines(keepends=True) if "{path: /" not in line or "/search" in line)
    gateway = Gateway(fastapi_app, _flask(), parse(only.format(owner=owner)), shadow=shadow)
    for _ in range(4):
        await Exchange("GET", "/search").through(gateway)
        await shadow.settle()
    record = shadow.record("b")
    assert record is not None
    assert {each.path for each in record.differences} == {"@failed"}


@pytest.mark.parametrize("owner", LANES)
async def test_a_request_with_a_body_is_played_with_its_body(owner: Lane) -> None:
    shadow = _shadow()
    gateway = _gateway(owner, shadow=shadow)
    for _ in range(6):  # chance decides which lane is the measure
        await Exchange("GET", "/search", [b"{}", b"[1]"]).through(gateway)
        await shadow.settle()
    record = shadow.record("b")
    assert record is not None
    assert (record.compared, record.failed, record.differences) == (6, 0, ())


@pytest.mark.parametrize("owner", LANES)
async def test_a_request_with_a_long_body_is_not_played(owner: Lane) -> None:
    shadow = _shadow()
    gateway = _gateway(owner, shadow=shadow)
    await Exchange("GET", "/search", [b"x" * 70_000]).through(gateway)
    await shadow.settle()
    record = shadow.record("b")
    assert record is not None
    assert (record.compared, record.dropped) == (0, 1)


@pytest.mark.parametrize("owner", LANES)
async def test_a_request_whose_client_cut_its_body_is_not_played(owner: Lane) -> None:
    shadow = _shadow()
    gateway = _gateway(owner, shadow=shadow)
    await Exchange("GET", "/search", [b"four"], announced=100).through(gateway)
    await shadow.settle()
    assert shadow.record("b") is None
