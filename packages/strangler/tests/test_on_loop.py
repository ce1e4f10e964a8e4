"""Views of Flask on the event loop: they wait without a thread, and everything else is as in one."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from flask import Blueprint, Flask, Response, g, request
from greenlet import getcurrent

from strangler import on_loop
from strangler import portal as portals
from strangler.bridge import SMALL, Bridge
from strangler.gateway import Gateway
from strangler.portal import Portal, PortalError, PortalTimeout
from strangler.registry import parse

pytestmark = pytest.mark.anyio

REGISTRY = """\
version: 1
blueprints:
  all:
    owner: flask
    routes:
      - {path: "/wait/<name>", methods: [GET, POST]}
      - {path: /fail, methods: [GET]}
      - {path: /late, methods: [GET]}
      - {path: /pieces, methods: [GET]}
      - {path: /where, methods: [GET, POST]}
  own:
    owner: flask
    threads: 1
    routes:
      - {path: /own, methods: [GET]}
unlisted: flask
"""
seen: ContextVar[str] = ContextVar("seen")


class Site:
    """A Flask application whose views wait through the portal, and what became of them."""

    def __init__(self, **lane: Any) -> None:
        self.go = asyncio.Event()
        self.arrived: list[str] = []
        self.ended: list[str] = []
        self.flask = Flask("waiting")
        views = Blueprint("all", __name__)
        own = Blueprint("own", __name__)
        views.add_url_rule("/wait/<name>", "wait", self._wait, methods=["GET", "POST"])
        views.add_url_rule("/fail", "fail", self._fail)
        views.add_url_rule("/late", "late", self._late)
        views.add_url_rule("/pieces", "pieces", self._pieces)
        views.add_url_rule("/where", "where", where, methods=["GET", "POST"])
        own.add_url_rule("/own", "own", where)
        self.flask.register_blueprint(views)
        self.flask.register_blueprint(own)
        self.portal = Portal(deadline=lane.pop("call_deadline", 20))
        self.gateway = Gateway(FastAPI(), self.flask, parse(REGISTRY), portal=self.portal, on_loop=True, **lane)
        self.portal.attach(asyncio.get_running_loop())
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.gateway), base_url="http://loop.test", timeout=20)

    @property
    def bridge(self) -> Bridge:
        assert isinstance(self.gateway.bridge, Bridge)
        return self.gateway.bridge

    async def _released(self) -> str:
        self.arrived.append(seen.get())
        await self.go.wait()
        return seen.get()

    def _wait(self, name: str) -> str:
        seen.set(name)
        g.name = name
        told = portals.current().call(self._released)
        self.ended.append(name)
        return f"{told} {g.name} {request.path} {request.get_data(as_text=True)}"

    def _fail(self) -> str:
        async def failing() -> None:
            await asyncio.sleep(0)
            raise LookupError("on purpose")

        with pytest.raises(LookupError, match="on purpose"):
            portals.current().call(failing)
        raise RuntimeError("and nobody catches it")

    def _late(self) -> str:
        async def hanging() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                self.ended.append("hanging")

        with pytest.raises(PortalTimeout, match="took longer than"):
            portals.current().call(hanging)
        return "said in time"

    def _pieces(self) -> Response:
        def pieces() -> Iterator[bytes]:
            try:
                for number in range(1000):
                    yield b"%d\n" % number
            finally:
                self.ended.append("pieces")

        return Response(pieces())

    async def waiting(self, number: int) -> None:
        """Until so many views wait."""
        async with asyncio.timeout(10):
            while len(self.arrived) < number:
                await asyncio.sleep(0)


def where() -> str:
    request.get_data()
    return threading.current_thread().name


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Site]]:
    made: list[Site] = []

    def making(**lane: Any) -> Site:
        made.append(Site(**lane))
        return made[-1]

    yield making
    for site in made:
        site.go.set()
        await site.client.aclose()
        await site.bridge.close(5)


async def test_many_wait_at_once_each_in_its_own_context_and_none_in_a_thread(make: Callable[..., Site]) -> None:
    site = make(threads=1, queue=50)
    asked = [asyncio.create_task(site.client.post(f"/wait/n{number}", content=f"body {number}")) for number in range(50)]
    await site.waiting(50)
    assert site.gateway.state()["flask_on_loop"] == 50
    assert site.bridge.pool.busy == 0
    assert site.bridge.is_busy
    site.go.set()
    answers = [(await each).text for each in asked]
    assert answers == [f"n{number} n{number} /wait/n{number} body {number}" for number in range(50)]


async def test_what_is_awaited_fails_in_the_view_and_what_the_view_lets_pass_is_a_500(make: Callable[..., Site]) -> None:
    assert (await make().client.get("/fail")).status_code == 500


async def test_a_call_that_is_late_is_cancelled_and_the_view_is_told(make: Callable[..., Site]) -> None:
    site = make(call_deadline=0.05)
    async with asyncio.timeout(10):
        assert (await site.client.get("/late")).text == "said in time"
    assert site.ended == ["hanging"]


async def test_a_view_that_is_late_is_a_504_and_goes_on_to_its_end(make: Callable[..., Site]) -> None:
    site = make(deadline=0.05)
    assert (await site.client.get("/wait/late")).status_code == 504
    closing = asyncio.create_task(site.bridge.close(20))
    assert not (await asyncio.wait({closing}, timeout=0.2))[0], "it waits for the view"
    assert site.ended == []
    site.go.set()
    assert await closing == 0
    assert site.ended == ["late"]


async def test_a_view_whose_caller_is_gone_goes_on_to_its_end(make: Callable[..., Site]) -> None:
    site = make()
    asked = asyncio.create_task(site.client.get("/wait/left"))
    await site.waiting(1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    site.go.set()
    assert await site.bridge.close(5) == 0
    assert site.ended == ["left"]


async def test_closing_waits_and_then_cancels(make: Callable[..., Site]) -> None:
    site = make()
    asked = asyncio.create_task(site.client.get("/wait/for-ever"))
    await site.waiting(1)
    assert await site.bridge.close(0.05) == 1
    assert (await asked).status_code == 500
    assert (await site.client.get("/where")).status_code == 503
    assert site.ended == []


async def test_one_more_than_would_run_and_wait_is_refused(make: Callable[..., Site]) -> None:
    site = make(threads=2, queue=1)
    asked = [asyncio.create_task(site.client.get("/wait/x")) for _ in range(3)]
    await site.waiting(3)
    assert (await site.client.get("/where")).status_code == 503
    site.go.set()
    assert [(await each).status_code for each in asked] == [200] * 3


async def test_pieces_wait_for_their_reader_and_end_when_he_leaves(make: Callable[..., Site]) -> None:
    site = make()
    sent: list[bytes] = []
    may_go_on = asyncio.Event()
    leaves = asyncio.Event()

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if len(sent) == 4:
            await may_go_on.wait()

    async def receive() -> Any:
        await leaves.wait()
        return {"type": "http.disconnect"}

    head: dict[str, Any] = {"type": "http", "method": "GET", "path": "/pieces", "raw_path": b"/pieces", "query_string": b"", "headers": []}
    serving = asyncio.create_task(site.gateway({**head, "http_version": "1.1", "scheme": "http"}, receive, send))
    async with asyncio.timeout(10):
        while len(sent) < 4:
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0)
        assert b"".join(sent) == b"0\n1\n2\n"
        leaves.set()
        await asyncio.sleep(0)
        may_go_on.set()
        await serving
        while site.ended != ["pieces"]:
            await asyncio.sleep(0)
    assert len(sent) < 20


async def test_whole_pieces_arrive(make: Callable[..., Site]) -> None:
    site = make()
    assert (await site.client.get("/pieces")).text == "".join(f"{number}\n" for number in range(1000))
    assert site.ended == ["pieces"]


async def test_a_thread_is_given_where_a_body_is_large_or_asked_for_or_a_blueprint_has_its_own(make: Callable[..., Site]) -> None:
    client = make().client
    here = threading.current_thread().name
    assert (await client.get("/where")).text == here
    assert (await client.post("/where", content=b"x" * SMALL)).text == here
    assert (await client.post("/where", content=b"x" * (SMALL + 1))).text.startswith("flask-lane-")
    assert (await client.post("/where", content=b"x", headers={"Expect": "100-continue"})).text.startswith("flask-lane-")
    assert (await client.get("/own")).text.startswith("flask-lane-own-")


async def hello() -> str:
    await asyncio.sleep(0)
    return "hello"


async def test_a_greenlet_runs_one_view_after_another_each_in_the_context_of_its_task() -> None:
    ran: list[tuple[int, str]] = []

    def view() -> None:
        found = seen.get()
        seen.set("of the view")
        ran.append((id(getcurrent()), f"{on_loop.wait(hello())} {found}"))

    for number in range(3):
        seen.set(f"task {number}")
        await asyncio.create_task(on_loop.drive(view))
    assert [told for _, told in ran] == [f"hello task {number}" for number in range(3)]
    assert len({greenlet for greenlet, _ in ran}) == 1
    await asyncio.gather(*(asyncio.create_task(on_loop.drive(view)) for _ in range(5)))
    assert len({greenlet for greenlet, _ in ran[3:]}) == 5


async def test_what_a_view_raises_is_raised_where_it_was_driven_and_its_greenlet_runs_no_other() -> None:
    ran: list[object] = []

    def failing() -> None:
        ran.append(getcurrent())
        on_loop.wait(hello())
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        await on_loop.drive(failing)
    await on_loop.drive(lambda: ran.append(getcurrent()))
    assert ran[0] is not ran[1]


async def test_no_more_greenlets_are_kept_than_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def view() -> None:
        on_loop.wait(hello())

    monkeypatch.setattr(on_loop, "IDLE", 3)
    monkeypatch.setattr(on_loop, "_idle", on_loop._Idle())
    await asyncio.gather(*(on_loop.drive(view) for _ in range(10)))
    assert len(on_loop._idle.views) == 3


async def test_a_view_that_nobody_goes_on_with_ends_and_its_greenlet_with_it() -> None:
    ended: list[str] = []

    def view() -> None:
        try:
            on_loop.wait(hello())
        except BaseException as error:
            ended.append(type(error).__name__)

    running = on_loop._View()
    running.switch(view).close()
    gone = weakref.ref(running)
    del running
    assert ended == ["GreenletExit"]
    assert gone() is None


async def test_only_a_view_may_wait_on_the_loop(make: Callable[..., Site]) -> None:
    site = make()
    with pytest.raises(PortalError, match="await the function instead"):
        site.portal.call(site._released)
    assert not on_loop.is_view()


async def test_without_greenlet_it_is_refused_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_loop, "AVAILABLE", False)
    with pytest.raises(ModuleNotFoundError, match=r"strangler-fig\[loop\]"):
        Bridge(Flask("x"), on_loop=True)
