"""Sign-on by OpenID Connect, against a provider of our own: who is let in, as whom, and what never is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import func, select, update

from argus.db.base import moment
from argus.db.opening import opened_database
from argus.features.artefacts.sign_on.provider import Provider
from argus.features.artefacts.sign_on.service import UNDER_WAY
from argus.features.artefacts.sign_on.tables import SignOn, SignOnIdentity
from argus.kit.settings import Settings
from argus.models.user import User
from argus.platform.tables import WorkspaceMember
from argus.storage.statements import select as rows
from tests.peers.openid import CLIENT, SECRET, OpenIdProvider
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio
BACK = "http://argus.test/auth/sso/callback"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
async def argus(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    settings: dict[str, Any] = {
        "LOGIN_METHODS": ["password", "oidc"],
        "SSO_ISSUER": "http://id.test",
        "SSO_CLIENT_ID": CLIENT,
        "SSO_CLIENT_SECRET": SECRET,
        "SSO_REDIRECT_URL": BACK,
        "SSO_AUTO_PROVISION": True,
        "SSO_ALLOWED_DOMAINS": ["example.org"],
        "SSO_ROLE_CLAIM": "groups",
        "SSO_ADMIN_GROUPS": ["operators"],
        "RATE_LOGINS": "100000/minute",
    }
    async with serving(tmp_path_factory.mktemp("sign_on"), "fastapi", **settings) as running:
        yield running


@pytest.fixture
async def provider(argus: Server) -> AsyncIterator[OpenIdProvider]:
    """A new one for each test, whom nobody has asked before."""
    twin, own = OpenIdProvider(), argus.runtime.http
    twin.claims["email"] = f"{uuid4().hex[:8]}@example.org"
    argus.runtime._own.pop(Provider, None)
    argus.runtime.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=twin.app))
    yield twin
    await argus.runtime.http.aclose()
    argus.runtime.http = own


async def begun(client: httpx.AsyncClient, provider: OpenIdProvider, **query: str) -> dict[str, str]:
    """What the browser brings back."""
    left = await client.get("/auth/sso/login", params=query)
    assert left.status_code == 302, left.text
    return provider.agree(left.headers["location"])


async def signed_on(argus: Server, provider: OpenIdProvider) -> httpx.Response:
    """A log-in from beginning to end, by a new browser that wants JSON."""
    async with argus.client(None) as client:
        return await client.get("/auth/sso/callback", params=await begun(client, provider), headers=JSON)


async def me(argus: Server, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    async with argus.client(None, Authorization=f"Bearer {answer.json()['access_token']}") as client:
        found: dict[str, Any] = (await client.get("/auth/me")).json()
        return found


async def is_nobody(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/auth/me")).status_code == 401)


async def test_the_way_out_says_what_the_protocol_asks(argus: Server, provider: OpenIdProvider) -> None:
    async with argus.client(None) as client:
        left = await client.get("/auth/sso/login", params={"next": "/artifacts"})
    way = urlsplit(left.headers["location"])
    asked = {name: value for name, (value,) in parse_qs(way.query).items()}
    assert f"{way.scheme}://{way.netloc}{way.path}" == "http://id.test/authorize"
    assert set(asked) == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert (asked["response_type"], asked["code_challenge_method"], asked["redirect_uri"]) == ("code", "S256", BACK)
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) >= 43


async def test_a_browser_gets_a_session_and_goes_on_where_it_wanted(argus: Server, provider: OpenIdProvider) -> None:
    async with argus.client(None) as browser:
        back = await begun(browser, provider, next="/artifacts?x=1")
        answer = await browser.get("/auth/sso/callback", params=back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/artifacts?x=1")
        found = (await browser.get("/auth/me")).json()
        assert (found["email"], found["auth_method"], found["roles"]) == (provider.claims["email"], "session", ["ROLE_USER"])
        assert [(each["role"], each["is_default"]) for each in found["workspaces"]] == [("owner", True)]
        for next_page in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "a", "/a\r\nX: y"):
            back = await begun(browser, provider, next=next_page)
            assert (await browser.get("/auth/sso/callback", params=back)).headers["location"] == "/", next_page


async def test_what_the_browser_s_session_held_before_is_gone(argus: Server, provider: OpenIdProvider) -> None:
    async with argus.client(None) as browser:
        await browser.post("/auth/login", data={"username": "alice", "password": "wrong"})
        await browser.get("/auth/sso/callback", params=await begun(browser, provider))
        page = await browser.get("/profile/")
        assert page.status_code == 200
        assert "globalFlashes = []" in page.text, "of a log-in that failed"


async def test_log_ins_that_nobody_ended_are_not_kept(argus: Server, provider: OpenIdProvider) -> None:
    async with argus.client(None) as browser:
        old, late = [(await begun(browser, provider))["state"] for _ in range(2)]
        database = await opened_database(argus.runtime)
        async with database.transaction() as session:
            await session.execute(update(SignOn).where(SignOn.state == old).values(expires_at=moment() - UNDER_WAY - timedelta(seconds=1)))
            await session.execute(update(SignOn).where(SignOn.state == late).values(expires_at=moment()))
        new = (await begun(browser, provider))["state"]
        async with database.reading() as session:
            kept = set(await session.scalars(select(SignOn.state).where(SignOn.state.in_([old, late, new]))))
    assert kept == {late, new}, "who comes back a little late still hears why"


async def test_a_state_that_is_wrong_foreign_late_or_used_leaves_no_session(argus: Server, provider: OpenIdProvider) -> None:
    async def refused(client: httpx.AsyncClient, back: dict[str, str]) -> str:
        answer = await client.get("/auth/sso/callback", params=back)
        assert answer.status_code == 400
        assert await is_nobody(client)
        return str(answer.json()["code"])

    async with argus.client(None) as browser, argus.client(None) as other:
        back = await begun(browser, provider)
        assert await refused(browser, {**back, "state": "x" * 43}) == "sso_state_mismatch"
        assert await refused(browser, {"code": back["code"]}) == "sso_state_mismatch"
        assert await refused(other, back) == "sso_state_mismatch", "another browser"
        await begun(other, provider)
        assert await refused(other, back) == "sso_state_mismatch", "one that has begun a log-in of its own"
        async with (await opened_database(argus.runtime)).transaction() as session:
            await session.execute(update(SignOn).where(SignOn.state == back["state"]).values(expires_at=moment()))
        await asyncio.sleep(0.01)
        assert await refused(browser, back) == "sso_state_expired"
        back = await begun(browser, provider)
        assert (await browser.get("/auth/sso/callback", params=back, headers=JSON)).status_code == 200
        assert await refused(browser, back) == "sso_replayed"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "other"], "azp": "other"},
        {"iss": "http://other.test"},
        {"exp": int(time.time()) - 120},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_this_log_in_leaves_no_session(
    argus: Server, provider: OpenIdProvider, claims: dict[str, Any]
) -> None:
    provider.claims |= claims
    async with argus.client(None) as browser:
        answer = await browser.get("/auth/sso/callback", params=await begun(browser, provider))
        assert (answer.status_code, answer.json()["code"]) == (401, "sso_token_invalid")
        assert await is_nobody(browser)


async def test_a_token_that_somebody_else_has_signed_is_none(argus: Server, provider: OpenIdProvider) -> None:
    provider.signs_with = RSAKey.generate_key(2048)
    answer = await signed_on(argus, provider)
    assert (answer.status_code, answer.json()["code"]) == (401, "sso_token_invalid")


async def test_a_verifier_that_is_not_the_one_of_the_way_out_is_refused(argus: Server, provider: OpenIdProvider) -> None:
    async with argus.client(None) as browser:
        back = await begun(browser, provider)
        async with (await opened_database(argus.runtime)).transaction() as session:
            await session.execute(update(SignOn).where(SignOn.state == back["state"]).values(code_verifier="v" * 86))
        answer = await browser.get("/auth/sso/callback", params=back)
        assert (answer.status_code, answer.json()["code"]) == (502, "sso_exchange_failed")
        assert await is_nobody(browser)
        denied = await browser.get("/auth/sso/callback", params={"error": "access_denied", **await begun(browser, provider), "code": ""})
        assert (denied.status_code, denied.json()["code"]) == (403, "sso_not_allowed")


async def test_new_keys_are_fetched_once_when_they_are_needed(argus: Server, provider: OpenIdProvider) -> None:
    for kind in ("RSA", "EC"):
        assert (await signed_on(argus, provider)).status_code == 200
        before = provider.asked.count("/jwks")
        assert (await signed_on(argus, provider)).status_code == 200
        assert provider.asked.count("/jwks") == before, "they are kept"
        provider.rotate(kind)
        assert (await signed_on(argus, provider)).status_code == 200
        assert provider.asked.count("/jwks") == before + 1
    assert provider.asked.count("/.well-known/openid-configuration") == 1


async def test_the_provider_s_host_alone_is_asked_and_what_it_says_is_looked_at(argus: Server, provider: OpenIdProvider) -> None:
    for says in ({"issuer": "http://other.test"}, {"token_endpoint": None}):
        provider.says = says
        async with argus.client(None) as client:
            answer = await client.get("/auth/sso/login")
            assert (answer.status_code, answer.json()["code"]) == (503, "sso_unavailable"), says
    for elsewhere in ({"jwks_uri": "http://169.254.169.254/keys"}, {"token_endpoint": "http://127.0.0.1:9/token"}):
        provider.says = elsewhere
        argus.runtime._own.pop(Provider, None)
        answer = await signed_on(argus, provider)
        assert (answer.status_code, answer.json()["code"]) == (503, "sso_unavailable"), elsewhere
    provider.says, provider.down = {}, True
    argus.runtime._own.pop(Provider, None)
    async with argus.client(None) as client:
        assert (await client.get("/auth/sso/login")).headers["retry-after"] == "30"


@pytest.mark.parametrize("issuer", ["https://127.0.0.1:8443", "https://localhost", "http://id.example.org"])
async def test_outside_development_a_private_or_plain_provider_is_not_asked(
    argus: Server, provider: OpenIdProvider, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argus.runtime.settings, "ENV", "staging")
    monkeypatch.setattr(argus.runtime.settings, "SSO_ISSUER", issuer)
    async with argus.client(None) as client:
        answer = await client.get("/auth/sso/login")
    assert (answer.status_code, answer.json()["code"]) == (503, "sso_unavailable")
    assert provider.asked == []


async def test_a_known_identity_opens_its_account_whatever_its_address_is_now(argus: Server, provider: OpenIdProvider) -> None:
    first = await me(argus, await signed_on(argus, provider))
    provider.claims |= {"email": "new@elsewhere.example", "email_verified": False}
    assert (await me(argus, await signed_on(argus, provider)))["user_id"] == first["user_id"]


async def test_a_verified_address_opens_the_one_account_that_has_it(argus: Server, provider: OpenIdProvider) -> None:
    user = User(username=uuid4().hex, email=provider.claims["email"].upper(), roles=["ROLE_USER"])
    await argus.store.save(user)
    assert (await me(argus, await signed_on(argus, provider)))["user_id"] == str(user.id)
    provider.claims["sub"] = uuid4().hex
    twin = User(username=uuid4().hex, email=provider.claims["email"], roles=["ROLE_USER"])
    await argus.store.save(twin)
    several = await signed_on(argus, provider)
    assert (several.status_code, several.json()["code"]) == (409, "sso_email_ambiguous")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email_verified": False}, "sso_email_unverified"),
        ({"email_verified": None}, "sso_email_unverified"),
        ({"email": None}, "sso_email_unverified"),
        ({"email": "somebody@elsewhere.example"}, "sso_not_allowed"),
    ],
    ids=str,
)
async def test_who_is_not_let_in_gets_no_account(argus: Server, provider: OpenIdProvider, claims: dict[str, Any], code: str) -> None:
    provider.claims |= claims
    before = len(await argus.store.all(rows(User, "id")))
    answer = await signed_on(argus, provider)
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert len(await argus.store.all(rows(User, "id"))) == before


async def test_an_account_that_is_no_person_s_is_not_opened(argus: Server, provider: OpenIdProvider) -> None:
    await argus.store.save(User(username=uuid4().hex, email=provider.claims["email"], roles=["ROLE_SSH_TUNNEL_SERVER"]))
    answer = await signed_on(argus, provider)
    assert (answer.status_code, answer.json()["code"]) == (403, "sso_not_allowed")


async def test_first_log_ins_of_one_person_at_once_make_one_account(argus: Server, provider: OpenIdProvider) -> None:
    answers = await asyncio.gather(*(signed_on(argus, provider) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    having = [user for user in await argus.store.all(rows(User)) if user.email == provider.claims["email"]]
    assert len(having) == 1
    async with (await opened_database(argus.runtime)).reading() as session:
        of_subject = select(func.count()).select_from(SignOnIdentity).where(SignOnIdentity.subject == provider.claims["sub"])
        assert await session.scalar(of_subject) == 1
        memberships = select(func.count()).select_from(WorkspaceMember).where(WorkspaceMember.user_id == str(having[0].id))
        assert await session.scalar(memberships) == 1


async def test_the_provider_says_who_administers(argus: Server, provider: OpenIdProvider) -> None:
    for groups, admin in (("operators", True), (["staff"], False), (["staff", "operators"], True), (None, False)):
        provider.claims["groups"] = groups
        found = await me(argus, await signed_on(argus, provider))
        assert ("ROLE_ADMIN" in found["roles"]) is admin, groups


async def test_sign_on_that_is_not_set_up_is_not_there(argus: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(argus.runtime.settings, "LOGIN_METHODS", ["password"])
    async with argus.client(None) as client:
        for path in ("/auth/sso/login", "/auth/sso/callback"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "sso_disabled")


def test_what_sign_on_needs_is_asked_for_at_the_start() -> None:
    with pytest.raises(ValueError, match="SSO_CLIENT_ID: LOGIN_METHODS has oidc, which needs it\nSSO_REDIRECT_URL"):
        Settings(LOGIN_METHODS=["oidc"], SSO_ISSUER="https://id.example.org")
