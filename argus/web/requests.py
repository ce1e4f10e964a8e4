"""What is known of a request while it is served: its id, where it came from, when it came and when it got a thread.

`Requests` stands around the gateway, and says to browsers what `protection` says; `entering` stands around Flask inside it, in the thread
that serves. The id comes from the caller's `X-Request-Id` or `X-Correlation-ID`, so that a proxy's log and ours tell of the same request,
and goes back with the answer. On the paths of extensions it is kept in rows, and is held to a narrower form there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import getrandbits
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kit import logs
from argus.kit.ulids import new_ulid
from argus.web.extensions import is_extension
from argus.web.protection import missing_raw
from strangler.gateway import LANE, MATCH
from strangler.shadow import SHADOW
from strangler.wsgi_job import WsgiApp

SERVED = "argus.served"
IDS = (b"x-request-id", b"x-correlation-id")
_SANE = re.compile(r"[\w.:/+=@-]{1,128}", re.ASCII)
_KEPT = re.compile(r"[\w.-]{1,64}", re.ASCII)


class Served:
    """One request. Times are `perf_counter`'s, in seconds."""

    __slots__ = ("answered", "begun", "came", "id", "trace_id")

    def __init__(self, id: str) -> None:
        self.id = id
        self.came = perf_counter()
        self.begun: float | None = None
        """When a thread of the Flask lane began with it."""
        self.answered = False
        self.trace_id: str | None = None
        """Of the distributed trace that it is part of, where requests are traced."""

    @property
    def timing(self) -> str:
        """`Server-Timing`: milliseconds until the answer begins, and how many of them were spent waiting for body and thread."""
        timing = f"total;dur={(perf_counter() - self.came) * 1000:.1f}"
        return timing if self.begun is None else f"{timing}, wait;dur={(self.begun - self.came) * 1000:.1f}"

    @property
    def trace(self) -> dict[str, str]:
        """For the log."""
        return {"trace_id": self.trace_id} if self.trace_id else {}


def request_id(path: str, *given: str | None) -> str:
    """The caller's id of a request where it can stand in a log, else one of our own; of several that are sane the first counts.

    One of our own is not from the operating system: that gives up the interpreter, and the event loop gets it back only after a thread of
    the Flask lane.
    """
    extension = is_extension(path)
    form = _KEPT if extension else _SANE
    sane = next((each for each in given if each and form.fullmatch(each)), None)
    return sane or (new_ulid() if extension else f"{getrandbits(128):032x}")  # it need not be secret


class Requests:
    """ASGI middleware around the gateway, or an application that is served alone: `X-Request-Id` and `Server-Timing`, and who is served for
    the log. The beginning and the end of a server pass as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        served = scope[SERVED] = Served(request_id(scope["path"], *_told_ids(scope)))
        token = logs.serve(lambda: _told(scope, served))

        def sending(message: Message) -> Any:
            if message["type"] == "http.response.start":
                served.answered = True
                told = [(b"x-request-id", served.id.encode()), (b"server-timing", served.timing.encode())]
                headers = list(message.get("headers", ()))
                message = {**message, "headers": [*headers, *missing_raw(headers), *told]}
            return send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception:
            served.answered = True  # by the server, which also logs what happened: so the request is still told of
            raise
        logs.served(token)


def _told_ids(scope: Scope) -> list[str]:
    """What the caller calls the request; `X-Request-Id` before `X-Correlation-ID`."""
    named = [(name, value.decode("latin-1")) for name, value in scope["headers"] if name in IDS]
    return [value for _, value in sorted(named, key=lambda each: IDS.index(each[0]))]


def _told(scope: Scope, served: Served) -> logs.Fields:
    match = scope.get(MATCH)
    client = scope.get("client")
    return {
        "request_id": served.id,
        "remote_addr": client[0] if client else "",
        "method": scope["method"],
        "path": scope["path"],
        "endpoint": match.target.endpoint if match else "",
        "lane": scope.get(LANE, ""),
        **served.trace,
    }


def entering(app: WsgiApp) -> WsgiApp:
    """Notes when a thread of the Flask lane begins with a request."""

    def entered(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        scope = environ["asgi.scope"]
        if SHADOW not in scope:  # a copy that is played after the answer; nobody waits for it
            scope[SERVED].begun = perf_counter()
        return app(environ, start_response)

    entered.only_wraps, entered.app = True, app  # type: ignore[attr-defined]
    return entered
