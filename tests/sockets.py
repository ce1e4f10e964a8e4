"""WebSockets without a network: a test is one end, the application the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message

from tests.serving import ACTORS


class Socket:
    """One end of a WebSocket, without a network."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.received: asyncio.Queue[Message] = asyncio.Queue()

    async def next(self) -> dict[str, Any]:
        """The next message of the server; `{"closed": code}` at the end."""
        async with asyncio.timeout(20):
            message = await self.received.get()
        if message["type"] == "websocket.accept":
            return await self.next()
        if message["type"] == "websocket.close":
            return {"closed": message.get("code", 1000)}
        found: dict[str, Any] = json.loads(message["text"])
        return found

    async def until(self, kind: str, **data: Any) -> dict[str, Any]:
        """The next message of a type, with these values."""
        while True:
            message = await self.next()
            assert "closed" not in message, message
            if message["type"] == kind and all(message["data"].get(name) == value for name, value in data.items()):
                return message


@asynccontextmanager
async def opened(app: ASGIApp, path: str, actor: str | None = "alice", query: str = "", **headers: str) -> AsyncIterator[Socket]:
    """A socket at a path."""
    socket = Socket()
    if actor:
        headers["authorization"] = f"token {ACTORS[actor]['token']}"
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"argus.test"), *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())],
        "client": ("127.0.0.1", 1),
        "server": ("argus.test", 80),
        "subprotocols": [],
    }
    await socket.sent.put({"type": "websocket.connect"})
    task = asyncio.ensure_future(app(scope, socket.sent.get, socket.received.put))
    try:
        yield socket
    finally:
        await socket.sent.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(20):
            await task
