"""Shadowing: what it plays, what it finds, and what it leaves alone."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from flask import Flask, Response, jsonify, make_response, request

from strangler import portal, registry
from strangler.gateway import Gateway
from strangler.shadow import Shadow, shadowing
from strangler.shadow_record import merged
from support.gateways import running

pytestmark = pytest.mark.anyio

REGISTRY = """\
version: 1
blueprints:
  runs:
    owner: OWNER
    shadow: {percent: 100, ignore: [trace_id]}
    routes:
      - {path: "/runs/<string:run>", methods: [GET, POST]}
      - {path: "/page", methods: [GET]}
      - {path: "/login", methods: [GET]}
      - {path: "/flips", methods: [GET]}
      - {path: "/slow", methods: [GET]}
      - {path: "/held", methods: [GET]}
      - {path: "/broken", methods: [GET]}
      - {path: "/large", methods: [GET]}
      - {path: "/counted", methods: [GET]}
      - {path: "/once", methods: [GET], shadow_safe: false}
  quiet:
    owner: OWNER
    routes:
      - {path: "/quiet", methods: [GET]}
unlisted: none
"""


TOGETHER = 10


class Pair:
    """Two applications over one piece of state, and what they were asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.written: list[str] = []
        self.wrong_every = 0
        self.wrong_lane = "fastapi"
        self.runs = itertools.count(1)
        self.slow = 0.0
        self.go = threading.Event()
        self.together = 0

    def run(self, lane: str, run: str) -> dict[str, Any]:
        """A run whose time and id differ from call to call, and whose status is wrong now and then in one lane."""
        self.asked.append(f"{lane} {run}")
        status = "passed"
        if lane == self.wrong_lane and self.wrong_every and next(self.runs) % self.wrong_every == 0:
            status = "failed"
        return {
            "run": run,
            "at": time.time_ns(),
            "results": [{"id": str(uuid.uuid4()), "status": status}],
            "token": f"{lane}-secret",
            "trace_id": lane,
        }

    async def write(self, what: str) -> None:
        if (visit := shadowing.get()) is not None:
            raise visit.refused(what)
        self.written.append(what)

    def flips(self) -> dict[str, bool]:
        return {"flag": uuid.uuid4().int % 2 == 0}

    def flask(self) -> Flask:
        app = Flask("pair", static_folder=None)

        @app.route("/runs/<run>", methods=["GET", "POST"])
        def run(run: str) -> Response:
            return jsonify(self.run("flask", run) | {"token": "same"})

        @app.get("/page")
        def page() -> str:
            return f"<p>at {time.time_ns()}</p><ul><li class='a'>one</li></ul>"

        @app.get("/login")
        def login() -> Response:
            answer = make_response("in")
            answer.set_cookie("session", request.cookies.get("session", "") + "x", httponly=True)
            return answer

        @app.get("/flips")
        def flips() -> Response:
            return jsonify(self.flips())

        @app.get("/slow")
        def slow() -> str:
            time.sleep(self.slow)
            return "slow"

        @app.get("/held")
        def held() -> str:
            self.go.wait(20)
            return "held"

        @app.get("/broken")
        def broken() -> Response:
            return jsonify(ok=True)

        @app.get("/large")
        def large() -> Response:
            return jsonify(["x" * 1000] * 1000)

        @app.get("/counted")
        def counted() -> str:
            portal.current().call(self.write, "counter")
            return "counted"

        @app.get("/once")
        def once() -> str:
            self.asked.append("flask once")
            return "once"

        @app.get("/quiet")
        def quiet() -> str:
            self.asked.append("flask quiet")
            return "quiet"

        return app

    def fastapi(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/runs/{run}", methods=["GET", "POST"])
        async def run(run: str) -> JSONResponse:
            return JSONResponse(self.run("fastapi", run) | {"token": "same"})

        @app.get("/page")
        async def page() -> HTMLResponse:
            return HTMLResponse(f"<p>at {time.time_ns()}</p>\n<ul><li class='b'>one</li></ul>")

        @app.get("/login")
        async def login(request: Request) -> HTMLResponse:
            answer = HTMLResponse("in")
            answer.set_cookie("session", request.cookies.get("session", "") + "y", httponly=True, samesite=None)
            return answer

        @app.get("/flips")
        async def flips() -> dict[str, bool]:
            return self.flips()

        @app.get("/slow")
        async def slow() -> HTMLResponse:
            await asyncio.sleep(self.slow)
            return HTMLResponse("slow")

        @app.get("/held")
        async def held() -> HTMLResponse:
            self.together += 1
            while self.together < TOGETHER:
                await asyncio.sleep(0.001)
            return HTMLResponse("held")

        @app.get("/broken")
        async def broken() -> None:
            raise LookupError("broken")

        @app.get("/large")
        async def large() -> list[str]:
            return ["x" * 1000] * 1000

        @app.get("/counted")
        async def counted() -> HTMLResponse:
            await self.write("counter")
            return HTMLResponse("counted")

        @app.get("/once")
        async def once() -> HTMLResponse:
            self.asked.append("fastapi once")
            return HTMLResponse("once")

        @app.get("/quiet")
        async def quiet() -> HTMLResponse:
            self.asked.append("fastapi quiet")
            return HTMLResponse("quiet")

        return app


@asynccontextmanager
async def _shadowed(pair: Pair, owner: str = "flask", **options: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Shadow]]:
    shadow = Shadow(**{"processor": lambda: 0.0} | options)
    gateway = Gateway(pair.fastapi(), pair.flask(), registry.parse(REGISTRY.replace("OWNER", owner)), shadow=shadow)
    async with running(gateway) as client:
        yield client, shadow
        await shadow.close()


