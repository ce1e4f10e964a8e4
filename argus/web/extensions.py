"""What holds for the paths of extensions around both lanes: pages of listed origins may use them (CORS), a path or a method that is not
there is refused in the form of their errors, and each request is a line of the log (docs/platform.md#at-the-edge).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Iterable
from functools import cache

from fastapi.routing import iter_route_contexts
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kit.answer import JSON, Answer
from argus.lanes.fastapi import send as response
from argus.platform.errors import NotFound, StatusError, Unavailable, answer
from argus.platform.request_ids import request_id
from argus.platform.route import ExtensionRoute
from argus.web.features import routers
from strangler.environ import below_root
from strangler.gateway import GATEWAY, MATCH

log = logging.getLogger("argus.request")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Correlation-ID", "X-Request-ID", "X-Workspace-ID")
EXPOSED = (
    "Content-Disposition",
    "ETag",
    "Location",
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)
OF_THE_BODY = (b"content-type", b"content-length", b"allow")
PREFLIGHT_KEPT = 600  # seconds
SWITCHED_OFF = 60  # seconds until it is worth asking again for what the registry has switched off


def is_extension(path: str) -> bool:
    """Whether a path is one of an extension, or lies where only extensions have paths."""
    return path.startswith(_below()) or path in _heads()


@cache
def _heads() -> frozenset[str]:
    """Where the paths of extensions begin: what stands before their first variable."""
    found = [each for router in routers() for each in iter_route_contexts(router.routes)]
    return frozenset(str(each.path).partition("/{")[0] for each in found if isinstance(each.original_route, ExtensionRoute))


@cache
def _below() -> tuple[str, ...]:
    return tuple(f"{head}/" for head in sorted(_heads()))


def lane_unavailable(request_id: str) -> Answer:
    """The answer to a route that only FastAPI has, where the Flask lane serves alone."""
    return answer(Unavailable("lane_unavailable", "This needs the FastAPI lane, which is off", retry_after=SWITCHED_OFF), request_id)


async def feature_disabled(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to routes of a folder that the registry has switched off."""
    told = Unavailable("feature_disabled", "This part of Argus is switched off", retry_after=SWITCHED_OFF)
    await response(answer(told, request_id()))(scope, receive, send)


class Extensions:
    """ASGI middleware around both lanes.

    Args:
        origins: whose pages may use extension routes, with their cookies; `*` for any.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self.app = app
        self._origins = frozenset(origins)
        self._shared = CORSMiddleware(
            self._told, sorted(self._origins), METHODS, HEADERS, allow_credentials=True, expose_headers=EXPOSED, max_age=PREFLIGHT_KEPT
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if not is_extension(below_root(scope["path"], scope.get("root_path", ""))):
            return self.app(scope, receive, send)
        if self._origins and self._is_listed(scope):
            return self._shared(scope, receive, send)
        return self._told(scope, receive, send)

    def _is_listed(self, scope: Scope) -> bool:
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        return origin is not None and ("*" in self._origins or origin in self._origins)

    async def _told(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, and tell the log of it."""
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, _Refusals(scope, sending))
        finally:
            _tell(scope, status, (time.perf_counter() - began) * 1000)


def _tell(scope: Scope, status: int, milliseconds: float) -> None:
    match = scope.get(MATCH)
    about = {"route": match.target.template if match else "", "status": status, "duration_ms": round(milliseconds, 1)}
    probe = scope["path"].startswith("/health") and status < 500  # orchestrators ask every few seconds
    log.log(logging.DEBUG if probe else logging.INFO, "%s %s %d", scope["method"], scope["path"], status, extra=about)


class _Refusals:
    """Gives the 404 and 405 of what no route matched the form of an extension's error, whichever lane made them."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._body: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in (404, 405) and self._scope.get(MATCH) is None:
            message = self._instead(message)
        elif message["type"] == "http.response.body" and self._body is not None:
            if message.get("more_body"):
                return
            message = {"type": "http.response.body", "body": self._body}
        await self._send(message)

    def _instead(self, start: Message) -> Message:
        allowed = self._allowed()  # not as the lane says: Flask knows nothing of these paths
        told = answer(StatusError(405) if allowed else NotFound("not_found", "There is no such path"), request_id())
        self._body = b"" if self._scope["method"] == "HEAD" else told.body
        headers = [(name, value) for name, value in start["headers"] if name.lower() not in OF_THE_BODY]
        headers += [(b"content-type", JSON.encode()), (b"content-length", str(len(told.body)).encode())]
        if allowed:
            headers.append((b"allow", ", ".join(allowed).encode()))
        return {**start, "status": told.status, "headers": headers}

    def _allowed(self) -> list[str]:
        """The methods that there are for the path."""
        table, path = self._scope[GATEWAY].table, below_root(self._scope["path"], self._scope.get("root_path", ""))
        return sorted(method for method in (*METHODS, "OPTIONS") if table.lookup(method, path) is not None)
