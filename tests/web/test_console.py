"""The console of Argus: for administrators only, from its own pages only, with Argus' own checks and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from strangler import edit
from strangler.evidence import Parity, table_of, write_parity
from strangler.registry import LANES
from tests.serving import ROOT, Server, serving

pytestmark = pytest.mark.anyio

API = "/admin/api/v1/migration"
CHANGES = ("canary", "cutover", "rollback", "lift")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Argus as the registry says, but for the users, who are still with Flask."""
    registry = tmp_path / "registry.yaml"
    registry.write_text(edit.roll_back((ROOT / "migration_status.yaml").read_text(), "users"))
    async with serving(tmp_path, REGISTRY=registry) as running:
        yield running


async def state(client: httpx.AsyncClient, **params: str) -> dict[str, Any]:
    answer = await client.get(f"{API}/state", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["response"]
    return found


async def asked(client: httpx.AsyncClient, name: str = "users", **values: Any) -> dict[str, Any]:
    """A body for a change of what is in force now."""
    seen = next(each["seen"] for each in (await state(client))["blueprints"] if each["name"] == name)
    return {"blueprint": name, "seen": seen, **values}


@pytest.mark.parametrize("lane", LANES)
async def test_the_page_is_for_administrators_on_both_lanes(tmp_path: Path, lane: Any) -> None:
    async with serving(tmp_path, lane) as server, server.client() as alice, server.client("bob") as bob, server.client(None) as nobody:
        page = await alice.get("/admin/migration")
        assert page.status_code == 200
        assert page.headers["x-argus-lane"] == lane
        assert f'data-api="{API}/"' in page.text
        assert "Argus - Migration" in page.text
        assert '<a class="nav-link active" href="/admin/migration" aria-current="page">Migration</a>' in page.text
        for caller in (bob, nobody):
            refused = await caller.get("/admin/migration")
            assert (refused.status_code, refused.headers["location"]) == (302, "/"), "as on every page for administrators"
        assert (await state(alice))["lane"] == lane, "the API answers whatever lane the server was started with"
        assert "/admin/migration" not in (await bob.get("/workspace")).text


async def test_nobody_else_sees_or_does_anything(server: Server) -> None:
    async with server.client() as alice, server.client("bob") as bob, server.client("carol") as carol, server.client(None) as nobody:
        body = await asked(alice, percent=10)
        for caller in (bob, carol, nobody):
            for path in ("/state", "/journal?blueprint=users", "/console.js", "/"):
                refused = await caller.get(API + path)
                assert (refused.status_code, refused.json()) == (403, {"status": "error", "message": "Forbidden"})
            for change in CHANGES:
                refused = await caller.post(f"{API}/{change}", json=body)
                assert (refused.status_code, refused.json()) == (403, {"status": "error", "message": "Forbidden"})
        wrong = await nobody.get(f"{API}/state", headers={"Authorization": "token nobody-has-it"})
        assert wrong.json()["response"]["exception"] == "APIException"
        assert (await state(alice))["journal"] == []


async def test_a_canary_steers_real_requests_and_the_journal_says_who(server: Server) -> None:
    async with server.client() as alice, server.client("bob") as bob:
        assert (await bob.get("/api/v1/users")).headers["x-argus-lane"] == "flask"
        assert (await alice.post(f"{API}/canary", json=await asked(alice, percent=100, why="a try"))).json()["response"] == {
            "changed": ["users"]
        }
        assert (await bob.get("/api/v1/users")).headers["x-argus-lane"] == "fastapi"
        (entry,) = (await state(alice))["journal"]
        assert (entry["who"], entry["source"], entry["why"], entry["after"]) == ("alice", "console", "a try", "flask, canary 100 %")
        row = next(each for each in (await state(alice, open="users,teams"))["blueprints"] if each["name"] == "users")
        assert (row["lanes"]["flask"]["requests"], row["lanes"]["fastapi"]["requests"]) == (1, 1)
        assert list((await state(alice, open="users,teams"))["opened"]) == ["users", "teams"]
        assert (await alice.post(f"{API}/rollback", json=await asked(alice))).status_code == 200
        assert (await bob.get("/api/v1/users")).headers["x-argus-lane"] == "flask"


async def test_a_cut_over_needs_clean_records_or_force_with_a_reason(server: Server, tmp_path: Path) -> None:
    async with server.client() as alice:
        refused = await alice.post(f"{API}/cutover", json=await asked(alice))
        told = refused.json()
        assert (refused.status_code, told["status"], told["response"]["exception"]) == (412, "error", "NotProven")
        assert set(told["response"]) == {"trace_id", "exception", "message", "arguments"}
        assert any("parity" in each for each in told["response"]["arguments"])
        assert (await alice.post(f"{API}/cutover", json=await asked(alice, force=True))).status_code == 400
        forced = await alice.post(f"{API}/cutover", json=await asked(alice, force=True, why="the old lane burns"))
        assert forced.status_code == 200
        (entry,) = (await state(alice))["journal"]
        assert entry["evidence"].startswith("forced, although")
        assert (await alice.post(f"{API}/lift", json=await asked(alice))).status_code == 200

        about = server.app.live.registry.blueprints["users"]
        routes = {f"{method} {route.path}": 30 for route in about.routes for method in route.methods}
        found = {"requests": 30, "differences": 0, "time": datetime.now(UTC), "routes": routes, "table": table_of(about)}
        write_parity(tmp_path / "parity.json", {"users": Parity(**found, commit=server.app.commit)})
        tally = {
            "blueprint": "users",
            "since": "",
            "compared": 9,
            "wrote": 0,
            "dropped": 0,
            "failed": 0,
            "differences": [],
            "routes": routes,
        }
        await server.app.control.state.publish("shadow", "another", [tally], 60)
        assert (await alice.post(f"{API}/cutover", json=await asked(alice))).status_code == 200
        assert (await state(alice))["journal"][0]["evidence"].startswith("parity: 0 differences")


async def test_of_two_administrators_the_second_is_told_that_somebody_was_faster(server: Server) -> None:
    async with server.client() as one, server.client() as other:
        body = await asked(one)
        answers = await asyncio.gather(*(each.post(f"{API}/canary", json={**body, "percent": p}) for each, p in ((one, 10), (other, 20))))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        late = await other.post(f"{API}/rollback", json=body)
        assert (late.status_code, late.json()["response"]["exception"]) == (409, "Outpaced")
        assert len((await state(one))["journal"]) == 1
        assert len(await server.app.control.state.overrides()) == 1


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}])
async def test_a_page_of_another_site_changes_nothing(server: Server, headers: dict[str, str]) -> None:
    alice = await server.browser("alice")
    body = await asked(alice, percent=10)
    refused = await alice.post(f"{API}/canary", json=body, headers=headers)
    assert refused.status_code == 403
    assert refused.json()["status"] == "error"
    assert await server.app.control.state.overrides() == []
    own = {"Origin": "http://argus.test", "Sec-Fetch-Site": "same-origin"}
    assert (await alice.post(f"{API}/canary", json=body, headers=own)).status_code == 200


async def test_bad_input_is_answered_in_the_envelope(server: Server) -> None:
    async with server.client() as alice:
        for change, body in (("canary", {"percent": 300}), ("canary", {"percent": None}), ("rollback", {"seen": 1}), ("explode", {})):
            answer = await alice.post(f"{API}/{change}", json={**await asked(alice), **body})
            assert answer.status_code in (400, 404), answer.text
            assert answer.json()["status"] == "error"
            assert answer.json()["response"]["message"]
        form = await alice.post(f"{API}/canary", data={"blueprint": "users", "percent": "10"})
        assert form.status_code == 400
        assert await server.app.control.state.overrides() == []


async def test_the_console_is_told_to_nobody_else_by_caches(server: Server) -> None:
    async with server.client() as alice:
        assert (await alice.get(f"{API}/state")).headers["cache-control"] == "no-store"
        script = await alice.get(f"{API}/console.js")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["x-content-type-options"] == "nosniff"
