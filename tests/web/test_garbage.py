"""What a request has made is gone when it is answered: what leads in a circle waits for the collector, with all that it holds."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest

from tests.serving import ACTORS, Server

pytestmark = pytest.mark.anyio

REQUESTS = 20
OF_A_WALK = 8  # objects: werkzeug walks over its rules with a function that calls itself
WALKS = {"flask": 1, "fastapi": 0}  # a request; a path that is written out in a rule needs none
WALKS_OF_NOBODY = 4  # why nobody has a path is asked of both maps, and Flask's own answer is shown

ASKED: dict[str, tuple[str, str, Any]] = {
    "what is in memory": ("GET", "/api/v1/version", None),
    "a list": ("GET", "/api/v1/groups", None),
    "a detail that is not there": ("GET", "/api/v1/release/7f6b1f0c-1d0c-4d0f-9a53-000000000000/details", None),
    "a path that nobody has": ("GET", "/api/v1/no/such/path", None),
    "a body": ("POST", "/api/v1/notifications/read", {"id": "7f6b1f0c-1d0c-4d0f-9a53-000000000000"}),
    "a body that is none": ("POST", "/api/v1/notifications/read", ["?"]),
}


async def answered(app: Any, method: str, path: str, body: Any) -> int:
    """The status of an answer, got without a client, who leaves circles himself."""
    text = b"" if body is None else json.dumps(body).encode()
    told = [(b"host", b"argus.test"), (b"authorization", f"token {ACTORS['alice']['token']}".encode())]
    told += [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())] if text else []
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "root_path": "",
        "query_string": b"",
    }
    scope |= {"headers": told, "path": path, "raw_path": path.encode(), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    scope["state"] = {}
    statuses: list[int] = []
    coming = [{"type": "http.request", "body": text, "more_body": False}]

    async def receive() -> Any:
        return coming.pop() if coming else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    await app(scope, receive, send)
    return statuses[0]


@pytest.mark.parametrize(("method", "path", "body"), ASKED.values(), ids=ASKED.keys())
async def test_a_request_leaves_nothing_for_the_collector(server: Server, method: str, path: str, body: Any) -> None:
    await answered(server.app, method, path, body)
    gc.collect()
    gc.freeze()  # what the test run has made so far is not looked at again
    gc.disable()
    try:
        for _ in range(REQUESTS):
            assert await answered(server.app, method, path, body)
        await asyncio.sleep(0.05)  # tasks that end beside an answer
        found = gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    walks = WALKS_OF_NOBODY if "no/such" in path else WALKS[str(server.lane)]
    assert found / REQUESTS < OF_A_WALK * walks + 1, "objects a request"
