"""API keys and bearer tokens: until when they count, what they allow, on extension routes and on those that were there before."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from argus.auth import api_keys, bearer
from argus.auth.tables import ApiKey
from argus.db.base import moment
from argus.db.opening import opened_database
from argus.platform.access import MEMBER, OWNER, SCOPES, in_scope, permissions
from strangler.edit import set_owner
from tests.serving import ROOT, Server, serving, settings_for

pytestmark = pytest.mark.anyio
OLD_ROUTE = "/api/v1/releases"


@pytest.fixture(scope="module", params=["fastapi", "flask"])
async def argus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """What was there before is served by one lane or the other; extension routes are FastAPI's on both."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    registry = folder / "migration_status.yaml"
    registry.write_text(set_owner((ROOT / "migration_status.yaml").read_text(), request.param, "catalogue"))
    async with serving(
        folder, REGISTRY=registry, RATE_WRITES="100000/minute", RATE_READS="100000/minute", RATE_LOGINS="1000/minute"
    ) as running:
        yield running


async def made(argus: Server, actor: str = "bob", **body: Any) -> dict[str, Any]:
    async with argus.client(actor) as client:
        answer = await client.post("/auth/api-keys", json={"label": "a test", **body})
        assert answer.status_code == 201, answer.text
        key: dict[str, Any] = answer.json()
        return key


async def status(argus: Server, key: str, path: str = "/auth/me") -> int:
    async with argus.client(None, **{"X-API-Key": key}) as caller:
        return (await caller.get(path)).status_code


async def test_a_key_counts_until_it_is_revoked_and_never_after(argus: Server) -> None:
    key = await made(argus)
    assert key["api_key"].startswith(f"argk_{key['token_prefix']}_")
    assert await status(argus, key["api_key"]) == 200
    async with argus.client("bob") as bob, argus.client("carol") as carol:
        path = f"/auth/api-keys/{key['api_key_id']}"
        assert (await carol.delete(path)).status_code == 404, "whether it is there is not told"
        assert (await bob.delete(path)).status_code == 204
        assert await status(argus, key["api_key"]) == 401
        assert (await bob.delete(path)).status_code == 204, "once more is the same"
        listed = (await bob.get("/auth/api-keys")).json()["items"]
        assert key["api_key"] not in str(listed), "it is shown once"
        assert [each["revoked_at"] is not None for each in listed if each["api_key_id"] == key["api_key_id"]] == [True]


async def test_a_key_counts_until_it_expires(argus: Server) -> None:
    key = await made(argus, expires_in_days=1)
    database = await opened_database(argus.runtime)
    async with database.transaction() as session:
        await session.execute(update(ApiKey).where(ApiKey.id == key["api_key_id"]).values(expires_at=moment() - timedelta(seconds=1)))
    assert await status(argus, key["api_key"]) == 401


