"""Signing on against twins of GitHub and Cloudflare Access on real sockets: codes, keys and memberships end, and peers fail."""

from __future__ import annotations

import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from argus.auth.brake import Counts
from argus.features.tracker.auth.cloudflare import KeysByDomain
from argus.integrations import access_keys
from argus.integrations import remote as layer
from argus.models.user import User
from tests.features.tracker.auth.people import logged_in
from tests.peers.failures import BROKEN, NONSENSE, REFUSALS, answer
from tests.peers.sign_on import CLIENT, SECRET, Access, GitHub
from tests.peers.sockets import Talk, client_of
from tests.serving import Server

pytestmark = pytest.mark.anyio

CALLBACK = "/profile/oauth/github"
STEPS = ["/login/oauth/access_token", "/user", "/user/emails", "/user/orgs"]
ENDLESS = {"silence", "an endless head", "a slow head", "a slow body"}  # they end with the deadline, which takes as long
FAILURES: dict[str, Talk] = {name: talk for name, talk in {**BROKEN, **REFUSALS, **NONSENSE}.items() if name not in ENDLESS}


@pytest.fixture(autouse=True)
def settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "BACKOFF_SECONDS", 0.001)
    server.runtime._own.pop(KeysByDomain, None)
    for key, value in {
        "GITHUB_CLIENT_ID": CLIENT,
        "GITHUB_CLIENT_SECRET": SECRET,
        "GITHUB_REQUIRED_ORGANIZATIONS": ["scylladb"],
        "CLOUDFLARE_ACCESS_TEAM_DOMAIN": "team.example.com",
        "CLOUDFLARE_ACCESS_AUD": "argus",
    }.items():
        monkeypatch.setattr(server.runtime.settings, key, value)


