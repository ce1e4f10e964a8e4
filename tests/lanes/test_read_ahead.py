"""Lists are read while it is found out who asks; who may not have them gets the refusal and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from flask import Blueprint

from argus.auth.session import SessionCodec
from argus.lanes.flask import logged_in, reads_ahead
from argus.models.user import User
from argus.storage.engine import Page
from argus.storage.statements import Select
from argus.web.flask_app import create_flask_app
from tests.features.tracker.making import make, refused
from tests.serving import Server, settings_for

pytestmark = pytest.mark.anyio

API = "/api/v1"
NOBODYS = {"Authorization": "token nobodys"}
READ_AHEAD = (
    "users",
    "releases",
    "groups?releaseId={0}",
    "tests?groupId={0}",
    "release/{0}/details",
    "group/{0}/details",
    "test/{0}/details",
    "run/{0}/comments",
    "run/{0}/activity",
    "run/{0}/type",
    "client/testrun/generic/{0}/get",
    "client/testrun/generic/{0}/get_status",
)
Read = Callable[[Select[Any], int, bytes | None], Awaitable[Page]]


class Reads:
    """The reads of a store, in order; the one of the caller can be held until another has begun."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.begun: list[str] = []
        self.holds = False

    async def __call__(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        self.begun.append(statement.model.__name__)
        if statement.model is User and len(statement.conditions) and self.holds:
            async with asyncio.timeout(5):
                while len(self.begun) < 2:
                    await asyncio.sleep(0.001)
        return await self._read(statement, size, start)


@pytest.fixture
def reads(server: Server, monkeypatch: pytest.MonkeyPatch) -> Reads:
    watched = Reads(server.store.engine.read)
    monkeypatch.setattr(server.store.engine, "read", watched)
    return watched


@pytest.mark.parametrize("path", READ_AHEAD)
async def test_the_read_does_not_wait_for_that_of_the_caller(client: httpx.AsyncClient, reads: Reads, path: str) -> None:
    reads.holds = True
    answer = await client.get(f"{API}/{path.format(uuid4())}")
    assert answer.status_code == 200
    assert len(reads.begun) >= 2


@pytest.mark.parametrize("path", READ_AHEAD)
async def test_a_token_that_nobody_has_is_all_that_is_told_of(server: Server, path: str) -> None:
    async with server.client(None, **NOBODYS) as nobody:
        for name in (str(uuid4()), "no-id"):
            told = await refused(nobody.get(f"{API}/{path.format(name)}"))
            assert told == ("APIException", ["User not found for supplied token"])


@pytest.mark.parametrize("path", READ_AHEAD)
async def test_who_is_not_logged_in_has_nothing_read(server: Server, reads: Reads, path: str) -> None:
    async with server.client(None) as anonymous:
        answer = await anonymous.get(f"{API}/{path.format(uuid4())}")
    assert (answer.status_code, reads.begun) == (403, [])


@pytest.mark.parametrize("path", READ_AHEAD)
async def test_an_account_of_a_tunnel_gets_nothing(server: Server, path: str) -> None:
    async with server.client("tunnel") as tunnel:
        answer = await tunnel.get(f"{API}/{path.format(uuid4())}")
    assert answer.status_code == 403
    assert answer.json().keys() == {"status", "message"}


async def test_a_browser_has_its_list_by_its_session(server: Server, reads: Reads) -> None:
    browser = await server.browser("bob")
    reads.begun.clear()
    reads.holds = True
    assert (await browser.get(f"{API}/releases")).status_code == 200
    await browser.aclose()
    assert sorted(reads.begun) == ["ArgusRelease", "SessionEnd", "User"]


async def test_a_read_that_fails_for_who_may_not_have_it_is_told_to_nobody(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("asyncio"), "propagate", True)
    async with server.client(None, **NOBODYS) as nobody:
        for _ in range(3):
            await refused(nobody.get(f"{API}/release/{uuid4()}/details"))
    await asyncio.sleep(0.05)
    assert "never retrieved" not in caplog.text


async def test_options_are_refused_to_a_token_that_nobody_has(server: Server) -> None:
    """Flask answers them without the view."""
    async with server.client(None, **NOBODYS) as nobody:
        told = (await nobody.options(f"{API}/users")).json()["response"]
    assert told["exception"] == "APIException"


async def test_those_who_ask_beside_somebody_who_may_not_get_their_answer(server: Server, client: httpx.AsyncClient) -> None:
    made = await make(client)
    async with server.client(None, **NOBODYS) as nobody:
        asked = [caller.get(f"{API}/release/{made.id}/details") for _ in range(10) for caller in (nobody, client)]
        answers = await asyncio.gather(*asked)
    assert [answer.json()["status"] for answer in answers] == 10 * ["error", "ok"]


def test_a_view_that_forgets_to_ask_is_guarded_all_the_same(tmp_path: Path) -> None:
    blueprint = Blueprint("secrets", __name__, url_prefix=API)

    @blueprint.get("/secret")
    @logged_in
    @reads_ahead
    def secret() -> str:
        return "the secret"

    app = create_flask_app(settings_for(tmp_path), lambda *asked: None, SessionCodec("a-key"), [blueprint])
    answer = app.test_client().get(f"{API}/secret")
    assert (answer.status_code, b"secret" in answer.data) == (403, False)
