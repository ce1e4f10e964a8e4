"""The console of any gateway: what it shows, and to whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from strangler.console.app import FILES, Console
from strangler.shadow import Shadow
from strangler.state import InMemory
from support.gateways import make_gateway, running
from support.pair import make_fastapi
from support.seat import DIFFERENCE, SOURCE, Seat, record, seated

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as found:
        yield found


# ---- what it shows


async def test_it_shows_who_owns_what_and_what_the_lanes_serve(seat: Seat) -> None:
    for _ in range(4):
        await seat.client.get("/runs/")
    await seat.client.get("/files/a")
    state = await seat.state("runs", "files", "nobody")
    assert [each["name"] for each in state["blueprints"]] == ["runs", "files", "identity"]
    runs, files, _ = state["blueprints"]
    assert (runs["owner"], runs["percent"], runs["sticky"], runs["routes"]) == (
        "flask",
        0,
        "session",
        {"total": 4, "flask": 4, "fastapi": 0},
    )
    assert files["routes"] == {"total": 3, "flask": 1, "fastapi": 2}
    assert files["reason"] == "the first to move"
    assert files["since"] == "2026-01-31"
    assert runs["lanes"]["flask"]["requests"] == 4
    assert runs["lanes"]["fastapi"]["requests"] == 0
    assert runs["lanes"]["flask"]["p50"] > 0
    assert runs["lanes"]["fastapi"]["p50"] is None
    assert runs["lanes"]["flask"]["series"][-1] + runs["lanes"]["flask"]["series"][-2] == 4
    assert state["progress"]["routes"] == 9
    assert state["progress"]["on_fastapi"] == 2
    assert state["progress"]["lanes"]["fastapi"]["requests"] == 1
    assert state["workers"] == 1
    assert list(state["opened"]) == ["runs", "files"]
    index, meta = state["opened"]["runs"]["routes"][0], state["opened"]["files"]["routes"][1]
    assert (index["path"], index["methods"], index["owner"], index["served"]["flask"]["requests"]) == ("/runs/", ["GET"], "flask", 4)
    assert (meta["path"], meta["owner"], meta["own"]) == ("/files/<path:name>/meta", "flask", True)


async def test_unlisted_routes_count_and_files_do_not(tmp_path: Path) -> None:
    cut = SOURCE[: SOURCE.index("  identity:")] + "unlisted: flask\n"
    async with seated(tmp_path, cut) as seat:
        await seat.client.get("/whoami")
        state = await seat.state()
    assert state["unlisted"]["routes"] == 2
    assert state["unlisted"]["lanes"]["flask"]["requests"] == 1
    assert state["progress"]["routes"] == 9


async def test_differences_come_with_samples_of_all_workers(seat: Seat) -> None:
    await seat.gateway.control.state.publish("shadow", "another", [record("runs", DIFFERENCE)], 60)
    await seat.gateway.control.state.publish("shadow", "a third", [record("runs", DIFFERENCE)], 60)
    state = await seat.state("runs")
    assert state["blueprints"][0]["shadow"] == {
        "compared": 80,
        "wrote": 0,
        "dropped": 0,
        "failed": 0,
        "differences": 1,
        "since": "2026-03-01T10:00:00+00:00",
        "percent": 0,
    }
    (found,) = state["opened"]["runs"]["differences"]
    assert (found["path"], found["count"], len(found["samples"])) == ("name", 6, 2)
    assert found["samples"][0]["fastapi"] == "'<b>'"


async def test_the_guard_shows_its_budget(seat: Seat) -> None:
    await seat.done("canary", "runs", percent=100)
    for _ in range(5):
        await seat.client.get("/runs/")
    async with asyncio.timeout(30):
        while not (guards := (await seat.row("runs"))["guards"]) or guards[0]["requests"] < 5:
            await asyncio.sleep(0.05)
    (guard,) = guards
    assert (guard["tried"], guard["requests"]) == ("fastapi", 5)
    assert guard["min_requests"] == 20
    assert not guard["tripped"]


async def test_a_shared_state_that_does_not_answer_is_said_and_nothing_can_be_done(tmp_path: Path) -> None:
    class Down(InMemory):
        down = False

        async def overrides(self) -> Any:
            if self.down:
                raise ConnectionError("the database is away")
            return await super().overrides()

    state = Down()
    async with seated(tmp_path, state=state) as seat:
        await seat.client.get("/runs/")
        await seat.done("canary", "runs", percent=20)
        seen = (await seat.row("runs"))["seen"]
        state.down = True
        shown = await seat.state()
        assert "does not answer" in shown["problems"][0]
        assert shown["journal"] is None
        assert (shown["blueprints"][0]["percent"], shown["blueprints"][0]["lanes"]["flask"]["requests"]) == (20, 1)
        answer = await seat.do("rollback", "runs", seen=seen)
        assert answer.status_code == 503
        state.down = False
        assert (await seat.row("runs"))["percent"] == 20


# ---- who may, and from where


async def test_nobody_may_until_the_host_says_who(tmp_path: Path) -> None:
    app = make_fastapi()
    app.mount("/migration", Console())
    gateway = make_gateway(fastapi_app=app)
    async with running(gateway) as client:
        for path in ("", "state", "journal", *FILES):
            answer = await client.get(f"/migration/{path}", headers={"x-operator": "ann"})
            assert answer.status_code == 403, path
            assert answer.json()["response"]["exception"] == "Forbidden"
        assert (await client.post("/migration/rollback", json={"blueprint": "runs", "seen": ""})).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://pair.test:8443"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://pair.test"},
    ],
)
async def test_writes_of_other_sites_are_refused(seat: Seat, headers: dict[str, str]) -> None:
    body = {"blueprint": "runs", "seen": (await seat.row("runs"))["seen"], "percent": 10}
    answer = await seat.client.post("/migration/canary", json=body, headers=headers)
    assert answer.status_code == 403
    assert await seat.gateway.control.state.overrides() == []
    own = await seat.client.post("/migration/canary", json=body, headers={"origin": "http://pair.test", "sec-fetch-site": "same-origin"})
    assert own.status_code == 200


@pytest.mark.parametrize(
    ("action", "values", "status", "message"),
    [
        ("canary", {"percent": 101}, 400, "percent: Input should be less than or equal to 100"),
        ("canary", {"percent": -1}, 400, "percent: Input should be greater than or equal to 0"),
        ("canary", {"percent": "10"}, 400, "percent: Input should be a valid number"),
        ("canary", {}, 400, "percent: Field required"),
        ("canary", {"percent": 1, "owner": "flask"}, 400, "owner: Extra inputs are not permitted"),
        ("rollback", {"why": "x" * 501}, 400, "why: String should have at most 500 characters"),
        ("rollback", {"why": "x" * 20_000}, 400, "expected at most 16384 bytes"),
        ("cutover", {"force": "yes"}, 400, "force: Input should be a valid boolean"),
        ("explode", {}, 404, "the console cannot explode"),
    ],
)
async def test_bad_input_is_explained_and_changes_nothing(
    seat: Seat, action: str, values: dict[str, Any], status: int, message: str
) -> None:
    assert (await seat.refused(action, "runs", **values))[::2] == (status, message)


async def test_what_is_no_json_or_no_blueprint(seat: Seat) -> None:
    assert (await seat.client.post("/migration/canary", content="percent=1")).status_code == 400
    assert (await seat.client.post("/migration/canary", content="{", headers={"content-type": "application/json"})).status_code == 400
    assert (
        await seat.client.post("/migration/canary", content='{"percent": NaN}', headers={"content-type": "application/json"})
    ).status_code == 400
    body = {"blueprint": "nobody", "seen": ""}
    assert (await seat.client.post("/migration/rollback", json=body)).json()["response"]["message"] == "there is no blueprint 'nobody'"
    assert (await seat.client.delete("/migration/state")).status_code == 404
    assert (await seat.client.get("/migration/../../gateway.py")).status_code == 404


async def test_the_page_runs_under_a_strict_policy_and_is_cached_by_its_content(seat: Seat) -> None:
    page = await seat.client.get("/migration/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert " style=" not in page.text
    for name in FILES:
        answer = await seat.client.get(f"/migration/{name}")
        assert answer.status_code == 200
        assert len(answer.content) > 100, name
        again = await seat.client.get(f"/migration/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
    assert (await seat.client.get("/migration/state")).headers["cache-control"] == "no-store"


async def test_shadowing_is_told_by_the_worker_itself(tmp_path: Path) -> None:
    source = SOURCE.replace("sticky: session}\n", "sticky: session}\n    shadow: {percent: 100}\n")
    shadow = Shadow(draw=lambda: 0.0)
    async with seated(tmp_path, source, shadow=shadow) as seat:
        await seat.client.get("/runs/")
        await shadow.settle()
        row = await seat.row("runs")
    assert (row["shadow"]["compared"], row["shadow"]["differences"], row["shadow"]["percent"]) == (1, 0, 100)