@pytest.fixture
async def browser(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client(None) as client:
        yield client


@pytest.fixture
async def github(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[GitHub]:
    twin = GitHub()
    async with client_of(twin.talk) as http:
        monkeypatch.setattr(server.runtime, "http", http)
        yield twin


@pytest.fixture
async def access(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Access]:
    twin = Access("team.example.com", "argus")
    async with client_of(twin.talk) as http:
        monkeypatch.setattr(server.runtime, "http", http)
        yield twin


async def flashes(browser: httpx.AsyncClient) -> str:
    found = re.search(r"var globalFlashes = (.*);", (await browser.get("/error/")).text)
    assert found is not None
    return found[1]


async def state_of(browser: httpx.AsyncClient) -> str:
    found = re.search(r'var CSRF_TOKEN = "([0-9a-f]{64})"', (await browser.get("/auth/login")).text)
    assert found is not None
    return found[1]


async def back(browser: httpx.AsyncClient, code: str) -> str:
    """Where the callback leads."""
    found = await browser.get(CALLBACK, params={"code": code, "state": await state_of(browser)})
    assert found.status_code == 302, found.text
    return str(found.headers["location"])


# -- GitHub ----------------------------------------------------------------------------------------------------------------------------


async def test_who_agrees_is_signed_on_and_the_code_counts_once(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    code = github.code()
    assert await back(browser, code) == "/profile/"
    assert await logged_in(browser)
    async with server.client(None) as thief:
        assert await back(thief, code) == "/error/?type=403"
        assert await flashes(thief) == '[["error","GitHub grants no access for this code"]]'
        assert not await logged_in(thief)


async def test_a_state_counts_in_its_own_session_only_and_once(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    state = await state_of(browser)
    async with server.client(None) as other:
        await other.get("/auth/login")
        found = await other.get(CALLBACK, params={"code": github.code(), "state": state})
        assert found.headers["location"] == "/error/?type=403"
        assert github.asked == []
    assert (await browser.get(CALLBACK, params={"code": github.code(), "state": state})).headers["location"] == "/profile/"
    asked = len(github.asked)
    again = await browser.get(CALLBACK, params={"code": github.code(), "state": state})
    assert again.headers["location"] == "/error/?type=403"
    assert len(github.asked) == asked


async def test_who_has_left_the_organization_is_refused_the_next_time(browser: httpx.AsyncClient, github: GitHub) -> None:
    assert await back(browser, github.code()) == "/profile/"
    await browser.post("/auth/logout")
    github.organizations = ["elsewhere"]
    assert await back(browser, github.code()) == "/error/?type=403"
    assert "Not a member of a required organization" in await flashes(browser)
    assert not await logged_in(browser)


async def test_a_member_of_many_organizations_is_one_of_the_last(browser: httpx.AsyncClient, github: GitHub) -> None:
    github.organizations = [f"org-{number}" for number in range(60)] + ["scylladb"]
    assert await back(browser, github.code()) == "/profile/"


async def test_a_wrong_secret_of_ours_is_told_without_it(server: Server, browser: httpx.AsyncClient, github: GitHub) -> None:
    server.runtime.settings.GITHUB_CLIENT_SECRET = "another-secret"
    assert await back(browser, github.code()) == "/error/?type=403"
    assert "another-secret" not in await flashes(browser)


@pytest.mark.parametrize("step", STEPS)
async def test_a_github_that_fails_at_a_step_signs_nobody_on(server: Server, browser: httpx.AsyncClient, github: GitHub, step: str) -> None:
    for name, talk in FAILURES.items():
        github.instead = {step: talk}
        server.runtime._own.pop(Counts, None)  # as if nobody had failed yet
        layer._known.pop(server.runtime.http, None)
        assert await back(browser, github.code()) == "/error/?type=403", name
        told = await flashes(browser)
        assert "error" in told, name
        assert SECRET not in told, name
        assert not await logged_in(browser), name
    assert await server.store.find(User, username=github.login) is None
    github.instead = {}
    layer._known.pop(server.runtime.http, None)
    server.runtime._own.pop(Counts, None)
    assert await back(browser, github.code()) == "/profile/"


# -- Cloudflare Access -----------------------------------------------------------------------------------------------------------------


async def signed_on(browser: httpx.AsyncClient, token: str) -> bool:
    """Whether a token leads on to an account or to registration, and not back to the login."""
    await browser.post("/auth/login/cf", headers={"Cf-Access-Jwt-Assertion": token})
    page = await browser.get("/profile/create")
    return page.status_code == 200


async def refusal(browser: httpx.AsyncClient, token: str) -> str:
    assert not await signed_on(browser, token)
    return await flashes(browser)


async def test_a_token_of_somebody_known_logs_in(server: Server, browser: httpx.AsyncClient, access: Access) -> None:
    name = f"cloud-{uuid4().hex[:8]}"
    await server.store.save(User(username=name, full_name=name, email=f"{name}@scylladb.com", roles=["ROLE_USER"]))
    found = await browser.post("/auth/login/cf", headers={"Cf-Access-Jwt-Assertion": access.token(f"{name}@scylladb.com")})
    assert found.headers["location"] == "/profile/"
    assert await logged_in(browser)


async def test_a_token_of_somebody_new_leads_to_registration(browser: httpx.AsyncClient, access: Access) -> None:
    assert await signed_on(browser, access.token("new.one@scylladb.com"))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 5},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": int(time.time()) + 3600},
        {"aud": ["other"]},
        {"aud": None},
        {"iss": "https://other.example.com"},
        {"iss": None},
        {"email": None},
        {"email": "me@elsewhere.com"},
        {"email": "me@scylladb.com.elsewhere.com"},
    ],
    ids=str,
)
async def test_a_token_that_proves_nothing_is_refused(browser: httpx.AsyncClient, access: Access, claims: dict[str, Any]) -> None:
    claims = dict(claims)
    email = claims.pop("email", "ann@scylladb.com")
    try:
        token = access.token(email, **claims)
    except TypeError:  # PyJWT makes no such token
        payload = {"email": email, "aud": ["argus"], "iss": "https://team.example.com", **claims}
        token = jwt.PyJWS().encode(str(payload).replace("'", '"').encode(), next(iter(access.keys.values())), "RS256", {"kid": "x"})
    assert "error" in await refusal(browser, token)


def mixed_up(token: str, public: bytes) -> str:
    """The token, with the public key as the secret of another algorithm."""
    kid = jwt.get_unverified_header(token)["kid"]
    head = base64url_encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": kid}).encode()).decode()
    signed = f"{head}.{token.split('.')[1]}"
    return f"{signed}.{base64url_encode(hmac.digest(public, signed.encode(), 'sha256')).decode()}"


async def test_a_token_that_another_signed_is_refused(browser: httpx.AsyncClient, access: Access) -> None:
    public = next(iter(access.keys.values())).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    forged = [
        access.token("ann@scylladb.com", key=rsa.generate_private_key(65537, 2048)),
        access.token("ann@scylladb.com", key="", algorithm="none"),
        mixed_up(access.token("ann@scylladb.com"), public),
        access.token("ann@scylladb.com", kid="unknown"),
        access.token("ann@scylladb.com")[:-4] + "AAAA",
        "a.b.c",
        "x" * 10_000,
    ]
    for token in forged:
        assert "Invalid Cloudflare Access JWT" in await refusal(browser, token)


async def test_keys_that_were_changed_count_and_those_before_no_longer(
    server: Server, browser: httpx.AsyncClient, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = access.token("old.key@scylladb.com")
    assert await signed_on(browser, before)
    access.rotate()
    monkeypatch.setattr(access_keys, "PAUSE", 0.0)
    async with server.client(None) as other:
        assert await signed_on(other, access.token("new.key@scylladb.com"))
    async with server.client(None) as late:
        assert "Invalid Cloudflare Access JWT" in await refusal(late, before)


async def test_a_publisher_that_fails_proves_nobody_and_is_asked_again(
    server: Server, browser: httpx.AsyncClient, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_keys, "PAUSE", 0.0)
    monkeypatch.setattr(access_keys, "FETCH_SECONDS", 0.2)
    shapes = {
        "keys that are none": answer("200 OK", b'{"keys": [{"kty": "RSA", "kid": "k"}, 7, null]}'),
        "no keys": answer("200 OK", b'{"keys": []}'),
        "keys in a text": answer("200 OK", b'{"keys": "x"}'),
    }
    for name, talk in {**BROKEN, **REFUSALS, **NONSENSE, **shapes}.items():
        access.instead = talk
        server.runtime._own.pop(Counts, None)
        assert "Invalid Cloudflare Access JWT" in await refusal(browser, access.token("ann@scylladb.com")), name
    access.instead = None
    server.runtime._own.pop(Counts, None)
    assert await signed_on(browser, access.token("ann@scylladb.com"))


async def test_keys_that_are_known_count_while_their_publisher_is_away(browser: httpx.AsyncClient, access: Access) -> None:
    assert await signed_on(browser, access.token("first@scylladb.com"))
    access.instead = BROKEN["silence"]
    assert await signed_on(browser, access.token("second@scylladb.com"))
    assert access.asked == 1
