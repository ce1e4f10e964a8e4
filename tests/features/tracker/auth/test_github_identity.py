"""A sign-on with GitHub opens the account of GitHub's number, never one of the same name."""

from __future__ import annotations

import httpx
import pytest

from argus.models.security import ExternalIdentity
from argus.models.user import User, UserOauthToken
from tests.features.tracker.auth.people import person
from tests.features.tracker.auth.test_sign_on import GitHub, back_from_github, browser, flashes, github, who
from tests.serving import Server

pytestmark = pytest.mark.anyio
__all__ = ["browser", "github"]  # fixtures


async def signed_on(browser: httpx.AsyncClient) -> str:
    """Who is logged in after a sign-on; empty when it was refused."""
    await browser.post("/auth/logout")
    answer = await back_from_github(browser)
    return "" if answer.headers["location"].startswith("/error/") else await who(browser)


async def test_who_is_renamed_here_or_there_keeps_the_account(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    first = github.login
    assert await signed_on(browser) == first
    await browser.post("/profile/update/username", data={"new_username": f"here-{first}"})
    github.login = f"there-{first}"
    assert await signed_on(browser) == f"here-{first}"
    assert await server.store.find(User, username=github.login) is None


async def test_who_takes_a_name_that_was_given_up_gets_another_account(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    await signed_on(browser)
    github.number += 1  # somebody else, who is called like the first one now
    assert await signed_on(browser) == ""
    assert "belongs to an account that this GitHub user has never signed on to" in await flashes(browser)


async def test_no_local_account_is_captured_by_name(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    local = await person(server, "ROLE_ADMIN")
    github.login = local.name
    github.emails = [{"email": local.user.email, "primary": True, "verified": True}]
    assert await signed_on(browser) == ""


async def test_nobody_renames_himself_into_somebody_s_sign_on(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    """Bob, who has signed on with GitHub himself, takes the name of somebody who has not yet."""
    assert await signed_on(browser) == github.login
    victim = f"victim-{github.login}"
    await browser.post("/profile/update/username", data={"new_username": victim})
    github.login, github.number = victim, github.number + 1
    github.emails = [{"email": f"{victim}@example.com", "primary": True, "verified": True}]
    assert await signed_on(browser) == ""


@pytest.mark.parametrize(
    ("verified", "token", "opens"),
    [(True, "revoked", True), (False, "revoked", False), (False, "gh-token", True), (True, None, False)],
)
async def test_an_account_of_the_reference_is_tied_once_github_bears_it_out(
    server: Server, browser: httpx.AsyncClient, github: GitHub, verified: bool, token: str | None, opens: bool
) -> None:
    """Such accounts have a token of their last sign-on, and no number."""
    old = await person(server)
    if token:
        await server.store.save(UserOauthToken(user_id=old.user.id, kind="github", token=token))
    github.login = old.name
    github.emails = [{"email": old.user.email, "primary": True, "verified": verified}]
    assert await signed_on(browser) == (old.name if opens else "")
    tie = await server.store.find(ExternalIdentity, subject=f"github:{github.number}")
    assert (tie and tie.user_id) == (old.user.id if opens else None)


async def test_an_unverified_address_or_one_that_is_taken_is_nobody_s(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    boss = await person(server, email=f"boss-{github.login}@scylladb.com")
    github.emails = [
        {"email": f"other-{github.login}@scylladb.com", "primary": False, "verified": False},
        {"email": boss.user.email, "primary": True, "verified": True},
    ]
    assert await signed_on(browser) == github.login
    assert (await server.store.get(User, username=github.login)).email is None


async def test_a_deleted_account_is_made_anew(
    server: Server, browser: httpx.AsyncClient, github: GitHub, client: httpx.AsyncClient
) -> None:
    await signed_on(browser)
    first = await server.store.get(User, username=github.login)
    await client.post(f"/admin/api/v1/user/{first.id}/delete")
    assert await signed_on(browser) == github.login
    assert (await server.store.get(User, username=github.login)).id != first.id
