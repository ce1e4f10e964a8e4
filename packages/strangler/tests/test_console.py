"""The console of any gateway: what it shows, what it does, and to whom it does neither."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from strangler.console.app import FILES, Console
from strangler.evidence import table_of
from strangler.gateway import Gateway
from strangler.registry import parse
from strangler.shadow import Shadow
from strangler.shadow_record import Found, Sample, ShadowRecord
from strangler.state import InMemory
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi, make_flask

pytestmark = pytest.mark.anyio

POLICY = """\
    canary: {percent: 0, sticky: session}
    guard: {max_error_rate: 0.02, min_requests: 20, window: 60}
"""
SOURCE = REGISTRY.replace("  runs: # the runs\n    owner: flask\n", f"  runs: # the runs\n    owner: flask\n{POLICY}")
NOW = datetime.now(UTC).isoformat(timespec="seconds")
RUNS = parse(REGISTRY).blueprints["runs"]
CLEAN = {
    "requests": 10,
    "differences": 0,
    "failures": 0,
    "time": NOW,
    "routes": {f"{method} {route.path}": 5 for route in RUNS.routes for method in route.methods},
    "table": table_of(RUNS),
}


async def operator(request: Request) -> str | None:
    """Whoever says a name."""
    return request.headers.get("x-operator")


class Seat:
    """An operator before a gateway."""

    def __init__(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.client = client

    async def state(self, *opened: str) -> dict[str, Any]:
        answer = await self.client.get("/migration/state", params={"open": ",".join(opened)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["response"]
        return found

    async def row(self, name: str) -> dict[str, Any]:
        return next(each for each in (await self.state())["blueprints"] if each["name"] == name)

    async def do(self, action: str, name: str, **values: Any) -> httpx.Response:
        values.setdefault("seen", (await self.row(name))["seen"])
        return await self.client.post(f"/migration/{action}", json={"blueprint": name, **values})

    async def done(self, action: str, name: str, **values: Any) -> Any:
        answer = await self.do(action, name, **values)
        assert answer.status_code == 200, answer.text
        return answer.json()["response"]["changed"]

    async def refused(self, action: str, name: str, **values: Any) -> tuple[int, str, str]:
        """Status, exception and message; nothing may have changed."""
        before = await self.gateway.control.state.overrides(), await self.gateway.control.state.journal()
        answer = await self.do(action, name, **values)
        assert (await self.gateway.control.state.overrides(), await self.gateway.control.state.journal()) == before
        told = answer.json()["response"]
        return answer.status_code, told["exception"], told["message"]

    async def lane(self, path: str) -> str:
        return (await self.client.get(path)).headers["x-lane-lane"]


@asynccontextmanager
async def seated(tmp_path: Path, source: str = SOURCE, **options: Any) -> AsyncIterator[Seat]:
    app = make_fastapi()
    app.mount("/migration", Console(operator, parity=tmp_path / "parity.json", commands={"cutover": "move {name}"}))
    gateway = make_gateway(fastapi_app=app, source=parse(source), **options)
    if gateway.lane is None:
        gateway.control.start()
    try:
        async with running(gateway) as client:
            client.headers["x-operator"] = "ann"
            yield Seat(gateway, client)
    finally:
        await gateway.control.stop()


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as found:
        yield found


def clean(tmp_path: Path, **blueprints: Any) -> None:
    (tmp_path / "parity.json").write_text(json.dumps({"version": 1, "blueprints": blueprints}))


def record(blueprint: str, *differences: Found) -> dict[str, Any]:
    listed = parse(REGISTRY).blueprints[blueprint].routes
    routes = {f"GET {route.path}": 20 for route in listed}
    return ShadowRecord(blueprint, "2026-03-01T10:00:00+00:00", compared=40, differences=differences, routes=routes, last=NOW).as_dict()


DIFFERENCE = Found("GET", "/runs/", "name", 3, 0, (Sample("2026-03-01T10:00:00+00:00", "/runs/?q=1", "'a'", "'<b>'"),))


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


# ---- what it does


async def test_a_canary_a_cut_over_and_a_rollback(seat: Seat, tmp_path: Path) -> None:
    clean(tmp_path, runs=CLEAN)
    await seat.gateway.control.state.publish("shadow", "another", [record("runs")], 60)
    assert await seat.done("canary", "runs", percent=100, why="everybody") == ["runs"]
    assert await seat.lane("/runs/") == "fastapi"
    row = await seat.row("runs")
    assert (row["owner"], row["percent"], row["overrides"][0]["who"], row["filed"]) == (
        "flask",
        100,
        "ann",
        {"owner": "flask", "percent": 0},
    )
    assert await seat.done("cutover", "runs", why="it is time") == ["runs"]
    assert await seat.lane("/runs/7") == "fastapi"
    assert (await seat.row("runs"))["routes"] == {"total": 4, "flask": 0, "fastapi": 4}
    assert await seat.done("rollback", "runs", why="not yet\nafter all") == ["runs"]
    assert await seat.lane("/runs/7") == "flask"
    last, before, first = (await seat.state())["journal"]
    assert (first["what"], first["before"], first["after"], first["who"], first["source"], first["why"]) == (
        "canary",
        "flask",
        "flask, canary 100 %",
        "ann",
        "console",
        "everybody",
    )
    assert (before["what"], before["after"], before["why"]) == ("owner", "fastapi", "it is time")
    assert (
        before["evidence"]
        == f"parity: 0 differences and 0 failures in 10 requests, {NOW[:16].replace('T', ' ')}; shadow: 0 places differ in 40 comparisons"
    )
    assert (last["what"], last["after"], last["why"]) == ("override", "flask (registry)", "not yet after all")
    assert (await seat.row("runs"))["overrides"] == [], "the registry says the same"
    assert (await seat.client.get("/migration/journal", params={"blueprint": "files"})).json()["response"] == []
    assert len((await seat.client.get("/migration/journal", params={"blueprint": "runs"})).json()["response"]) == 3


async def test_what_stands_can_be_lifted(seat: Seat) -> None:
    await seat.done("canary", "runs", percent=30)
    await seat.done("rollback", "files")
    assert (await seat.row("files"))["routes"]["flask"] == 3
    assert await seat.done("lift", "files", why="as the file says") == ["files"]
    assert (await seat.row("files"))["routes"]["flask"] == 1
    assert await seat.done("canary", "runs", percent=0) == ["runs"]
    assert await seat.gateway.control.state.overrides() == []
    assert await seat.refused("lift", "runs") == (422, "Impossible", "that is in force for runs already")


async def test_a_share_that_the_registry_does_not_know_is_sticky_by_user(seat: Seat) -> None:
    await seat.done("canary", "identity", percent=50)
    assert (await seat.row("identity"))["sticky"] == "user"


async def test_a_cut_over_asks_for_evidence(seat: Seat, tmp_path: Path) -> None:
    status, name, message = await seat.refused("cutover", "runs")
    assert (status, name) == (412, "NotProven")
    assert "the parity suite has no record" in message
    assert "no shadow record" in message
    clean(tmp_path, runs=CLEAN | {"differences": 2})
    await seat.gateway.control.state.publish("shadow", "another", [record("runs", DIFFERENCE)], 60)
    status, _, message = await seat.refused("cutover", "runs")
    assert status == 412
    assert "parity: 2 differences" in message
    assert "GET /runs/ at name" in message
    assert (await seat.row("runs"))["against"] != []
    assert await seat.refused("cutover", "runs", force=True) == (400, "BadRequest", "say why: a forced cut-over needs a reason")
    assert await seat.done("cutover", "runs", force=True, why="the old one burns") == ["runs"]
    assert (await seat.state())["journal"][0]["evidence"].startswith("forced, although parity: 2 differences")


async def test_an_unreadable_parity_record_is_no_evidence_and_hides_nothing(seat: Seat, tmp_path: Path) -> None:
    (tmp_path / "parity.json").write_text("{")
    assert "is no parity record" in (await seat.state())["problems"][0]
    status, name, _ = await seat.refused("cutover", "runs", force=True, why="whatever")
    assert (status, name) == (422, "Impossible")


async def test_a_blueprint_moves_with_its_routes_but_not_with_those_that_name_an_owner(tmp_path: Path) -> None:
    source = SOURCE.replace(
        '{path: "/runs/<string:run_id>", methods: [GET, POST]}',
        '{path: "/runs/<string:run_id>", methods: [GET, POST], canary: {percent: 5}}',
    )
    async with seated(tmp_path, source) as seat:
        assert await seat.done("cutover", "runs", force=True, why="a try") == ["runs", "runs: GET,POST /runs/<string:run_id>"]
        assert await seat.lane("/runs/7") == "fastapi"
        assert await seat.refused("cutover", "files", force=True, why="no") == (422, "Impossible", "that is in force for files already")
        assert await seat.done("rollback", "runs") == ["runs", "runs: GET,POST /runs/<string:run_id>"]
        assert await seat.lane("/runs/7") == "flask"


async def test_what_one_lane_lacks_does_not_move(tmp_path: Path) -> None:
    flask_app = make_flask()
    flask_app.add_url_rule("/runs/old", "old", lambda: "old")
    source = SOURCE.replace('{path: "/runs/", methods', '{path: "/runs/old", methods: [GET]}\n      - {path: "/runs/", methods')
    async with seated(tmp_path, source, flask_app=flask_app) as seat:
        assert (await seat.row("runs"))["lacks"] == ["GET /runs/old"]
        status, name, message = await seat.refused("cutover", "runs", force=True, why="a try")
        assert (status, name) == (422, "Impossible")
        assert "fastapi does not have GET /runs/old" in message


async def test_the_second_of_two_is_told_that_somebody_was_faster(seat: Seat) -> None:
    seen = (await seat.row("runs"))["seen"]
    answers = await asyncio.gather(
        *(seat.do("canary", "runs", percent=percent, seen=seen, why=str(percent)) for percent in (10, 20, 30)),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (standing,) = await seat.gateway.control.state.overrides()
    assert len(await seat.gateway.control.state.journal()) == 1
    assert standing.why == f"{standing.percent:g}"
    assert await seat.refused("rollback", "runs", seen=seen) == (409, "Outpaced", "it has changed since you looked: nothing was done")


async def test_another_worker_was_faster(tmp_path: Path) -> None:
    state = InMemory()
    async with seated(tmp_path, state=state) as one, seated(tmp_path, state=state) as other:
        seen = (await one.row("runs"))["seen"]
        await other.done("canary", "runs", percent=40)
        assert (await one.refused("canary", "runs", percent=10, seen=seen))[0] == 409
        assert await one.done("canary", "runs", percent=10) == ["runs"], "one look later it knows, without waiting for a turn"


async def test_a_server_of_one_lane_shows_and_does_nothing(tmp_path: Path) -> None:
    async with seated(tmp_path, lane="flask") as seat:
        assert (await seat.state())["lane"] == "flask"
        assert (await seat.refused("canary", "runs", percent=10))[:2] == (422, "Impossible")


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
