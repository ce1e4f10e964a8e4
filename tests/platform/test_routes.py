"""Extension routes over the real application: identity, permissions, units of work, errors, lists, repeated requests."""

from __future__ import annotations

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from argus.db.opening import opened_database
from argus.platform.errors import TooLarge, WrongType
from argus.platform.files import file_store
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def argus(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    folder: Path = tmp_path_factory.mktemp("platform")
    async with serving(folder, FILE_STORE_ROOT=folder / "objects", RATE_WRITES="100000/minute", RATE_READS="100000/minute") as running:
        yield running


@contextlib.asynccontextmanager
async def browsing(argus: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Bob, logged in with a cookie."""
    browser = await argus.browser("bob")
    yield browser
    await browser.aclose()


async def workspace(client: httpx.AsyncClient, name: str) -> str:
    made = await client.post("/workspaces", json={"name": name})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/workspaces/{made.json()['workspace_id']}"
    return str(made.json()["workspace_id"])


async def test_a_workspace_from_its_making_to_its_end(argus: Server) -> None:
    async with argus.client("alice") as alice:
        made = await alice.post("/workspaces", json={"name": "sign-off"})
        assert made.status_code == 201
        body = made.json()
        assert body["role"] == "owner"
        assert body["created_at"].endswith("Z")
        again = await alice.post("/workspaces", json={"name": "sign-off"})
        assert (again.status_code, again.json()["code"]) == (409, "workspace_exists")
        path = made.headers["location"]
        assert (await alice.patch(path, json={"name": "final"})).json()["name"] == "final"
        assert (await alice.delete(path)).status_code == 204
        assert (await alice.get(path)).status_code == 404


async def test_errors_have_one_form_with_the_request_s_id(argus: Server) -> None:
    async with argus.client("alice", **{"X-Request-Id": "abc.1"}) as alice:
        missing = await alice.get("/workspaces/01JZ3N9M0V6Q3W8K1T5B7C2D4E")
        assert missing.status_code == 404
        assert missing.json() == {
            "error": "Workspace not found",
            "code": "workspace_not_found",
            "detail": "Workspace not found",
            "request_id": "abc.1",
            "errors": [],
        }
        wrong = await alice.post("/workspaces", json={"name": ""})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "validation_error")
        assert wrong.json()["errors"][0]["loc"] == ["body", "name"]
        unreadable = await alice.post("/workspaces", content=b"{", headers={"content-type": "application/json"})
        assert (unreadable.status_code, unreadable.json()["code"]) == (400, "malformed_body")


async def test_without_a_credential_nothing_and_a_wrong_one_is_never_passed_over(argus: Server) -> None:
    async with argus.client(None) as nobody:
        refused = await nobody.post("/workspaces", content=b"{")
        assert (refused.status_code, refused.json()["code"]) == (401, "authentication_required")
    async with browsing(argus) as browser:
        assert (await browser.get("/workspaces")).status_code == 200
        for header in ({"X-API-Key": "argk_00000000_" + "x" * 43}, {"Authorization": "Bearer x"}, {"Authorization": "token x"}):
            assert (await browser.get("/workspaces", headers=header)).status_code == 401, header


async def test_a_browser_s_write_comes_from_a_page_of_ours(argus: Server) -> None:
    async with browsing(argus) as browser:
        bare = await browser.post("/workspaces", json={"name": "bare"})
        assert (bare.status_code, bare.json()["code"]) == (403, "cross_site_request")
        foreign = await browser.post("/workspaces", json={"name": "x"}, headers={"Origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        for own in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://argus.test"}, {"Origin": "http://localhost:5173"}):
            made = await browser.post("/workspaces", json={"name": str(own)}, headers=own)
            assert made.status_code == 201, own


async def test_which_workspace_a_request_is_about(argus: Server) -> None:
    async with argus.client("carol") as carol, argus.client("bob") as bob, argus.client("alice") as alice:
        none = await carol.get("/events")
        assert (none.status_code, none.json()["code"]) == (400, "workspace_required")
        first = await workspace(carol, "first")
        assert (await carol.get("/events")).status_code == 200, "the only one is meant"
        second = await workspace(carol, "second")
        assert (await carol.get("/events")).status_code == 400, "of two none is"
        assert (await carol.post(f"/workspaces/{second}/default")).json()["status"] == "ok"
        of_second = (await carol.get("/events")).json()["items"]
        assert of_second == [], "what made a workspace is no event within it"
        foreign = await bob.get("/events", headers={"X-Workspace-ID": first})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "workspace_forbidden")
        assert (await carol.get("/events", params={"workspace_id": first})).status_code == 200
        assert (await alice.get("/events", headers={"X-Workspace-ID": first})).status_code == 200, "administrators pass"
        assert (await alice.get("/events", headers={"X-Workspace-ID": "nonsense"})).status_code == 403


async def test_the_last_owner_stays(argus: Server) -> None:
    bob_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, "bob"))
    other_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, "carol"))
    async with argus.client("bob") as bob, argus.client("carol") as other:
        members = f"/workspaces/{await workspace(bob, 'of two')}/members"
        assert (await bob.delete(f"{members}/{bob_id}")).json()["code"] == "last_owner"
        assert (await bob.patch(f"{members}/{bob_id}", json={"role": "member"})).json()["code"] == "last_owner"
        assert (await bob.post(members, json={"user_id": other_id})).status_code == 201
        assert (await bob.post(members, json={"user_id": other_id})).json()["code"] == "already_member"
        assert (await other.post(members, json={"user_id": bob_id})).status_code == 403
        assert {each["username"] for each in (await other.get(members)).json()["items"]} == {"bob", "carol"}
        assert (await bob.patch(f"{members}/{other_id}", json={"role": "owner"})).status_code == 200
        assert (await bob.delete(f"{members}/{bob_id}")).status_code == 204
        assert (await bob.get(members)).status_code == 404


async def test_pages_visit_each_row_once_while_others_are_added(argus: Server) -> None:
    async with argus.client("bob") as bob:
        made = [await workspace(bob, f"page {n}") for n in range(7)]
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = (await bob.get("/workspaces", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
            seen += [each["workspace_id"] for each in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            await workspace(bob, f"meanwhile {len(seen)}")
        assert len(seen) == len(set(seen))
        assert set(made) <= set(seen)
        assert seen == sorted(seen, reverse=True)
        forged = await bob.get("/workspaces", params={"cursor": "IjAxIg.AAAA"})
        assert (forged.status_code, forged.json()["code"]) == (422, "bad_cursor")
        assert (await bob.get("/workspaces", params={"limit": 201})).status_code == 422


async def test_one_key_sent_twenty_times_at_once_has_one_effect(argus: Server) -> None:
    async with argus.client("bob", **{"Idempotency-Key": "make-one"}) as bob:
        answers = await asyncio.gather(*(bob.post("/workspaces", json={"name": "only once"}) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["workspace_id"] for answer in answers}) == 1
        assert len({answer.headers["location"] for answer in answers}) == 1
        other = await bob.post("/workspaces", json={"name": "something else"})
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    async with argus.client("bob", **{"Idempotency-Key": "fails"}) as bob:
        assert (await bob.post("/workspaces", json={"name": "only once"})).status_code == 409
        assert (await bob.post("/workspaces", json={"name": "only once"})).json()["code"] == "workspace_exists", "it may be tried again"


async def test_an_administrator_s_routes_are_theirs_and_a_denial_is_an_event(argus: Server) -> None:
    async with argus.client("bob") as bob, argus.client("alice") as alice:
        denied = await bob.get("/maintenance/status")
        assert (denied.status_code, denied.json()["code"]) == (403, "forbidden")
        found = (await alice.get("/maintenance/status")).json()
        assert found["last_purge"] is None
        assert found["orphans"] == 0


async def test_a_purge_is_done_by_the_queue_and_removes_only_what_nobody_refers_to(argus: Server) -> None:
    database = await opened_database(argus.runtime)
    store = file_store(argus.runtime)

    async def pieces(content: bytes) -> AsyncIterator[bytes]:
        yield content

    kept, orphan, young = [await store.put(pieces(content), limit=100) for content in (b"kept", b"orphan", b"young")]
    async with database.transaction() as session:
        await store.hold(session, kept.sha256, "test", "1")
    for stored in (kept, orphan):
        os.utime(store.path_of(stored.sha256), (1, 1))
    async with argus.client("alice") as alice:
        for dry_run in (True, False):
            asked = await alice.post("/maintenance/purge", json={"dry_run": dry_run, "older_than_days": 1})
            assert asked.status_code == 202, asked.text
            while (last := (await alice.get("/maintenance/status")).json()["last_purge"])["state"] not in ("done", "failed"):
                await asyncio.sleep(0.05)
            assert (last["state"], last["removed"]["objects"]) == ("done", 1), last
            assert store.path_of(orphan.sha256).exists() == dry_run
    assert await store.size(kept.sha256) == 4
    assert await store.size(young.sha256) == 5


async def test_an_upload_that_is_refused_leaves_nothing(argus: Server) -> None:
    store = file_store(argus.runtime)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    async def refuse(path: Path) -> None:
        raise WrongType("unsupported_type", "no")

    async def short() -> AsyncIterator[bytes]:
        yield b"short"

    before = await store.usage()
    with pytest.raises(TooLarge):
        await store.put(endless(), limit=5000)
    with pytest.raises(WrongType):
        await store.put(short(), limit=5000, check=refuse)
    assert await store.usage() == before
    assert list((store.root / "drafts").iterdir()) == []
