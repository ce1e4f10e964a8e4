"""Each rule of the portal, as a thread meets it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from strangler import portal as portals
from strangler.bridge import Bridge
from strangler.portal import Portal, PortalClosed, PortalError, PortalTimeout
from support.server import exchange, get, serving

name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")


async def _double(number: int, *, plus: int = 0) -> int:
    await asyncio.sleep(0)
    return number * 2 + plus


async def _fail() -> None:
    raise LookupError("on purpose")


async def _who() -> str:
    await asyncio.sleep(0.001)
    return name.get()


@pytest.fixture
def own() -> Iterator[Portal]:
    """A portal that owns its loop, as under plain WSGI."""
    found = Portal()
    yield found
    found.close()


def test_a_call_gives_the_result_or_raises_the_error(own: Portal) -> None:
    assert own.call(_double, 3, plus=1) == 7
    with pytest.raises(LookupError, match="on purpose"):
        own.call(_fail)
    with pytest.raises(TypeError):
        own.call(_double)  # type: ignore[call-arg]


def test_a_loop_of_its_own_is_made_on_the_first_call_only(own: Portal) -> None:
    assert own._thread is None
    threads = ThreadPoolExecutor(8)
    assert list(threads.map(lambda number: own.call(_double, number), range(50))) == [2 * number for number in range(50)]
    assert sum(thread.name == "portal" and thread is own._thread for thread in threading.enumerate()) == 1
    threads.shutdown()


def test_context_goes_along_and_does_not_come_back(own: Portal) -> None:
    async def change() -> None:
        name.set("changed")

    name.set("ann")
    assert own.call(_who) == "ann"
    own.call(change)
    assert name.get() == "ann"
    assert own.call(_who) == "ann"


def test_it_refuses_to_run_on_the_loops_own_thread(own: Portal) -> None:
    async def inside() -> None:
        own.call(_double, 1)

    with pytest.raises(PortalError, match="own thread"):
        own.call(inside)


def test_after_the_deadline_the_coroutine_has_ended_before_the_error(own: Portal) -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(0.1)  # it takes its time to end
            ended.append("ended")

    began = time.monotonic()
    with pytest.raises(PortalTimeout):
        own.call_within(0.05, slow)
    assert ended == ["ended"]
    assert 0.14 < time.monotonic() - began < 5, "and not until it would have ended by itself"


def test_a_coroutine_that_swallows_its_cancellation_is_cancelled_again(own: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portals, "AGAIN", 0.05)

    async def stubborn() -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(10)

    with pytest.raises(PortalTimeout):
        own.call_within(0.02, stubborn)


def test_what_was_done_in_spite_of_the_deadline_is_told(own: Portal) -> None:
    async def commits() -> str:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            return "committed"
        return "never"

    assert own.call_within(0.02, commits) == "committed"


def test_a_timeout_error_of_the_service_is_its_own(own: Portal) -> None:
    async def times_out() -> None:
        raise TimeoutError("of the database")

    with pytest.raises(TimeoutError, match="of the database") as raised:
        own.call(times_out)
    assert not isinstance(raised.value, PortalTimeout)


def test_closing_ends_running_calls_then_finalizers_and_refuses_new_ones() -> None:
    portal = Portal()
    order: list[str] = []
    began = threading.Event()

    async def running() -> str:
        began.set()
        await asyncio.sleep(0.1)
        order.append("call")
        return "done"

    async def store() -> None:
        order.append("store")

    portal.on_close(store)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(portal.call, running)
        assert began.wait(20)
        portal.close()
        assert future.result() == "done"
    assert order == ["call", "store"]
    with pytest.raises(PortalClosed):
        portal.call(_double, 1)


@pytest.mark.anyio
async def test_detaching_from_the_servers_loop_ends_calls_that_wait() -> None:
    portal = Portal()
    portal.attach(asyncio.get_running_loop())
    began = asyncio.Event()

    async def forever() -> None:
        began.set()
        await asyncio.sleep(60)

    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(portal.call, forever)
        await began.wait()
        await portal.detach()
        with pytest.raises(PortalClosed):
            await asyncio.wrap_future(future)
        with pytest.raises(PortalClosed):
            await asyncio.to_thread(portal.call, _double, 1)


def _app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Views that wait for the loop, which itself serves views."""
    body = str(portals.current().call(_slow_service)).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


async def _slow_service() -> int:
    await asyncio.sleep(0.05)
    return threading.get_ident()


def test_more_views_that_wait_than_threads_all_end_on_one_loop() -> None:
    portal = Portal()
    bridge = Bridge(_app, threads=4, queue=100)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            portals.choose(portal)
            await bridge(scope, receive, send)
        elif scope["type"] == "lifespan":
            portal.attach(asyncio.get_running_loop())

    with serving(app, lifespan="on") as port, ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(lambda _: exchange(port, get("/")), range(32)))
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)
    assert len({answer.split(b"\r\n\r\n")[1] for answer in answers}) == 1


def test_the_current_portal_is_the_requests_else_the_processs() -> None:
    of_process = portals.current()
    assert of_process is portals.current()
    chosen = Portal()

    def inside() -> Portal:
        portals.choose(chosen)
        return portals.current()

    assert contextvars.copy_context().run(inside) is chosen
    assert portals.current() is of_process
