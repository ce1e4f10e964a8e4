"""Which sessions a logout, a new password and an administrator's reset end, and which not."""

from __future__ import annotations

import base64
import zlib

import httpx
import pytest

from tests.features.tracker.auth.people import PASSWORD, cookie_of, logged_in, person
from tests.serving import Server

pytestmark = pytest.mark.anyio

NEW = {"old_password": PASSWORD, "new_password": "another-password", "new_password_confirm": "another-password"}


async def test_a_logout_ends_its_session_for_whoever_kept_the_cookie(server: Server) -> None:
    somebody = await person(server)
    browser, other = await somebody.browser(), await somebody.browser()
    kept = cookie_of(browser)
    assert await logged_in(somebody.with_cookie(kept))
    await browser.post("/auth/logout")
    assert not await logged_in(somebody.with_cookie(kept))
    assert await logged_in(other), "a logout elsewhere ends nothing here"
    assert await logged_in(await somebody.browser()), "and nothing that comes later"


async def test_a_page_sends_an_ended_session_to_the_login(server: Server) -> None:
    somebody = await person(server)
    browser = await somebody.browser()
    kept = cookie_of(browser)
    await browser.post("/auth/logout")
    answer = await somebody.with_cookie(kept).get("/profile/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/auth/login")


async def test_a_new_password_ends_all_other_sessions(server: Server) -> None:
    somebody = await person(server)
    browser, other = await somebody.browser(), await somebody.browser()
    kept = cookie_of(browser)
    await browser.post("/profile/update/password", data=NEW)
    assert await logged_in(browser), "who changed it goes on"
    assert not await logged_in(other)
    assert not await logged_in(somebody.with_cookie(kept)), "a copy of its earlier cookie too"
    assert await logged_in(await somebody.browser("another-password"))


async def test_a_refused_new_password_ends_nothing(server: Server) -> None:
    somebody = await person(server)
    browser, other = await somebody.browser(), await somebody.browser()
    await browser.post("/profile/update/password", data={**NEW, "old_password": "wrong"})
    assert await logged_in(other)


async def test_an_administrator_s_reset_ends_all_sessions(server: Server, client: httpx.AsyncClient) -> None:
    somebody, neighbour = await person(server), await person(server)
    browser, other, unconcerned = await somebody.browser(), await somebody.browser(), await neighbour.browser()
    answer = await client.post(f"/admin/api/v1/user/{somebody.user.id}/password/set", json={"newPassword": "reset-by-admin"})
    assert answer.json() == {"status": "ok", "response": True}
    assert not await logged_in(browser)
    assert not await logged_in(other)
    assert await logged_in(unconcerned)
    assert await logged_in(await somebody.browser("reset-by-admin"))


async def test_a_cookie_of_the_reference_holds_until_a_session_of_its_account_is_ended(server: Server) -> None:
    somebody = await person(server)
    old = somebody.reference_cookie()
    browser = await somebody.browser()
    assert await logged_in(somebody.with_cookie(old))
    await browser.post("/auth/logout")
    assert not await logged_in(somebody.with_cookie(old))


async def test_a_cookie_of_the_reference_is_over_after_its_own_logout(server: Server) -> None:
    somebody = await person(server)
    old = somebody.reference_cookie()
    other = await somebody.browser()
    await somebody.with_cookie(old).post("/auth/logout")
    assert not await logged_in(somebody.with_cookie(old))
    assert await logged_in(other)


async def test_who_acts_as_another_is_logged_in_as_oneself(server: Server, client: httpx.AsyncClient) -> None:
    """A reset of the other's password ends nothing of the administrator's; a reset of the administrator's ends the acting."""
    admin, target = await person(server, "ROLE_ADMIN"), await person(server)
    browser = await admin.browser()
    await browser.post("/auth/admin/impersonate", data={"user_id": str(target.user.id)})
    await client.post(f"/admin/api/v1/user/{target.user.id}/password/set", json={"newPassword": "reset-by-admin"})
    assert f'"username":"{target.name}"' in (await browser.get("/profile/")).text
    await client.post(f"/admin/api/v1/user/{admin.user.id}/password/set", json={"newPassword": "reset-by-admin"})
    assert not await logged_in(browser)


def readable(cookie: str) -> bytes:
    """What anybody reads in a cookie without a key."""
    body = cookie.rsplit(".", 2)[0]
    raw = base64.urlsafe_b64decode(body.lstrip(".") + "===")
    return zlib.decompress(raw) if body.startswith(".") else raw


async def test_a_new_token_cannot_be_read_from_the_cookie_and_is_shown_once(server: Server) -> None:
    somebody = await person(server)
    browser = await somebody.browser()
    await browser.post("/auth/profile/api/token/generate")
    token = (await server.store.get(type(somebody.user), id=somebody.user.id)).api_token or ""
    assert b"sealed" in readable(cookie_of(browser))
    assert token.encode() not in readable(cookie_of(browser))
    page = await browser.get("/profile/")
    assert token in page.text.replace("&#43;", "+").replace("&#x2F;", "/")
    assert page.headers["cache-control"] == "no-store"
    assert token not in (await browser.get("/profile/")).text.replace("&#43;", "+").replace("&#x2F;", "/")


async def test_what_tells_a_token_or_sets_a_session_is_kept_by_nobody(server: Server) -> None:
    browser = await (await person(server)).browser()
    assert (await browser.get("/api/v1/user/token")).headers["cache-control"] == "no-store"
    assert (await browser.post("/auth/logout")).headers["cache-control"] == "no-store"
