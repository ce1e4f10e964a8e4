"""What one connection may cost before anybody knows who is there: bounds on the head of a request, in bytes, fields and seconds, on what
comes at once, on connections together, and on callers who do not take their answers.

uvicorn has no such bounds. `Bounded` adds them to a protocol class of uvicorn; `protocols.py` has one for each parser.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, ClassVar

from prometheus_client import Counter
from uvicorn.protocols.http.flow_control import FlowControl

from argus.web.connection_turns import turns_of

PIECE = 4096  # bytes that are parsed at once, so that neither bounds nor other connections wait long
DISCARDING = 10.0  # seconds to end a body that nobody reads, once its request is answered
LINGER = 1.0  # seconds in which a caller who is still sending can read that he was refused
PAUSE = 0.05  # seconds between looks at what is only thrown away, so that it takes little of the worker's time
TINY = 512  # bytes: less is a tiny piece of a body; each of them wakes its application
TINIES = 8  # of these in a row, after which a connection is looked at less and less often, and what comes meanwhile is one piece
LONGEST_PAUSE = 1.0  # seconds
STALLED = 20.0  # seconds in which a caller who does not take an answer must take ...
SLOWEST_ANSWER = 500  # ... so many bytes a second of it
UNSENT = 128 * 1024  # bytes of an answer that wait in the system for a caller to take what was sent; else it would be megabytes of each
ENDING = "argus.ending"
"""Where the `state` of a scope holds what ends an answer that goes on for as long as its caller listens."""
REASONS = {
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}

log = logging.getLogger("argus.connections")
closed = Counter("argus_connections_closed_total", "Connections that were closed for what their callers did", ["reason"])


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of the head of a request, and of connections together."""

    head_bytes: int = 64 * 1024
    """Method, address and fields; also trailers, and what else of a body is no content."""
    head_fields: int = 100
    head_seconds: float = 20.0
    """From the first byte (on a new connection: from its beginning) to the empty line."""
    connections: int = 4000
    """Above that, whoever has been waiting with a request for the longest time is sent away."""


