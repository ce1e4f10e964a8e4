"""Signing on with GitHub and Cloudflare, and the registration that may follow (docs/contract/auth.md)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.auth import cloudflare
from argus.models.user import User, UserOauthToken
from tests.features.tracker.auth.people import PASSWORD, person
from tests.serving import ACTORS, Server

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
async def browser(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """An anonymous browser, at a server that offers every way to log in."""
    for key, value in {
        "GITHUB_CLIENT_ID": "argus-app",
        "GITHUB_CLIENT_SECRET": "the-app-secret",
        "GITHUB_REQUIRED_ORGANIZATIONS": ["scylladb"],
        "CLOUDFLARE_ACCESS_TEAM_DOMAIN": "team.example.com",
        "CLOUDFLARE_ACCESS_AUD": "argus",
    }.items():
        monkeypatch.setattr(server.runtime.settings, key, value)
    async with server.client(None) as client:
        yield client


async def flashes(browser: httpx.AsyncClient) -> str:
    """The messages that the next page shows."""
    found = re.search(r"var globalFlashes = (.*);", (await browser.get("/error/")).text)
    assert found is not None
    return found[1].encode().decode("unicode_escape")


async def who(browser: httpx.AsyncClient) -> str:
    found = re.search(r'"username":"([^"]*)"', (await browser.get("/profile/")).text)
    assert found is not None
    return found[1]


class GitHub:
    """What GitHub says of somebody."""

    def __init__(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        self.login = f"octo-{uuid4().hex[:8]}"
        self.number = uuid4().int % 10**9
        self.token_status = 200
        self.emails: list[dict[str, Any]] = [
            {"email": "o@example.com", "primary": True, "verified": True},
            {"email": f"{self.login}@scylladb.com", "primary": False, "verified": True},
        ]
        self.orgs = [{"login": "scylladb"}]
        self.asked: list[str] = []
        monkeypatch.setattr(server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if request.url.path == "/login/oauth/access_token":
            return httpx.Response(self.token_status, json={"access_token": "gh-token"})
        if request.url.path == "/avatar/7":
            return httpx.Response(200, content=PNG)
        if request.headers["authorization"] != "token gh-token":
            return httpx.Response(401)
        user = {"id": self.number, "login": self.login, "name": "Octo Cat", "avatar_url": "https://avatars.example.com/avatar/7"}
        return httpx.Response(200, json={"/user": user, "/user/emails": self.emails, "/user/orgs": self.orgs}[request.url.path])


@pytest.fixture
def github(server: Server, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    return GitHub(server, monkeypatch)


async def state_of(browser: httpx.AsyncClient) -> str:
    found = re.search(r'var CSRF_TOKEN = "([0-9a-f]{64})"', (await browser.get("/auth/login")).text)
    assert found is not None
    return found[1]


async def back_from_github(browser: httpx.AsyncClient) -> httpx.Response:
    return await browser.get("/profile/oauth/github", params={"code": "c", "state": await state_of(browser)})


async def test_a_first_login_with_github_makes_the_account(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    await browser.get("/teams/?selected=x")  # remembered
    answer = await back_from_github(browser)
    assert (answer.status_code, answer.headers["location"]) == (302, "/teams/?selected=x")
    user = await server.store.get(User, username=github.login)
    assert (user.full_name, user.email, user.roles) == ("Octo Cat", f"{github.login}@scylladb.com", ["ROLE_USER"])
    assert (await browser.get(f"/storage/picture/{user.picture_id}")).content == PNG
    assert "temporary password" in (await browser.get("/profile/")).text
    assert "temporary password" not in (await browser.get("/profile/")).text
    assert (await server.store.get(UserOauthToken, user_id=user.id)).token == "gh-token"


async def test_the_second_login_is_the_same_account(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    await back_from_github(browser)
    await browser.post("/auth/logout")
    assert (await back_from_github(browser)).headers["location"] == "/profile/"
    assert await who(browser) == github.login
    user = await server.store.get(User, username=github.login)
    await server.store.get(UserOauthToken, user_id=user.id)


@pytest.mark.parametrize("state", ["", "0" * 64, "é"])
async def test_another_state_is_refused_in_silence(browser: httpx.AsyncClient, github: GitHub, state: str) -> None:
    for _ in range(2):  # without a visit of the login page, and after one
        answer = await browser.get("/profile/oauth/github", params={"code": "c", "state": state})
        assert (answer.status_code, answer.headers["location"]) == (302, "/error/?type=403")
        assert await flashes(browser) == "[]"
        await browser.get("/auth/login")
    assert github.asked == []


async def test_strangers_are_refused(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    github.orgs = [{"login": "elsewhere"}]
    assert (await back_from_github(browser)).headers["location"] == "/error/?type=403"
    assert "Not a member of a required organization or missing organization scope" in await flashes(browser)
    assert await server.store.find(User, username=github.login) is None


async def test_github_s_refusal_does_not_show_our_secret(browser: httpx.AsyncClient, github: GitHub) -> None:
    github.token_status = 401
    assert (await back_from_github(browser)).headers["location"] == "/error/?type=403"
    assert await flashes(browser) == '[["error","GitHub answered 401"]]'
    assert "the-app-secret" in github.asked[0]


async def test_whatever_github_says_instead_ends_at_the_error_page(browser: httpx.AsyncClient, github: GitHub) -> None:
    github.orgs = [None]  # type: ignore[list-item]
    assert (await back_from_github(browser)).headers["location"] == "/error/?type=403"
    assert "not subscriptable" in await flashes(browser)


class TestCloudflare:
    async def sign_on(self, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, payload: Any) -> httpx.Response:
        async def proven(*_: Any) -> Any:
            return payload

        monkeypatch.setattr(cloudflare, "_payload", proven)
        return await browser.post("/auth/login/cf", headers={"Cf-Access-Jwt-Assertion": "a.b.c"})

    async def test_without_an_assertion_one_logs_in_by_hand(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/auth/login/cf")
        assert (answer.status_code, answer.headers["location"]) == (302, "/auth/login")
        assert "session=" in answer.headers["set-cookie"]
        assert "var MANUAL_LOGOUT = true" in (await browser.get("/auth/login")).text

    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            ({}, "Invalid Cloudflare Access Payload"),
            (["x"], "Invalid Cloudflare Access Payload"),
            ({"sub": "x"}, "No email in the payload."),
            ({"email": "eve@example.com"}, "Email is external to scylladb.com"),
        ],
    )
    async def test_an_assertion_must_say_who(
        self, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, payload: Any, message: str
    ) -> None:
        assert (await self.sign_on(browser, monkeypatch, payload)).headers["location"] == "/profile/"
        assert message in await flashes(browser)

    async def test_a_forged_assertion(self, browser: httpx.AsyncClient) -> None:
        answer = await browser.post("/auth/login/cf", headers={"Cf-Access-Jwt-Assertion": "a.b.c"})
        assert answer.headers["location"] == "/profile/"
        assert "Invalid Cloudflare Access JWT" in await flashes(browser)

    async def test_a_known_address_logs_in(self, server: Server, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        name = f"cf-{uuid4().hex[:8]}"
        await server.store.save(User(username=name, email=f"{name}@ScyllaDB.com", roles=["ROLE_USER"]))
        await browser.get("/views")
        answer = await self.sign_on(browser, monkeypatch, {"email": f"{name}@ScyllaDB.com"})
        assert answer.headers["location"] == "/views"
        assert await who(browser) == name

    async def test_who_acts_as_another_does_so_no_more(
        self, server: Server, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        admin, target, other = await person(server, "ROLE_ADMIN"), await person(server), await person(server)
        await server.store.save(other.user.changed(email=f"{other.name}@scylladb.com"))
        await browser.post("/auth/login", data={"username": admin.name, "password": PASSWORD})
        await browser.post("/auth/admin/impersonate", data={"user_id": str(target.user.id)})
        await self.sign_on(browser, monkeypatch, {"email": f"{other.name}@scylladb.com"})
        await browser.post("/auth/admin/impersonate/stop")
        assert await who(browser) == other.name

    async def test_an_unknown_address_registers(self, server: Server, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        name = f"jane.o.{uuid4().hex[:8]}"
        address = f"{name}@scylladb.com"
        answer = await self.sign_on(browser, monkeypatch, {"email": address})
        assert answer.headers["location"] == "/profile/create"
        shown = (await browser.get("/profile/create")).text
        assert f'<input type="hidden" name="email" value="{address}">' in shown
        assert f'value="{name}"' in shown
        assert f'value="{" ".join(part.capitalize() for part in name.split("."))}"' in shown

        wanted = {"email": "other@scylladb.com", "username": name, "full_name": "Jane"}
        assert (await browser.post("/profile/create", data=wanted)).headers["location"] == "/profile/"
        assert "Email changed while being locked to oauth one." in await flashes(browser)
        assert (await browser.post("/profile/create", data={"email": address, "username": name})).status_code == 400

        wrong = await browser.post("/profile/create", data={"email": address, "username": "alice", "full_name": ""})
        assert wrong.status_code == 200
        assert "This username is already taken." in wrong.text
        assert "No display name provided." in wrong.text
        assert 'value="alice"' in wrong.text
        text = {"avatar": ("a.png", b"no image", "image/png")}
        wanted["email"] = address
        assert (await browser.post("/profile/create", data=wanted, files=text)).headers["location"] == "/profile/"
        assert "Expected image/*, got " in await flashes(browser)
        assert await server.store.find(User, username=name) is None

        done = await browser.post("/profile/create", data=wanted, files={"avatar": ("a.png", PNG, "image/png")})
        assert (done.status_code, done.headers["location"]) == (302, "/profile/")
        user = await server.store.get(User, username=name)
        assert (user.email, user.full_name, user.roles, user.service_user) == (address, "Jane", ["ROLE_USER"], False)
        assert (await browser.get(f"/storage/picture/{user.picture_id}")).content == PNG
        assert "temporary password" in (await browser.get("/profile/")).text
        assert (await browser.get("/profile/create")).headers["location"] == "/profile/"  # once only


async def test_nobody_registers_without_a_sign_on(browser: httpx.AsyncClient) -> None:
    for method in ("GET", "POST"):
        answer = await browser.request(method, "/profile/create")
        assert (answer.status_code, answer.headers["location"]) == (302, "/profile/")
        assert "Registration is not allowed at the moment." in await flashes(browser)


async def test_a_switched_off_password_logs_nobody_in(server: Server, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "LOGIN_METHODS", ["gh"])
    answer = await browser.post("/auth/login", data={"username": "bob", "password": ACTORS["bob"]["password"]})
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    assert "Password Login is disabled" in await flashes(browser)
    assert (await browser.get("/api/v1/users")).status_code == 403