async def test_another_process_s_revocation_counts_within_five_seconds(argus: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await made(argus)
    assert await status(argus, key["api_key"]) == 200
    database = await opened_database(argus.runtime)
    async with database.transaction() as session:
        await session.execute(update(ApiKey).where(ApiKey.id == key["api_key_id"]).values(revoked_at=moment()))
    later = time.monotonic() + 5
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await status(argus, key["api_key"]) == 401


@pytest.mark.parametrize("change", [lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"), lambda key: "", lambda key: f" {key}x"])
async def test_what_is_not_the_key_is_refused(argus: Server, change: Any) -> None:
    key = (await made(argus))["api_key"]
    assert await status(argus, change(key)) == 401


async def test_on_routes_that_were_there_before_a_wrong_key_is_answered_like_a_wrong_token(argus: Server) -> None:
    key = await made(argus, scopes=["argus:api"])
    narrow = await made(argus, scopes=["documents:write"])
    assert await status(argus, key["api_key"], OLD_ROUTE) == 200
    assert await status(argus, narrow["api_key"], OLD_ROUTE) == 403
    async with argus.client(None, **{"X-API-Key": "argk_00000000_" + "x" * 43}) as caller:
        wrong = (await caller.get(OLD_ROUTE)).json()
    assert (wrong["status"], wrong["response"]["exception"]) == ("error", "APIException")


async def test_a_key_makes_no_keys_and_others_keys_are_administrators_business(argus: Server) -> None:
    key = await made(argus)
    async with argus.client(None, **{"X-API-Key": key["api_key"]}) as with_key:
        answer = await with_key.post("/auth/api-keys", json={"label": "another"})
        assert (answer.status_code, answer.json()["code"]) == (403, "key_cannot_create_keys")
    async with argus.client("bob") as bob:
        assert (await bob.post("/auth/api-keys", json={"label": "x", "email": "carol@example.com"})).status_code == 403
        assert (await bob.get("/auth/api-keys", params={"all": True})).status_code == 403
        assert (await bob.post("/auth/api-keys", json={"label": "x", "scopes": ["everything"]})).status_code == 422
    for_carol = await made(argus, "alice", email="carol@example.com")
    assert for_carol["user_id"] == str(uuid.uuid5(uuid.NAMESPACE_DNS, "carol"))


async def test_who_stands_behind_an_impersonated_account_is_kept_with_what_it_does(argus: Server) -> None:
    browser = await argus.browser("alice")
    bob = uuid.uuid5(uuid.NAMESPACE_DNS, "bob")
    await browser.post("/auth/admin/impersonate", data={"user_id": str(bob)})
    browser.headers["Origin"] = "http://argus.test"
    made_as_bob = await browser.post("/auth/api-keys", json={"label": "made as bob"})
    assert made_as_bob.status_code == 201, made_as_bob.text
    await browser.aclose()
    async with argus.client("alice") as alice:
        kept = (await alice.get("/admin/api/v1/security/events")).json()["response"]
    told = [event for event in kept if event["what"] == "acted_as" and event["details"] == "POST /auth/api-keys"]
    assert [(event["account"], event["impersonator"]) for event in told[:1]] == [("bob", "alice")]


async def test_twenty_live_keys_are_enough(argus: Server) -> None:
    async with argus.client("carol") as carol:
        answers = [await carol.post("/auth/api-keys", json={"label": str(n)}) for n in range(22)]
    assert answers[-1].json()["code"] == "too_many_keys"
    assert sum(answer.status_code == 201 for answer in answers) <= 20


async def test_when_a_key_was_last_used_is_written_once_in_five_minutes(argus: Server) -> None:
    key = await made(argus)
    database = await opened_database(argus.runtime)

    async def seen() -> Any:
        async with database.reading() as session:
            return await session.scalar(select(ApiKey.last_seen_at).where(ApiKey.id == key["api_key_id"]))

    assert await status(argus, key["api_key"]) == 200
    while (first := await seen()) is None:
        await asyncio.sleep(0.02)
    argus.runtime.own(api_keys.Remembered).seen.clear()  # another process, which remembers nothing
    for _ in range(5):
        assert await status(argus, key["api_key"]) == 200
    await asyncio.sleep(0.2)
    assert await seen() == first


async def test_a_token_for_a_password_and_the_same_answer_with_either_credential(argus: Server) -> None:
    key = await made(argus)
    async with argus.client(None) as caller:
        answer = await caller.post("/auth/token", data={"username": "bob@example.com", "password": "pw-bob"})
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        token = answer.json()["access_token"]
        by_token = (await caller.get("/auth/me", headers={"Authorization": f"Bearer {token}"})).json()
        by_key = (await caller.get("/auth/me", headers={"X-API-Key": key["api_key"]})).json()
        assert (by_token.pop("auth_method"), by_key.pop("auth_method")) == ("bearer", "api_key")
        assert (by_token.pop("api_key_id"), by_key.pop("api_key_id")) == (None, key["api_key_id"])
        assert by_token == by_key
        for username, password in (("bob", "wrong"), ("nobody", "pw-bob")):
            refused = await caller.post("/auth/token", data={"username": username, "password": password})
            assert (refused.status_code, refused.json()["code"]) == (401, "invalid_credentials")


async def test_accounts_are_seen_by_themselves_and_administrators(argus: Server) -> None:
    bob_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, "bob"))
    async with argus.client("bob") as bob, argus.client("alice") as alice, argus.client("carol") as carol:
        assert (await bob.get(f"/users/{bob_id}")).json()["username"] == "bob"
        assert (await carol.get(f"/users/{bob_id}")).status_code == 403
        assert (await bob.get("/users")).status_code == 403
        seen, cursor = [], None
        while True:
            page = (await alice.get("/users", params={"limit": 1, **({"cursor": cursor} if cursor else {})})).json()
            seen += [each["username"] for each in page["items"]]
            if (cursor := page["next_cursor"]) is None:
                break
        assert sorted(seen) == ["alice", "bob", "carol", "tunnel"]
        assert (await alice.get("/users/nonsense")).status_code == 404
    async with argus.client("tunnel") as tunnel:
        assert (await tunnel.get("/auth/me")).status_code == 403
        assert (await tunnel.get("/health")).status_code == 200


async def test_health_tells_strangers_no_details(argus: Server) -> None:
    async with argus.client(None) as nobody, argus.client("bob") as bob:
        seen = (await nobody.get("/health")).json()
        known = (await bob.get("/health")).json()
    assert seen["status"] == "ok", seen
    assert [each["name"] for each in seen["components"]] == ["storage", "queue", "files", "live"]
    assert all(each["detail"] is None for each in seen["components"])
    assert known["components"][1]["detail"].startswith("embedded, ")


def test_a_bearer_token_is_of_one_key_and_one_issuer_and_expires(tmp_path: Path) -> None:
    from joserfc import jwt

    settings = settings_for(tmp_path)
    user_id = uuid.uuid4()
    token = bearer.issue(settings, user_id)
    assert bearer.user_of(settings, token) == user_id
    rotated = settings.model_copy(update={"SECRET_KEY": "another-key-for-tests", "SECRET_KEY_FALLBACKS": [settings.SECRET_KEY]})
    assert bearer.user_of(rotated, token) == user_id
    at, key = int(time.time()), bearer._key_of(settings.SECRET_KEY)
    good = {"sub": str(user_id), "iat": at, "exp": at + 60, "iss": "argus"}
    for claims in ({**good, "exp": at - 1}, {**good, "iss": "other"}, {**good, "sub": "x"}, {k: v for k, v in good.items() if k != "exp"}):
        with pytest.raises(bearer.InvalidBearer):
            bearer.user_of(settings, jwt.encode({"alg": "HS256"}, claims, key))
    for foreign in (
        bearer.issue(settings.model_copy(update={"SECRET_KEY": "not-the-key-of-tests"}), user_id),
        "eyJhbGciOiJub25lIn0.e30.",
        "",
        "x",
    ):
        with pytest.raises(bearer.InvalidBearer):
            bearer.user_of(settings, foreign)


@given(st.sets(st.sampled_from(sorted(SCOPES))), st.sampled_from(["owner", "member", None]), st.booleans())
def test_scopes_narrow_and_owners_may_what_members_may(scopes: set[str], role: str | None, is_admin: bool) -> None:
    whole = permissions(role, is_admin, None)
    narrowed = permissions(role, is_admin, frozenset(scopes))
    assert narrowed <= whole
    assert permissions("member", False, frozenset(scopes)) <= permissions("owner", False, frozenset(scopes))
    assert all(in_scope(frozenset(scopes), each) for each in narrowed)
    if "*" in scopes:
        assert narrowed == whole


def test_roles_are_those_of_the_page() -> None:
    assert {
        "documents:read",
        "documents:write",
        "jobs:read",
        "jobs:write",
        "tables:read",
        "configurations:read",
        "events:read",
    } == MEMBER
    assert {"configurations:write", "tables:publish", "documents:delete", "workspace:manage"} == OWNER - MEMBER
