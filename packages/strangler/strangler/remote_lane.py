"""The Flask lane where the Flask application serves elsewhere.

Requests go there over HTTP and answers come back, both piece by piece, with the headers that they have. What concerns one connection only
stays on it (RFC 9110, 7.6.1). Whatever goes wrong between here and there has an answer of its own, and is a failure of the lane.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from strangler.body import UploadCut
from strangler.ending import end
from strangler.observation import failed
from strangler.remote import Remote
from strangler.remote_fields import answer_fields, request_fields
from strangler.remote_socket import pass_on
from strangler.sending import RETRY_AFTER, plain
from strangler.uploads import announced_body

if TYPE_CHECKING:
    import httpx

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
EXTRA = "a remote lane needs httpx and websockets: install strangler-fig[remote]"

log = logging.getLogger(__name__)


class AnswerCut(ConnectionError):
    """The remote application's answer ended before it was complete, so that what was passed on is not whole either."""


class RemoteLane:
    """An ASGI application that serves HTTP and WebSockets through a remote application."""

    def __init__(self, remote: Remote, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` stands for the network, in tests. Raises ImportError where the extra `remote` is not installed."""
        try:
            import httpx
        except ImportError as missing:
            raise ImportError(EXTRA) from missing
        self.remote = remote
        self.active = 0
        """Requests that are being served, or wait for a connection."""
        self._idle = asyncio.Event()
        self._closing = False
        self._http = httpx
        self._url = httpx.URL(remote.url)
        self._timeouts = {
            "connect": remote.connect_seconds,
            "pool": remote.wait_seconds,
            "read": remote.answer_seconds,
            "write": remote.send_seconds,
        }
        limits = httpx.Limits(
            max_connections=remote.connections, max_keepalive_connections=remote.connections, keepalive_expiry=remote.idle_seconds
        )
        self._transport = transport or httpx.AsyncHTTPTransport(limits=limits)

    @property
    def is_busy(self) -> bool:
        """Whether more than half of the connections are in use."""
        return 2 * self.active > self.remote.connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await pass_on(self.remote, scope, receive, send)
            return
        if self._closing or self.active >= self.remote.connections + self.remote.waiting:
            await self._refuse(scope, send, 503, "too many requests wait for the Flask application")
            return
        self.active += 1
        try:
            await self._until_client_goes(scope, receive, send)
        finally:
            self.active -= 1
            if not self.active:
                self._idle.set()

    async def _until_client_goes(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; a client that leaves ends it here and there."""
        uploaded = asyncio.Event()
        exchange = asyncio.ensure_future(self._exchange(scope, receive, send, uploaded))
        watch = asyncio.ensure_future(_until_gone(receive, uploaded))
        try:
            await asyncio.wait((exchange, watch), return_when=asyncio.FIRST_COMPLETED)
            if exchange.done():
                await exchange
        finally:
            await end(exchange, watch)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send, uploaded: asyncio.Event) -> None:
        http = self._http
        try:
            response = await self._answered(scope, receive, uploaded)
        except UploadCut:
            return
        except http.PoolTimeout:
            await self._refuse(scope, send, 503, "all connections to the Flask application are in use")
        except http.ReadTimeout:
            await self._refuse(scope, send, 504, f"no answer from the Flask application within {self.remote.answer_seconds:g} s")
        except (http.ConnectError, http.ConnectTimeout) as error:
            await self._refuse(scope, send, 502, "the Flask application cannot be reached", error)
        except http.TransportError as error:
            await self._refuse(scope, send, 502, "the Flask application gave no answer", error)
        else:
            try:
                await self._pass_on(response, scope, send)
            finally:
                await response.aclose()

    async def _answered(self, scope: Scope, receive: Receive, uploaded: asyncio.Event) -> httpx.Response:
        """The beginning of the answer. A connection that the other side has just closed is no reason to fail: a request that changes
        nothing is sent again, once."""
        length, chunked = announced_body(scope)
        has_body = bool(length) or (chunked and (scope["http_version"].startswith("1") or scope["method"] not in SAFE))
        if not has_body:
            uploaded.set()
        try:
            return await self._transport.handle_async_request(self._request(scope, receive, uploaded, has_body))
        except (self._http.RemoteProtocolError, self._http.ReadError, self._http.WriteError):
            if has_body or scope["method"] not in SAFE:
                raise
        return await self._transport.handle_async_request(self._request(scope, receive, uploaded, has_body))

    def _request(self, scope: Scope, receive: Receive, uploaded: asyncio.Event, has_body: bool) -> httpx.Request:
        body = _body(receive, uploaded) if has_body else None
        target: bytes = scope.get("raw_path") or scope["path"].encode()
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        return self._http.Request(
            scope["method"],
            self._url,
            headers=request_fields(scope, has_body=has_body),
            content=body,
            extensions={"target": target, "timeout": self._timeouts},
        )

    async def _pass_on(self, response: httpx.Response, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": response.status_code, "headers": answer_fields(response.headers.raw)})
        try:
            async for piece in response.stream:  # type: ignore[union-attr]
                if piece:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except self._http.TransportError as error:
            log.error("%s %s: the answer of %s was cut: %r", scope["method"], scope["path"], self.remote.url, error)
            raise AnswerCut(f"{type(error).__name__}: {error}") from error
        await send({"type": "http.response.body", "body": b""})

    async def _refuse(self, scope: Scope, send: Send, status: int, why: str, error: Exception | None = None) -> None:
        log.error("%s %s: %s (%s)%s", scope["method"], scope["path"], why, self.remote.url, f": {error!r}" if error else "")
        failed(scope, type(error).__name__ if error else str(status))
        await plain(send, status, why.encode(), [(b"retry-after", RETRY_AFTER)] if status == 503 else [])

    async def close(self, patience: float) -> int:
        """Admit no more requests, and wait for those that run. Returns how many still run after `patience` seconds."""
        self._closing = True
        try:
            async with asyncio.timeout(patience):
                while self.active:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            pass
        await self._transport.aclose()
        return self.active


async def _body(receive: Receive, uploaded: asyncio.Event) -> AsyncIterator[bytes]:
    """The body of a request as it comes. Raises UploadCut."""
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise UploadCut
        more = message.get("more_body", False)
        if body := message.get("body", b""):
            yield body
    uploaded.set()


async def _until_gone(receive: Receive, uploaded: asyncio.Event) -> None:
    await uploaded.wait()
    while (await receive())["type"] != "http.disconnect":
        pass