def _found(shadow: Shadow) -> set[tuple[str, str]]:
    record = shadow.record("runs")
    return {(found.route, found.path) for found in record.differences} if record else set()


@pytest.mark.parametrize("wrong", ["flask", "fastapi"])
@pytest.mark.parametrize("owner", ["flask", "fastapi"])
async def test_a_field_that_is_wrong_now_and_then_is_named_and_nothing_else(owner: str, wrong: str) -> None:
    pair = Pair()
    pair.wrong_every, pair.wrong_lane = 51, wrong
    async with _shadowed(pair, owner, draw=lambda: 0.5) as (client, shadow):
        for number in range(1000):
            assert (await client.get(f"/runs/{number}?token=abc")).status_code == 200
            await shadow.settle()
        record = shadow.record("runs")
    assert record is not None
    assert record.compared == 1000
    assert not record.clean
    (found,) = record.differences
    assert (found.method, found.route, found.path) == ("GET", "/runs/<run>", "results[].status")
    assert found.count >= 1
    assert (found.samples[0].flask, found.samples[0].fastapi) == (("failed", "passed") if wrong == "flask" else ("passed", "failed"))
    assert "abc" not in found.samples[0].url


async def test_lanes_that_agree_are_clean_although_times_and_ids_differ() -> None:
    pair = Pair()
    async with _shadowed(pair) as (client, shadow):
        for number in range(200):
            await client.get(f"/runs/{number}")
            await shadow.settle()
        record = shadow.record("runs")
    assert record is not None
    assert record.clean
    assert (record.compared, record.dropped, record.failed) == (200, 0, 0)
    assert sum(each.startswith("flask") for each in pair.asked) < 350  # the measure was not asked again once the noise was known


async def test_a_value_that_flips_is_noise() -> None:
    async with _shadowed(Pair(), control=0.5) as (client, shadow):
        for _ in range(200):
            await client.get("/flips")
            await shadow.settle()
        assert _found(shadow) == set()


async def test_pages_cookies_and_errors() -> None:
    async with _shadowed(Pair()) as (client, shadow):
        for path in ("/page", "/login", "/broken"):
            await client.get(path)
            await shadow.settle()
        assert _found(shadow) == {("/page", "ul/li/@class"), ("/broken", "@status")}


