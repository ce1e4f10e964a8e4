"""The WebSockets of a worker: how many are open, what is counted of each, and how they are told that the worker leaves.

A WebSocket that is open when the worker leaves is closed with 1012 (service restart), and its endpoint sees that its client has gone, so
that clients come back to another worker at once.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from strangler.disabled import deny
from strangler.observation import Observation
from strangler.sending import plain

MOST = 1000
RESTART = 1012  # close code: the service restarts
SWITCHED = 101
REFUSED = 403  # what a server answers where an application closes before it has accepted


class SocketClosed(OSError):
    """Something is sent to a WebSocket that was closed because the worker leaves."""


class Sockets:
    """Those that are open."""

    def __init__(self, most: int = MOST) -> None:
        """More than `most` at a time are refused (503)."""
        self.most = most
        self._open: set[_Socket] = set()
        self._ended = asyncio.Event()

    @property
    def open(self) -> int:
        """How many are open, or about to be."""
        return len(self._open)

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, observed: Observation) -> None:
        """Let `app` serve a WebSocket until either side ends it."""
        if len(self._open) >= self.most:
            await deny(_too_many, scope, send)
            return
        socket = _Socket(receive, send, observed)
        self._open.add(socket)
        try:
            await app(scope, socket.receive, socket.send)
        except Exception as error:
            if not isinstance(error, WebSocketDisconnect):  # which is the client's doing
                observed.raised(error)
            raise
        else:
            observed.ended()
        finally:
            socket.end()
            self._open.discard(socket)
            self._ended.set()

    def leave(self) -> None:
        """Close all that are open; their endpoints see a client that has gone."""
        for socket in self._open:
            socket.leave()

    async def left(self, patience: float) -> int:
        """Close all, and wait until their endpoints have ended. Returns how many have not after `patience` seconds."""
        self.leave()
        try:
            async with asyncio.timeout(patience):
                while self._open:
                    self._ended.clear()
                    await self._ended.wait()
        except TimeoutError:
            pass
        return len(self._open)


class _Socket:
    """One WebSocket between its server and its endpoint."""

    __slots__ = ("_closed", "_observed", "_pending", "_receive", "_send", "_told", "accepted", "leaving")

    def __init__(self, receive: Receive, send: Send, observed: Observation) -> None:
        self._receive = receive
        self._send = send
        self._observed = observed
        self._pending: asyncio.Future[Message] | None = None
        self._closed: asyncio.Task[None] | None = None
        self.leaving: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.accepted = False

    async def receive(self) -> Message:
        """The next message of the client; a disconnect as soon as the worker leaves."""
        if self._pending is None:
            self._pending = asyncio.ensure_future(self._receive())
        await asyncio.wait((self._pending, self.leaving), return_when=asyncio.FIRST_COMPLETED)
        if not self._pending.done():
            return {"type": "websocket.disconnect", "code": RESTART, "reason": ""}
        message, self._pending = self._pending.result(), None
        if message["type"] == "websocket.disconnect" and self._observed.status is None:
            self._observed.gone = True
        return message

    async def send(self, message: Message) -> None:
        """Send to the client. Raises SocketClosed once the worker leaves."""
        kind = message["type"]
        if self._closed is not None:
            raise SocketClosed("the worker leaves: the WebSocket was closed")
        if self._observed.status is None:
            if kind == "websocket.accept":
                self.accepted = True
                self._observed.began(SWITCHED, message.get("headers", ()))
            elif kind == "websocket.close":
                self._observed.began(REFUSED, ())
            elif kind == "websocket.http.response.start":
                self._observed.began(message["status"], message.get("headers", ()))
        await self._send(message)

    def leave(self) -> None:
        """Close it, and let its endpoint know; one that is not accepted yet goes on until it is."""
        if self.accepted and self._closed is None:
            self._closed = asyncio.ensure_future(self._close())

    async def _close(self) -> None:
        try:
            await self._send({"type": "websocket.close", "code": RESTART, "reason": "service restart"})
        except (OSError, RuntimeError):
            return  # the client was faster
        finally:
            if not self.leaving.done():
                self.leaving.set_result(None)

    def end(self) -> None:
        """Its endpoint has returned."""
        if self._pending is not None:
            self._pending.cancel()
        self.leaving.cancel()


async def _too_many(scope: Scope, receive: Receive, send: Send) -> None:
    await plain(send, 503, b"too many WebSockets", [(b"retry-after", b"1")])
