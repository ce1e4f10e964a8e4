"""Browsers ask again with what they have: an answer of the API that has not changed costs its reader no bytes (RFC 9110, 13.1.2).

Only for browsers, which say `Sec-Fetch-Mode`; clients get what they always got.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 8 * 1024 * 1024  # bytes that are held back to be summed up; longer answers pass as they are


class Revalidate:
    """ASGI middleware: `ETag` on JSON answers to GET, and 304 to whoever names it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(("/api/v1/", "/admin/api/v1/")):
            return self.app(scope, receive, send)
        headers = dict(scope["headers"])
        if b"sec-fetch-mode" not in headers:
            return self.app(scope, receive, send)
        return self.app(scope, receive, _Held(send, headers.get(b"if-none-match", b"")))


class _Held:
    """Keeps an answer until it is whole."""

    def __init__(self, send: Send, known: bytes) -> None:
        self._send = send
        self._known = {tag.strip() for tag in known.split(b",")}
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not _may_be_kept(message):
                self._known.clear()
                await self._send(message)
                return
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._parts.append(message.get("body", b""))
        self._size += len(self._parts[-1])
        if self._size > LARGEST:
            await self._pass_on(bool(message.get("more_body")))
        elif not message.get("more_body"):
            await self._answer()

    async def _pass_on(self, more: bool) -> None:
        assert self._start is not None
        await self._send(self._start)
        self._start = None
        await self._send({"type": "http.response.body", "body": b"".join(self._parts), "more_body": more})
        self._parts.clear()

    async def _answer(self) -> None:
        assert self._start is not None
        body = b"".join(self._parts)
        tag = b'W/"' + hashlib.blake2b(body, digest_size=12).hexdigest().encode() + b'"'
        headers = [*self._start["headers"], (b"etag", tag), (b"cache-control", b"private, no-cache")]
        if tag not in self._known:
            await self._send({**self._start, "headers": headers})
            await self._send({"type": "http.response.body", "body": body})
            return
        bare = [(name, value) for name, value in headers if name not in (b"content-length", b"content-type")]
        await self._send({**self._start, "status": 304, "headers": bare})
        await self._send({"type": "http.response.body", "body": b""})


def _may_be_kept(start: Message) -> bool:
    """A successful answer in JSON that says nothing of keeping it itself, and sets no cookie."""
    headers = dict(start.get("headers", ()))
    json = headers.get(b"content-type", b"").startswith(b"application/json")
    return start["status"] == 200 and json and not headers.keys() & {b"cache-control", b"etag", b"set-cookie"}
