"""What one connection may cost: heads have bounds in bytes, fields and seconds, with both of uvicorn's parsers."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from argus.features.tracker.live.router import ENDING
from argus.web import connections
from argus.web.connections import Bounded, Bounds
from argus.web.protocols import H11, HttpTools, _with

pytestmark = pytest.mark.anyio
SMALL = Bounds(head_bytes=8192, head_fields=20, head_seconds=0.3, connections=3)
SOON = 5.0  # seconds, for what happens at once
GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
READ: list[tuple[str, bytes, dict[bytes, bytes]]] = []


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Echoes the body; `/early` answers without reading it, `/large` has a large answer, `/slow` takes a while, `/endless` goes on until
    the server ends."""
    body, more = b"", scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    if scope["path"] == "/endless":
        ending = asyncio.Event()
        scope["state"][ENDING] = ending.set
        READ.append(("", b"", {}))
        await ending.wait()
    READ.append((scope["path"], body, dict(scope["headers"])))
    if scope["path"] == "/large":
        body = bytes(20_000_000)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@pytest.fixture(params=[HttpTools, H11])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Connections to a server of small bounds."""
    protocol, state = _with(request.param, SMALL), ServerState()
    config = uvicorn.Config(app, http=protocol, ws="none", log_config=None, timeout_keep_alive=1)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0)  # type: ignore[call-arg]
    port = server.sockets[0].getsockname()[1]
    opened: list[asyncio.StreamWriter] = []

    async def open_one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        opened.append(writer)
        return reader, writer

    READ.clear()
    yield open_one
    for writer in opened:
        writer.transport.abort()
    server.close()


async def answer(connect: Connect, *pieces: bytes) -> bytes:
    """All that the server says to these bytes until it closes the connection."""
    reader, writer = await connect()
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(SOON):
            return await reader.read()
    except ConnectionError:
        return b""


def status(told: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+)", told)
    return int(found[1]) if found else 0


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"b" * 9000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"n" * 9000,
        b"GET /" + b"u" * 9000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 21 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX-A: " + b"b" * 9000,
    ],
    ids=["value", "name", "address", "fields", "upgrade"],
)
async def test_a_head_that_is_too_large_is_refused_before_it_ends(connect: Connect, head: bytes) -> None:
    assert status(await answer(connect, head)) in (431, 400 if head.startswith(b"GET /u") else 431)
    assert READ == []


async def test_a_head_of_the_allowed_size_is_served(connect: Connect) -> None:
    fields = b"".join(b"x-%d: %s\r\n" % (n, b"v" * 380) for n in range(18))
    told = await answer(connect, b"GET / HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
    assert status(told) == 200
    assert len(READ[0][2]) == 19


async def test_a_head_that_does_not_end_in_time_is_refused(connect: Connect) -> None:
    reader, writer = await connect()
    async with asyncio.timeout(SOON):
        dripping = asyncio.ensure_future(_drip(writer, b"GET / HTTP/1.1\r\nX-A: " + b"b" * 1000))
        told = await reader.read()
        dripping.cancel()
    assert status(told) == 408


async def _drip(writer: asyncio.StreamWriter, text: bytes) -> None:
    for byte in text:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


async def test_a_connection_on_which_nothing_comes_is_closed(connect: Connect) -> None:
    assert await answer(connect) == b""


async def test_the_second_head_of_a_connection_has_its_time_as_well(connect: Connect) -> None:
    told = await answer(connect, GET % 1, b"GET / HTTP/1.1\r\nX-A: ")
    assert told.count(b"HTTP/1.1 200") == 1
    assert b"HTTP/1.1 408" in told


@pytest.mark.parametrize("more", [b"1;" + b"e" * 16_000, b"1\r\na\r\n0\r\n" + b"a: b\r\n" * 3000, b"1\r\na\r\n0\r\nt: " + b"b" * 16_000])
async def test_what_of_a_body_is_no_content_has_the_bounds_of_a_head(connect: Connect, more: bytes) -> None:
    assert status(await answer(connect, POST + more)) in (400, 431)
    assert READ == []


async def test_trailers_say_nothing(connect: Connect) -> None:
    told = await answer(connect, POST + b"1\r\na\r\n0\r\nAuthorization: token x\r\n\r\n")
    assert told.endswith(b"a")
    assert b"authorization" not in READ[0][2]


async def test_many_requests_at_once_are_answered_one_by_one_in_their_order(connect: Connect) -> None:
    told = await answer(connect, b"".join(GET % number for number in range(1000)))
    assert told.count(b"HTTP/1.1 200") == 1000
    assert [path for path, _, _ in READ] == [f"/{number}" for number in range(1000)]


async def test_connections_that_are_gone_are_not_left_to_the_collector(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of them would hold the loop for as long as it looks through them."""
    made: list[weakref.ref[Any]] = []
    before = Bounded.connection_made

    def counted(self: Any, transport: asyncio.Transport) -> None:
        made.append(weakref.ref(self))
        before(self, transport)

    monkeypatch.setattr(Bounded, "connection_made", counted)
    gc.disable()
    try:
        told = await answer(connect, b"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert status(told) == 200
        async with asyncio.timeout(SOON):
            while made[0]() is not None:
                await asyncio.sleep(0.01)
    finally:
        gc.enable()


async def test_bodies_that_come_in_tiny_pieces_are_whole(connect: Connect) -> None:
    body = bytes(range(256)) * 40
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    await answer(connect, POST + chunks + GET % 2)
    assert [(path, data) for path, data, _ in READ] == [("/", body), ("/2", b"")]


async def test_who_sends_a_body_byte_by_byte_is_looked_at_seldom(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three hundred of them would keep the loop busy, which wakes an application for each piece."""
    looks: list[int] = []
    received = Bounded.data_received

    def counted(self: Bounded, data: bytes) -> None:
        looks.append(len(data))
        received(self, data)

    monkeypatch.setattr(Bounded, "data_received", counted)
    reader, writer = await connect()
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\nConnection: close\r\n\r\n")
    for _ in range(500):
        writer.write(b"x")
        await asyncio.sleep(0.001)
    told = await asyncio.wait_for(reader.read(), SOON)
    assert told.endswith(b"x" * 500)
    assert len(looks) < 30


@pytest.mark.parametrize(
    "head", [POST.replace(b"POST /", b"POST /early"), b"GET / HTTP/1.1\r\nX-A: " + b"b" * 9000], ids=["unread", "refused"]
)
async def test_what_is_only_thrown_away_is_looked_at_seldom_and_not_for_long(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, head: bytes
) -> None:
    looks: list[float] = []
    received = Bounded.data_received

    def timed(self: Bounded, data: bytes) -> None:
        looks.append(monotonic())
        received(self, data)

    monkeypatch.setattr(connections, "DISCARDING", 1.0)
    monkeypatch.setattr(connections, "LINGER", 1.0)
    reader, writer = await connect()
    writer.write(head)
    async with asyncio.timeout(SOON):
        assert (await reader.readline()).startswith(b"HTTP/1.1 ")
        monkeypatch.setattr(Bounded, "data_received", timed)
        with pytest.raises(ConnectionError):
            while True:
                writer.write(b"5\r\nhello\r\n")
                await writer.drain()
                await asyncio.sleep(0.001)
    assert len(looks) > 1
    assert min(after - before for before, after in pairwise(looks)) > connections.PAUSE * 0.9


async def test_an_answer_without_end_ends_with_the_server(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Bounded] = []
    began = Bounded.connection_made

    def noted(self: Bounded, transport: asyncio.Transport) -> None:
        made.append(self)
        began(self, transport)

    monkeypatch.setattr(Bounded, "connection_made", noted)
    reader, writer = await connect()
    writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(SOON):
        while not READ:
            await asyncio.sleep(0.01)
        made[0].shutdown()
        assert status(await reader.read()) == 200


async def test_an_offer_to_upgrade_is_as_if_it_had_not_been_made(connect: Connect) -> None:
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nContent-Length: %d\r\n\r\n"
    told = await answer(connect, head % len(smuggled) + smuggled + GET % 2)
    assert told.count(b"HTTP/1.1 200") == 2
    assert [(path, data) for path, data, _ in READ] == [("/", smuggled), ("/2", b"")]


async def test_the_rest_of_a_body_that_nobody_reads_ends_soon(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "DISCARDING", 0.3)
    reader, writer = await connect()
    writer.write(POST.replace(b"POST /", b"POST /early"))
    async with asyncio.timeout(SOON):
        assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
        try:
            while True:
                writer.write(b"5\r\nhello\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            pass


async def test_who_does_not_take_his_answer_loses_his_connection(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALLED", 0.3)
    reader, writer = await connect()
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(SOON):
        while not READ:
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0)  # not reading
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(20_000_000)


async def test_little_of_an_answer_is_handed_to_the_system_before_its_caller_takes_it(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Megabytes for each of many who take nothing would be read from disks and copied for nobody."""
    waiting: list[int] = []

    def seen(self: Bounded) -> None:
        waiting.append(self.transport.get_write_buffer_size())

    monkeypatch.setattr(Bounded, "_watch_writing", seen)
    _, writer = await connect()
    writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(SOON):
        while not waiting:
            await asyncio.sleep(0.01)
    assert 20_000_000 - waiting[0] < 1_000_000


async def test_above_their_number_the_connection_that_waits_longest_is_sent_away(connect: Connect) -> None:
    first, _ = await connect()
    second, writer = await connect()
    writer.write(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    await connect()
    await connect()
    async with asyncio.timeout(SOON):
        assert status(await first.read()) == 503
        assert await second.readline() == b"HTTP/1.1 200 OK\r\n"  # it has a request, and goes on


def test_the_protocols_are_those_that_uvicorn_would_have_taken() -> None:
    assert issubclass(HttpTools, HttpToolsProtocol)
    assert issubclass(H11, H11Protocol)
