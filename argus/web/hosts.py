"""Which hosts are served: addresses in answers are made of `Host`, so a host that nobody has named must not come into them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from argus.kit.answer import Answer, error_page, json_answer
from argus.lanes.failure import is_api
from argus.lanes.fastapi import send as response
from strangler.disabled import deny
from strangler.wsgi_job import WsgiApp

ANYWHERE = frozenset({"/healthz", "/readyz", "/metrics"})  # asked for by address, and made of no host
MESSAGE = "This host is not served here"


def is_served(host: str | None, allowed: list[str]) -> bool:
    """Whether a `Host`, whatever its port, is one of those that are allowed: names, and `*.example.com` for all below one. Any is when
    nothing is listed, even none.
    """
    if not allowed:
        return True
    try:
        name = (urlsplit(f"//{host or ''}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return any(name == pattern.lower() or (pattern.startswith("*.") and name.endswith(pattern[1:].lower())) for pattern in allowed)


def _refusal(path: str) -> Answer:
    return json_answer({"status": "error", "message": MESSAGE}, 400) if is_api(path) else error_page(400, MESSAGE)


class Hosts:
    """ASGI middleware: 400 for other hosts, and where two are named."""

    def __init__(self, app: ASGIApp, allowed: list[str]) -> None:
        self.app = app
        self.allowed = allowed

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        served = len(named) <= 1 and is_served(named[0] if named else None, self.allowed)
        if served or (scope["path"] in ANYWHERE and len(named) <= 1):
            return self.app(scope, receive, send)
        refusal = response(_refusal(scope["path"]))
        return deny(refusal, scope, send) if scope["type"] == "websocket" else refusal(scope, receive, send)


def only_hosts(app: WsgiApp, allowed: list[str]) -> WsgiApp:
    """The same for a WSGI application."""

    def limited(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in ANYWHERE or is_served(environ.get("HTTP_HOST"), allowed):
            return app(environ, start_response)
        answer = _refusal(path)
        start_response("400 BAD REQUEST", [("Content-Type", answer.media_type or ""), ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    return limited