class Flow(FlowControl):
    """uvicorn's flow control; reading goes on when the protocol says so."""

    def __init__(self, transport: asyncio.Transport, go_on: Callable[[], None]) -> None:
        super().__init__(transport)
        self._go_on = go_on

    def pause_reading(self) -> None:
        self.read_paused = True

    def resume_reading(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self._go_on()


class Bounded:
    """Mixed into a protocol of uvicorn, which says what it is doing (`serving`, `in_body`, `in_head`), parses (`feed`), and calls
    `progress` for each head and each piece of content that it found."""

    bounds: ClassVar[Bounds] = Bounds()
    waiting: ClassVar[dict[Any, None]]  # connections without a request, the one that waits longest first

    # of uvicorn's protocols
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    flow: FlowControl
    cycle: Any
    connections: set[Any]
    timeout_keep_alive: float
    timeout_keep_alive_task: asyncio.TimerHandle | None

    def serving(self) -> bool:
        """Whether a request is being served."""
        raise NotImplementedError

    def in_body(self) -> bool:
        """Whether the body of the last request is not complete."""
        raise NotImplementedError

    def in_head(self) -> bool:
        """Whether a part of a head has come."""
        raise NotImplementedError

    def is_long(self) -> bool:
        """Whether what has come belongs to a body, or is more than a head usually is."""
        return self.serving() or self.in_body() or len(self._unread) > PIECE

    def feed(self, piece: bytes) -> None:
        """Parse."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self.flow = Flow(transport, self._go_on)
        self._unread = bytearray()
        self._idle_bytes = self._tinies = 0
        self._turns = turns_of(self.loop)
        self._queued = False
        self._timer: asyncio.TimerHandle | None = None
        self._timed = ""
        self._stall: asyncio.TimerHandle | None = None
        self._refused = self._lost = False
        self._settle()
        if len(self.connections) > self.bounds.connections:
            oldest = next(iter(self.waiting))
            oldest.refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        self.waiting.pop(self, None)
        self._turns.leave(self)
        self._unread.clear()
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)  # type: ignore[misc]
        self._part()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._pause()
            return
        self._unread += data
        self._tinies = self._tinies + 1 if len(data) < TINY and self.in_body() else 0
        if not self._queued and (seconds := self._turns.left(self)):
            self.parse(seconds)
        else:
            self.transport.pause_reading()
            self._go_on()

    def shutdown(self) -> None:
        """The server ends: an answer that has no end of its own is asked to come to one."""
        super().shutdown()  # type: ignore[misc]
        if self.serving() and (end := self.cycle.scope["state"].get(ENDING)) is not None:
            end()

    def progress(self) -> None:
        """A head, or a piece of content, is complete."""
        self._idle_bytes = 0

    def refuse(self, status: int) -> None:
        """Answer with an error where that is possible, and close."""
        self._unread.clear()
        if self._over():
            return
        answered = self.answerable()
        if answered:
            reason = REASONS[status]
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
                % (status, reason, len(reason), reason)
            )
        self._tell(REASONS[status].decode())
        if answered and status != 503 and self.transport.can_write_eof():
            if self.serving():
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self._refused = True  # closed at once, what still comes would take the answer away from its reader
            self.waiting.pop(self, None)
            self.transport.write_eof()
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self.loop.call_later(LINGER, self.transport.abort)
            self.transport.resume_reading()
        else:
            self.transport.close()
            self._watch_writing()

    def _over(self) -> bool:
        return self._refused or self.transport.is_closing()

    def answerable(self) -> bool:
        """Whether an answer of the protocol's own would be taken for the one to the request that is wrong."""
        if not self.serving():
            return True
        return self.cycle.more_body and not self.cycle.response_started and not getattr(self, "pipeline", None)

    def on_response_complete(self) -> None:
        super().on_response_complete()  # type: ignore[misc]
        if self._unread:
            self._go_on()
        self._settle()
        if self.transport.is_closing():
            self._watch_writing()
        if self._lost:
            self._part()

    def _part(self) -> None:
        """Let go of all that knows this connection, once it is lost and nothing is being served: else thousands of them would be left to
        the collector, which holds the loop."""
        self._lost = True
        if not self.serving():
            self.cycle = self.flow = None  # type: ignore[assignment]

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()  # type: ignore[misc]
        self._watch_writing()

    def pause_writing(self) -> None:
        super().pause_writing()  # type: ignore[misc]
        self._watch_writing()

    def leave_alone(self) -> None:
        """Another protocol takes the connection over."""
        self.waiting.pop(self, None)
        self._turns.leave(self)
        for timer in (self._timer, self._stall):
            if timer is not None:
                timer.cancel()
        self._timer = self._stall = None

    def _go_on(self) -> None:
        if not self._queued:
            self._queued = True
            self._turns.add(self)

    def parse(self, seconds: float) -> None:
        """Parse what has come, for a moment; nothing more is received while something is left or nobody wants it."""
        self._queued = False
        if self._over():
            self._unread.clear()
            return
        until = perf_counter() + seconds
        while self._unread and not self._busy():
            piece = bytes(self._unread[:PIECE])
            del self._unread[:PIECE]
            self._idle_bytes += len(piece)
            self.feed(piece)
            if self._idle_bytes > self.bounds.head_bytes:
                self.refuse(431)
            if self._over():
                self._unread.clear()
                return
            if self._unread and perf_counter() > until:
                self._go_on()
                break
        if self._unread or self.flow.read_paused:
            self.transport.pause_reading()
        elif self.in_body() and not self.serving():
            self._pause()
        elif self._tinies > TINIES:
            self._pause(min((self._tinies - TINIES) * PAUSE, LONGEST_PAUSE))
        else:
            self.transport.resume_reading()
        self._settle()

    def _pause(self, seconds: float = PAUSE) -> None:
        self.transport.pause_reading()
        self.loop.call_later(seconds, self._resume)

    def _resume(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _busy(self) -> bool:
        """Whether what has come must wait: for the application, or for the answers to requests before it."""
        return self.flow.read_paused or bool(getattr(self, "pipeline", None))

    def _settle(self) -> None:
        """Time what the connection does now; each of them once, from its beginning."""
        if self._over():
            return
        if self.serving():
            doing, seconds = "serving", 0.0
        elif self.in_body():
            doing, seconds = "discarding", DISCARDING
        elif self.cycle is None or self._idle_bytes or self.in_head():
            doing, seconds = "head", self.bounds.head_seconds
        else:
            doing, seconds = "idle", 0.0
        if doing == self._timed:
            return
        self._timed = doing
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self._late) if seconds else None
        if doing in ("head", "idle"):
            self.waiting.setdefault(self)
        else:
            self.waiting.pop(self, None)
        if doing == "idle" and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _late(self) -> None:
        self._timer = None
        if self._idle_bytes or self.in_head():
            self.refuse(408)
        elif not self.transport.is_closing():
            self.transport.close()
            self._watch_writing()

    def _watch_writing(self) -> None:
        """While an answer waits for its caller to take it, look whether he does."""
        if self._stall is None and self.transport.get_write_buffer_size():
            self._stall = self.loop.call_later(STALLED, self._stalled, self.transport.get_write_buffer_size())

    def _stalled(self, before: int) -> None:
        self._stall = None
        left = self.transport.get_write_buffer_size()
        if not left:
            return
        if self.flow.write_paused or self.transport.is_closing():
            if before - left < STALLED * SLOWEST_ANSWER:
                self._tell("Answer Not Taken")
                self.transport.abort()
                return
            self._watch_writing()

    def _tell(self, reason: str) -> None:
        closed.labels(reason).inc()
        log.debug("a connection from %s is closed: %s", getattr(self, "client", None), reason)  # callers decide how often
