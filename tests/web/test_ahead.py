"""What a browser fetches before anybody wants it changes nothing: no message is taken, nothing that is shown once is spent."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from werkzeug.security import generate_password_hash

from argus.models.user import User
from tests.serving import Server

pytestmark = pytest.mark.anyio

AHEAD = {"Sec-Purpose": "prefetch"}
PASSWORD = "a password for the day"


async def newcomer(server: Server) -> httpx.AsyncClient:
    """Somebody of whom nobody else knows, logged in."""
    name = f"user-{uuid4().hex[:8]}"
    password = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
    await server.store.save(User(username=name, full_name=name, password=password, email=f"{name}@example.com", roles=["ROLE_USER"]))
    browser = server.client(None)
    assert (await browser.post("/auth/login", data={"username": name, "password": PASSWORD})).status_code == 302
    return browser


async def test_a_page_that_changes_nothing_is_given(server: Server) -> None:
    browser = await newcomer(server)
    for purpose in ("prefetch", "prefetch;prerender", "Prefetch"):
        answer = await browser.get("/workspace", headers={"Sec-Purpose": purpose})
        assert (answer.status_code, "dashboard-body" in answer.text, "set-cookie" in answer.headers) == (200, True, False)


async def test_messages_wait_for_whoever_comes(server: Server) -> None:
    browser = await newcomer(server)
    await browser.post("/profile/update/name", data={"new_name": "Alice Example"})
    answer = await browser.get("/workspace", headers=AHEAD)
    assert (answer.status_code, answer.content, "set-cookie" in answer.headers) == (425, b"", False)
    assert "Successfully changed name!" in (await browser.get("/workspace")).text
    assert "Successfully changed name!" not in (await browser.get("/workspace")).text
    assert (await browser.get("/workspace", headers=AHEAD)).status_code == 200


async def test_what_is_shown_once_is_not_spent(server: Server) -> None:
    browser = await newcomer(server)
    made = await browser.post("/auth/profile/api/token/generate")
    assert made.status_code == 302
    assert (await browser.get("/profile/", headers=AHEAD)).status_code == 425
    first, second = (await browser.get("/profile/")).text, (await browser.get("/profile/")).text
    assert first != second
    assert "token" in first


async def test_only_reading_is_done_ahead(server: Server) -> None:
    browser = await newcomer(server)
    assert (await browser.post("/auth/logout", headers=AHEAD)).status_code == 425
    assert (await browser.get("/workspace")).status_code == 200
