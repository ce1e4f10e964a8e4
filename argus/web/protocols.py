"""uvicorn's two protocols with bounds, and how a server that is started gets them, whatever it was started with."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Any, ClassVar
from weakref import proxy

import h11
import httptools
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server

from argus.web.connections import Bounded, Bounds

log = logging.getLogger("argus.connections")


class _TooManyFields(Exception):
    """Ends the parser, which tells of it by an error of its own."""


class HttpTools(Bounded, HttpToolsProtocol):  # type: ignore[misc]
    """Over llhttp. An offer to upgrade the connection that is not taken is as if it had not been made (RFC 9110, 7.8)."""

    waiting: ClassVar[dict[Any, None]] = {}
    _fields = 0
    _size = 0
    _too_large = False
    _head_open = False
    _body_open = False  # or what follows it
    _offered = False

    def serving(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def in_body(self) -> bool:
        return self._body_open

    def in_head(self) -> bool:
        return self._head_open

    def feed(self, piece: bytes) -> None:
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserError:
            if self._too_large:
                self.refuse(431)
            else:
                self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as offer:
            if self._should_upgrade():
                self.leave_alone()
                self.handle_websocket_upgrade()
            else:
                self._decline(piece[offer.args[0] :])

    def send_400_response(self, msg: str) -> None:
        if self.answerable():
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        self._fields = self._size = 0
        self._body_open, self._head_open = False, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._size += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        self._size += len(name) + len(value) + 4
        if self._fields > self.bounds.head_fields or self._size > self.bounds.head_bytes:
            self._too_large = True
            raise _TooManyFields
        if not self._body_open:  # trailers say nothing: the request is being served
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.progress()
        self._head_open = False
        self._offered = self.parser.should_upgrade() and not self._should_upgrade()
        if self._offered:
            return  # it comes once more, without the offer
        super().on_headers_complete()
        self._body_open = True
        self._fields = self._size = 0

    def on_body(self, body: bytes) -> None:
        if not self._offered:
            self.progress()
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._offered:
            return
        self._body_open = False
        self.progress()
        super().on_message_complete()

    def _decline(self, rest: bytes) -> None:
        """Read the request as one without an offer; so its body is its body, and not another request."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            self.send_400_response("Invalid HTTP request received.")
            return
        head = [method, b" ", self.url, b" HTTP/", self.parser.get_http_version().encode(), b"\r\n"]
        for name, value in self.headers:
            if name == b"connection":
                value = b", ".join(word for word in value.split(b",") if word.strip().lower() != b"upgrade")
            if name != b"upgrade":
                head += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.feed(b"".join([*head, b"\r\n"]))
        if rest and not self.transport.is_closing():
            self.feed(rest)


class _Connection(h11.Connection):
    """h11's, which counts fields as well, and keeps the status of what it refuses."""

    def __init__(self, owner: H11, bounds: Bounds) -> None:
        super().__init__(h11.SERVER, bounds.head_bytes)
        self.owner: H11 = proxy(owner)  # who is gone with all that belongs to him
        self.fields = bounds.head_fields
        self.refused = 400

    def next_event(self) -> Any:
        try:
            event = super().next_event()
            if isinstance(event, h11.Request | h11.EndOfMessage) and len(event.headers) > self.fields:
                raise h11.RemoteProtocolError("too many fields", error_status_hint=431)
        except h11.RemoteProtocolError as error:
            self.refused = error.error_status_hint
            raise
        if isinstance(event, h11.Request | h11.Data | h11.EndOfMessage):
            self.owner.progress()
        return event


class H11(Bounded, H11Protocol):  # type: ignore[misc]
    """Over h11."""

    waiting: ClassVar[dict[Any, None]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn: _Connection = _Connection(self, self.bounds)

    def serving(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def in_body(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    def in_head(self) -> bool:
        return self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])

    def feed(self, piece: bytes) -> None:
        H11Protocol.data_received(self, piece)

    def send_400_response(self, msg: str) -> None:
        if self.conn.refused == 431:
            self.refuse(431)
        elif self.answerable():
            super().send_400_response(msg)
        else:
            self.transport.close()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self.leave_alone()
        super().handle_websocket_upgrade(event)


def bound_server(bounds: Bounds) -> None:
    """Give the uvicorn that runs in this thread the bounded protocol for the one that it has, and take its belief in forwarded headers
    away: whom to believe is a setting of ours. To be called while it starts.

    Other servers have bounds of their own to set; docs/operations.md names them.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not isinstance(server, Server):
        log.warning("the server is no uvicorn that handles signals: heads of requests have the bounds that it has itself")
        return
    config = server.config
    chosen = config.http_protocol_class
    protocol = {HttpToolsProtocol: HttpTools, H11Protocol: H11}.get(chosen)
    if protocol is not None:
        config.http_protocol_class = _with(protocol, bounds)
    elif not issubclass(chosen, Bounded):
        log.warning("heads of requests have no bounds in %s; start with --http httptools or --http h11", chosen.__name__)
    if isinstance(config.loaded_app, ProxyHeadersMiddleware):
        config.loaded_app = config.loaded_app.app


def _with(protocol: type[HttpTools | H11], bounds: Bounds) -> type[asyncio.Protocol]:
    return type(protocol.__name__, (protocol,), {"bounds": bounds, "waiting": {}})
