"""Recorded traffic played on the lanes of a gateway in this process, and how their answers differ from the recorded ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from urllib.parse import unquote

from starlette.types import Message, Scope

from strangler.compare import Answer
from strangler.gateway import Gateway
from strangler.har import Replayed, replay
from strangler.har_file import Exchange, Request
from strangler.observation import by_status
from strangler.recording import played
from strangler.registry import Lane
from strangler.shadow import Visit, shadowing
from strangler.shadow_record import redacted
from strangler.target import FORCED

Headers = Sequence[tuple[str, str]]
Row = tuple[str, str, str, str, Any, Any]


async def replayed(
    gateway: Gateway,
    exchanges: Sequence[Exchange],
    lanes: Sequence[Lane],
    headers: Headers = (),
    ignore: Sequence[str] = (),
    *,
    may_write: bool = False,
    also: Sequence[ContextVar[Any]] = (),
) -> list[Replayed]:
    """Play every exchange on each of the lanes, through all that stands around them. `headers` are sent instead of recorded ones of their
    names. Unless they `may_write`, the variables `shadowing` and `also` hold a `Visit` meanwhile, and what it refused is not compared.

    Raises:
        RuntimeError: the application does not start.
    """
    async with lifespan(gateway):
        marks = (shadowing, *also)
        asks = {lane: partial(_ask, gateway, lane, headers, marks, may_write) for lane in lanes}
        return await replay(exchanges, asks, ignore, gateway.header_prefix)  # type: ignore[arg-type]  # partials are Asks


async def _ask(
    gateway: Gateway, lane: Lane, headers: Headers, marks: Sequence[ContextVar[Any]], may_write: bool, request: Request
) -> Answer | None:
    visit = None if may_write else Visit()
    tokens = [mark.set(visit) for mark in marks]
    try:
        answer = await played(gateway, {**scope_of(sent_with(request, headers)), FORCED: lane}, request.body, by_status)
    finally:
        for mark, token in zip(marks, tokens, strict=True):
            mark.reset(token)
    return None if visit is not None and visit.wrote else answer


def rows(found: Sequence[Replayed]) -> list[Row]:
    """The places that differ, redacted: method, address, lane, path into the answer, what was recorded, what is there now."""
    return [
        (each.request.method, each.request.url, each.lane, place.path, redacted(place.path, place.one), redacted(place.path, place.other))
        for each in found
        for place in each.differences or ()
    ]


def sent_with(request: Request, headers: Headers) -> Request:
    """The request with other headers instead of those of their names."""
    given = {name.lower() for name, _ in headers}
    return request._replace(headers=[*(each for each in request.headers if each[0].lower() not in given), *headers])


def scope_of(request: Request) -> Scope:
    """The scope of a recorded request."""
    path, _, query = request.url.partition("?")
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [*([] if any(name == b"host" for name, _ in headers) else [(b"host", b"localhost")]), *headers],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }


@asynccontextmanager
async def lifespan(gateway: Gateway) -> AsyncIterator[None]:
    """The gateway's lifespan, as a server runs it.

    Raises:
        RuntimeError: the application does not start.
    """
    incoming: asyncio.Queue[Message] = asyncio.Queue()
    outgoing: asyncio.Queue[Message] = asyncio.Queue()
    running = asyncio.ensure_future(gateway({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    first = await outgoing.get()
    if first["type"] != "lifespan.startup.complete":
        await asyncio.wait([running])
        raise RuntimeError(f"the application does not start: {first.get('message', '')}")
    try:
        yield
    finally:
        await incoming.put({"type": "lifespan.shutdown"})
        await running
