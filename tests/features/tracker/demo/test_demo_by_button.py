"""Demo data by a button: on an empty installation, once, with an end that is told; nobody outside hears of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.features.tracker.demo import service
from argus.features.tracker.demo.catalogue import RELEASES
from argus.features.tracker.demo.play import Unplayable
from argus.kit.clock import now
from argus.models.mail import QueuedMail
from argus.models.runtime import RuntimeStore
from argus.storage.statements import select
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
STATE, LOAD = "/admin/api/v1/demo", "/admin/api/v1/demo/load"


@pytest.fixture
async def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[Server]:
    """An installation without releases, which sends mail."""
    monkeypatch.setattr(service, "RUNS", 1)
    monkeypatch.setattr(service, "TOLD_EVERY", 0.05)
    async with serving(tmp_path, "fastapi", EMAIL_ENABLED=True, EMAIL_SERVER="localhost", EMAIL_PORT=9) as running:
        yield running


async def _ask(client: httpx.AsyncClient, method: str, path: str) -> Any:
    answer = (await client.request(method, path)).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


async def _refused(client: httpx.AsyncClient) -> str:
    answer = (await client.post(LOAD)).json()
    assert answer["status"] == "error", answer
    return str(answer["response"]["arguments"][0])


async def _over(client: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(300):
        while (state := await _ask(client, "GET", STATE))["state"] == "loading":
            await asyncio.sleep(0.1)
    return dict(state)


async def test_an_empty_installation_is_filled_once(empty: Server) -> None:
    async with empty.client("alice") as alice, empty.client("bob") as bob:
        assert (await bob.post(LOAD)).json()["status"] == "error"
        assert (await _ask(alice, "GET", STATE))["state"] == "none"
        begun = await _ask(alice, "POST", LOAD)
        assert begun["state"] == "loading"
        assert await _refused(alice) == "demo data are being loaded already"
        over = await _over(alice)
        assert (over["state"], over["problem"], over["played"]) == ("loaded", "", begun["total"])
        assert {release["name"] for release in await _ask(alice, "GET", "/api/v1/releases")} <= set(RELEASES)
        assert (await _refused(alice)).startswith("the database is not empty")
        assert (await _ask(alice, "GET", STATE))["state"] == "loaded"
    admin = next(person["username"] for person in begun["people"] if person["admin"])
    async with empty.client(None) as anyone:
        await anyone.post("/auth/login", data={"username": admin, "password": begun["password"]})
        assert (await anyone.get("/workspace")).status_code == 200
    assert await empty.store.all(select(QueuedMail)) == []


async def test_what_stops_midway_says_so(empty: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refusing(app: Any, story: Any, tokens: Any, known: Any, advance: Any) -> None:
        advance()
        raise Unplayable("refused")

    monkeypatch.setattr(service, "perform", refusing)
    async with empty.client("alice") as alice:
        await _ask(alice, "POST", LOAD)
        over = await _over(alice)
    assert (over["state"], over["played"]) == ("stopped", 1)
    assert "log of the server" in over["problem"]


async def test_it_has_a_bound(empty: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless(*_: Any) -> None:
        await asyncio.sleep(3600)

    monkeypatch.setattr(service, "perform", endless)
    monkeypatch.setattr(service, "LONGEST", timedelta(seconds=0.2))
    async with empty.client("alice") as alice:
        await _ask(alice, "POST", LOAD)
        assert (await _over(alice))["problem"] == "It took too long."


async def test_of_a_server_that_is_gone_it_is_told(empty: Server) -> None:
    silent = {"state": "loading", "played": 3, "total": 9, "problem": ""}
    row = RuntimeStore(key=service.KEY, value_text=json.dumps(silent), value_date=now() - 2 * service.SILENT_AFTER)
    await empty.store.save(row)
    async with empty.client("alice") as alice:
        state = await _ask(alice, "GET", STATE)
    assert (state["state"], state["played"]) == ("stopped", 3)
