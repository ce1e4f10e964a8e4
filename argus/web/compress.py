"""Answers in fewer bytes for browsers: JSON and pages are sent compressed to whoever takes gzip (RFC 9110, 8.4).

Clients get what they always got. What a page of another site asks for is never compressed: the length of such an answer would tell that
site, by what it adds to the request, what else stands in it (BREACH).
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kit.errors import ServiceBusy
from argus.kit.pools import ANSWERS
from argus.runtime import Runtime

TEXTS = (b"application/json", b"text/html")
OWN = (b"same-origin", b"none")  # `Sec-Fetch-Site` of pages of ours, and of an address that somebody typed
SMALLEST = 1024  # bytes; less is not worth the work
LARGE = 64 * 1024  # bytes, from which on the work is done beside the loop
LEVEL, GZIP = 5, 31

OpenRuntime = Callable[[], Awaitable[Runtime]]


class Compress:
    """ASGI middleware around both lanes."""

    def __init__(self, app: ASGIApp, open_runtime: OpenRuntime) -> None:
        self.app = app
        self._open = open_runtime

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.app(scope, receive, _Compressed(send, self._open) if _is_wanted(scope) else send)


def _is_wanted(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site") not in OWN:
        return False
    return b"gzip" in [word.strip() for word in headers.get(b"accept-encoding", b"").lower().split(b",")]


class _Compressed:
    """Sends an answer on, compressed if it is a text that is worth it."""

    def __init__(self, send: Send, open_runtime: OpenRuntime) -> None:
        self._send = send
        self._open = open_runtime
        self._start: Message | None = None  # held until the first part tells how long the answer is
        self._packer: zlib._Compress | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_text(message):
            self._start = message
        elif message["type"] == "http.response.body" and (self._start or self._packer):
            await self._body(message.get("body", b""), bool(message.get("more_body")))
        else:
            await self._send(message)

    async def _body(self, part: bytes, more: bool) -> None:
        start, self._start = self._start, None
        if start and not more and len(part) < SMALLEST:
            await self._send({**start, "headers": _varying(start)})
            await self._send({"type": "http.response.body", "body": part})
            return
        if start:
            self._packer = zlib.compressobj(LEVEL, wbits=GZIP)
        packed = await self._beside(part, more) if len(part) > LARGE else self._pack(part, more)
        if start:
            headers = [*(item for item in _varying(start) if item[0] != b"content-length"), (b"content-encoding", b"gzip")]
            known = [] if more else [(b"content-length", str(len(packed)).encode())]
            await self._send({**start, "headers": [*headers, *known]})
        await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    async def _beside(self, part: bytes, more: bool) -> bytes:
        runtime = await self._open()
        try:
            return await runtime.blocking(ANSWERS, self._pack, part, more)
        except ServiceBusy:  # what has been worked out is not refused for that
            return self._pack(part, more)

    def _pack(self, part: bytes, more: bool) -> bytes:
        assert self._packer is not None
        return self._packer.compress(part) + self._packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)


def _is_text(start: Message) -> bool:
    headers = dict(start.get("headers", ()))
    return start["status"] == 200 and headers.get(b"content-type", b"").startswith(TEXTS) and b"content-encoding" not in headers


def _varying(start: Message) -> list[tuple[bytes, bytes]]:
    """The headers, with those of the request on which the encoding depends."""
    return [*start["headers"], (b"vary", b"Accept-Encoding, Sec-Fetch-Site")]
