"""What the routes of a blueprint answer while the registry says `enabled: false`."""

from __future__ import annotations

import json

from starlette.types import ASGIApp, Message, Receive, Scope, Send

RETRY_AFTER = 60  # seconds
BODY = json.dumps({"code": "feature_disabled"}, separators=(",", ":")).encode()
DENIAL = "websocket.http.response"
TRY_AGAIN = 1013  # close code of a WebSocket


async def feature_disabled(scope: Scope, receive: Receive, send: Send) -> None:
    """503 `{"code":"feature_disabled"}` with `Retry-After`: the answer where the host application brings none of its own."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
        (b"retry-after", str(RETRY_AFTER).encode()),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


async def deny(answer: ASGIApp, scope: Scope, send: Send) -> None:
    """Refuse the handshake of a WebSocket by the answer of an application for HTTP; by a close code where the server cannot send one."""
    if DENIAL not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": TRY_AGAIN})
        return

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def sent(message: Message) -> None:
        if message["type"].startswith("http.response."):
            await send({**message, "type": f"websocket.{message['type']}"})

    await answer({**scope, "type": "http", "method": "GET"}, nothing, sent)
