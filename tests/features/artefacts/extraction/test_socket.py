"""The socket of a job: who may open it, what it tells, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from argus.platform import sockets
from argus.platform.message_hub import publish
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.serving import ACTORS, Server

pytestmark = pytest.mark.anyio


class Socket:
    """One end of a WebSocket, without a network."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

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
async def opened(server: Server, path: str, actor: str | None = "alice", query: str = "", **headers: str) -> AsyncIterator[Socket]:
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
    task = asyncio.create_task(server.app(scope, socket.sent.get, socket.received.put))
    try:
        yield socket
    finally:
        await socket.sent.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(20):
            await task


async def test_a_job_is_watched_from_its_asking_to_its_end(desk: Desk, extended: Server) -> None:
    document = await desk.upload("a.pdf", making.pdf(("T", making.READS), pages=20))
    job = await desk.job(document["document_id"])
    async with opened(extended, f"/ws/jobs/{job['job_id']}", x_workspace_id=desk.workspace) as socket:
        first = await socket.next()
        assert (first["type"], first["topic"]) == ("job.status", f"job:{job['job_id']}")
        assert first["data"]["job_id"] == job["job_id"]
        progress = await socket.until("job.progress")
        assert 0 <= progress["data"]["percent"] <= 100
        assert progress["data"]["message"].startswith("page ")
        last = await socket.until("job.status", status="success")
        assert last["seq"] >= progress["seq"] > 0
        assert last["data"]["metrics"]["tables"] == 20


async def test_who_may_not_see_a_job_opens_no_socket(desk: Desk, extended: Server) -> None:
    job = await desk.read("a.csv", "op,p99\nread,1\n")
    path = f"/ws/jobs/{job['job_id']}"
    space = {"x_workspace_id": desk.workspace}
    cases: list[tuple[int, str, str | None, dict[str, str]]] = [
        (4401, path, None, space),
        (4401, path, None, {"authorization": "token none such"}),
        (4401, path, None, {"x_api_key": "argk_none_such"}),
        (4403, path, "bob", space),
        (4404, "/ws/jobs/01JZ0000000000000000000000", "alice", space),
    ]
    for code, where, actor, headers in cases:
        async with opened(extended, where, actor, **headers) as socket:
            assert await socket.next() == {"closed": code}, (code, where, actor)


async def test_a_page_of_another_site_opens_no_socket(desk: Desk, extended: Server) -> None:
    job = await desk.read("a.csv", "op,p99\nread,2\n")
    path, space = f"/ws/jobs/{job['job_id']}", {"x_workspace_id": desk.workspace}
    browser = await extended.browser("alice")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with opened(extended, path, None, cookie=cookie, origin="http://argus.test", **space) as socket:
        assert (await socket.next())["type"] == "job.status"
    async with opened(extended, path, None, cookie=cookie, origin="http://evil.test", **space) as socket:
        assert await socket.next() == {"closed": 4403}
    await browser.aclose()


async def test_sockets_are_bounded(desk: Desk, extended: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "MOST", 2)
    job = await desk.read("a.csv", "op,p99\nread,3\n")
    path, space = f"/ws/jobs/{job['job_id']}", {"x_workspace_id": desk.workspace}
    async with opened(extended, path, **space) as one, opened(extended, path, **space) as two:
        assert (await one.next())["type"] == (await two.next())["type"] == "job.status"
        async with opened(extended, path, **space) as three:
            assert await three.next() == {"closed": 4429}
        await two.sent.put({"type": "websocket.receive", "text": "x" * 65_537})
        assert await two.next() == {"closed": 1009}
        publish(extended.runtime, f"job:{job['job_id']}", "job.progress", {"percent": 1, "message": "still here"})
        assert (await one.until("job.progress"))["data"]["message"] == "still here"
