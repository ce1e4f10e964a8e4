"""What the gateway adds to every answer on its way out."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message, Scope, Send

from strangler.drain import Drain
from strangler.flask_context import HEADERS
from strangler.observation import Observation

LANE = "gateway.lane"


def marking(scope: Scope, send: Send, observed: Observation, headers: list[tuple[bytes, bytes]], drain: Drain) -> Send:
    """`send` that adds headers, those of `flask_context` too, counts the answer, and asks for the connection to be closed while the worker
    drains. A HEAD gets no body from FastAPI, and a client that has cut its upload gets nothing."""
    method: str = scope["method"]
    silent = method == "HEAD" and scope[LANE] == "fastapi"
    options = method == "OPTIONS"
    ended = False

    def marked(message: Message) -> Any:
        nonlocal ended
        kind = message["type"]
        if observed.cut:
            return asyncio.sleep(0)
        if kind == "http.response.start":
            given = message.get("headers", ())
            observed.began(message["status"], given)
            added = [*given, *scope.get(HEADERS, ()), *headers]
            if drain.active:
                added.append((b"connection", b"close"))
            if options or message["status"] == 405:
                added = [(name, _sorted(value) if name.lower() == b"allow" else value) for name, value in added]
            return send({**message, "headers": added})
        if silent and kind == "http.response.body":
            if ended:
                return asyncio.sleep(0)
            ended = True
            return send({"type": kind, "body": b"", "more_body": False})
        return send(message)

    return marked


def _sorted(allow: bytes) -> bytes:
    return b", ".join(sorted(part.strip() for part in allow.split(b",")))
