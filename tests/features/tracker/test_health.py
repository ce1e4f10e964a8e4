"""Health checks, on both lanes."""

from __future__ import annotations

from typing import Any

import pytest

from argus.storage.errors import NoHostAvailable
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_a_worker_that_can_work_says_so_to_everybody(server: Server) -> None:
    async with server.client(None) as stranger:
        for path in ("/healthz", "/readyz"):
            answer = await stranger.get(path)
            assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {"status": "ok"}, "no-store")


async def test_a_worker_that_leaves_is_not_ready_but_lives(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.app.drain, "active", True)
    async with server.client(None) as stranger:
        leaving = await stranger.get("/readyz")
        assert (leaving.status_code, leaving.json()) == (503, {"status": "error", "worker": "draining"})
        assert (await stranger.get("/healthz")).status_code == 200


async def test_without_a_database_a_worker_is_not_ready_but_lives(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: Any) -> None:
        raise NoHostAvailable("nobody there")

    monkeypatch.setattr(server.store, "ping", gone)
    async with server.client(None) as stranger:
        waiting = await stranger.get("/readyz")
        assert (waiting.status_code, waiting.json()) == (503, {"status": "error", "database": "NoHostAvailable"})
        assert (await stranger.get("/healthz")).status_code == 200