async def test_cookies_of_the_played_answer_go_nowhere() -> None:
    async with _shadowed(Pair()) as (client, shadow):
        answer = await client.get("/login")
        await shadow.settle()
        assert answer.headers.get_list("set-cookie") == ["session=x; HttpOnly; Path=/"]
        assert client.cookies["session"] == "x"


@pytest.mark.parametrize("owner", ["flask", "fastapi"])
async def test_a_played_request_may_not_write(owner: str) -> None:
    pair = Pair()
    async with _shadowed(pair, owner) as (client, shadow):
        assert (await client.get("/counted")).text == "counted"
        await shadow.settle()
        record = shadow.record("runs")
    assert pair.written == ["counter"]
    assert record is not None
    assert (record.wrote, record.compared, record.differences) == (1, 0, ())
    assert not record.clean


async def test_what_is_not_played() -> None:
    pair = Pair()
    async with _shadowed(pair) as (client, shadow):
        await client.post("/runs/1")
        await client.get("/once")
        await client.get("/quiet")
        await shadow.settle()
        assert shadow.records() == []
    assert pair.asked == ["flask 1", "flask once", "flask quiet"]


async def test_the_sample_follows_its_percentage() -> None:
    draws = iter([0.05, 0.5, 0.0999, 0.1, 0.9] + [0.9] * 100)
    text = REGISTRY.replace("OWNER", "flask").replace("percent: 100", "percent: 10")
    gateway = Gateway(
        (pair := Pair()).fastapi(),
        pair.flask(),
        registry.parse(text),
        shadow=(shadow := Shadow(draw=lambda: next(draws), processor=lambda: 0.0)),
    )
    async with running(gateway) as client:
        await client.get("/large")
        played = [shadow.record("runs")]
        await shadow.settle()
        played.append(shadow.record("runs"))
    assert [record and record.compared for record in played] == [0, 1]


async def test_what_does_not_fit_is_dropped_and_counted() -> None:
    async with _shadowed(pair := Pair(), "fastapi", at_once=2, waiting=3) as (client, shadow):
        await asyncio.gather(*(client.get("/held") for _ in range(TOGETHER)))
        pair.go.set()
        await shadow.settle()
        record = shadow.record("runs")
    assert record is not None
    assert record.compared + record.dropped == TOGETHER
    assert 3 <= record.compared <= 5, "three wait, and two play while the lanes have room"


async def test_a_busy_worker_plays_little(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]  # by this clock it always works
    monkeypatch.setattr("strangler.shadow.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr("strangler.shadow.LATER", 0)  # so that it looks in each round of the loop whether there is room
    async with _shadowed(Pair(), processor=lambda: now[0], waiting=4) as (client, shadow):
        now[0] += 1
        for _ in range(100):
            await client.get("/page")
            while shadow._playing:
                await asyncio.sleep(0.001)
            now[0] += 0.03
        played = shadow.record("runs")
    assert played is not None
    assert played.compared == 3, "one a second"
    assert played.dropped > 0, "and the line is short"


async def test_a_played_request_that_hangs_is_given_up() -> None:
    pair = Pair()
    pair.slow = 0.3
    async with _shadowed(pair, "flask", wait=0.05) as (client, shadow):
        await client.get("/slow")
        await shadow.settle()
        record = shadow.record("runs")
    assert record is not None
    assert (record.failed, record.compared) == (1, 0)


async def test_large_answers_are_compared_by_digest() -> None:
    async with _shadowed(Pair()) as (client, shadow):
        assert len((await client.get("/large")).content) > 1_000_000
        await shadow.settle()
        record = shadow.record("runs")
    assert record is not None
    assert [found.path for found in record.differences] == ["@body"]  # Flask spaces its JSON, and it is too large to be read


async def test_records_of_workers_add_up() -> None:
    pair = Pair()
    records = []
    for _ in range(2):
        async with _shadowed(pair) as (client, shadow):
            await client.get("/page")
            await shadow.settle()
            records += shadow.records()
    (both,) = merged(records)
    assert both.compared == 2
    assert [(found.path, found.count, len(found.samples)) for found in both.differences] == [("ul/li/@class", 2, 2)]
    assert both.as_dict()["clean"] is False
