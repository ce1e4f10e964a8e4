"""What the console of any gateway does, and when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from strangler.state import InMemory
from support.pair import make_flask
from support.seat import CLEAN, DIFFERENCE, NOW, SOURCE, Seat, clean, record, seated

pytestmark = pytest.mark.anyio


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    async with seated(tmp_path) as found:
        yield found


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
