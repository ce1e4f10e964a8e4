"""What the lanes serve is counted in every worker, for the last five minutes, and added up."""

from __future__ import annotations

import asyncio
import json
import random
import time

import pytest

from strangler.registry import LANES
from strangler.reports import TURNS
from strangler.state import InMemory
from strangler.table import Target
from strangler.traffic import FORMAT, STEPS, Traffic, merged
from support.gateways import make_gateway, running

pytestmark = pytest.mark.anyio


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def target(path: str = "/x", blueprint: str | None = "runs") -> Target:
    return Target("GET", path, "flask", blueprint, path, frozenset(LANES), None, None, None)


def told(traffic: Traffic) -> object:
    """As it comes out of a database."""
    return json.loads(json.dumps(traffic.report()))


def test_quantiles_are_those_of_what_was_measured() -> None:
    traffic, draw = Traffic(Clock()), random.Random(1)
    seconds = sorted(draw.lognormvariate(-4, 1) for _ in range(5000))
    for each in seconds:
        traffic.note(target(), "fastapi", each, False)
    served = merged([told(traffic)], traffic.report()["at"]).blueprints["runs", "fastapi"]  # type: ignore[list-item]
    assert served.requests == 5000
    for share in (0.5, 0.95, 0.99):
        quantile = served.quantile(share)
        assert quantile is not None
        assert quantile == pytest.approx(seconds[int(share * 5000)], rel=0.05)
    assert merged([], 0).total("flask").quantile(0.5) is None


def test_five_minutes_are_kept_and_no_more() -> None:
    clock = Clock()
    traffic = Traffic(clock)
    for _ in range(3 * STEPS):
        traffic.note(target(), "flask", 0.01, failed=True)
        clock.now += 5
    seen = merged([told(traffic)], clock.now)  # type: ignore[list-item]
    served = seen.blueprints["runs", "flask"]
    assert served.series == [1] * (STEPS - 1) + [0], "one a step; the last step has only begun"
    assert STEPS <= served.requests <= STEPS + 6
    assert served.errors == served.requests
    assert served.rate(seen.into) == pytest.approx(0.2)
    clock.now += 3600
    assert traffic.report()["routes"] == []


def test_workers_are_added_up_step_by_step_and_other_formats_are_left_out() -> None:
    clock, late = Clock(), Clock()
    late.now -= 10
    one, other = Traffic(clock), Traffic(late)
    one.note(target(), "flask", 0.01, False)
    one.note(target("/y"), "fastapi", 0.01, True)
    other.note(target(), "flask", 0.01, False)
    seen = merged([told(one), told(other), {"format": FORMAT + 1}], clock.now)  # type: ignore[list-item]
    assert seen.blueprints["runs", "flask"].series[-3:] == [1, 0, 1]
    assert seen.routes["runs", "GET", "/x", "flask"].requests == 2
    assert seen.total("fastapi").errors == 1
    ahead = merged([told(one)], late.now)  # type: ignore[list-item]
    assert sum(ahead.blueprints["runs", "flask"].series) == 0


async def test_the_gateway_counts_answers_and_failures_by_lane() -> None:
    gateway = make_gateway()
    async with running(gateway) as client:
        for _ in range(3):
            await client.get("/runs/")
        await client.get("/files/a")
        await client.get("/nowhere")
    seen = merged([gateway.traffic.report()], time.time())
    assert {key: served.requests for key, served in seen.routes.items()} == {
        ("runs", "GET", "/runs/", "flask"): 3,
        ("files", "GET", "/files/<path:name>", "fastapi"): 1,
    }
    assert seen.total("flask").errors == 0


async def test_a_lane_that_raises_is_an_error() -> None:
    gateway = make_gateway()

    @gateway.fastapi_app.middleware("http")
    async def broken(request: object, call_next: object) -> object:
        raise RuntimeError

    async with running(gateway) as client:
        with pytest.raises(RuntimeError):
            await client.get("/files/a")
    assert merged([gateway.traffic.report()], time.time()).total("fastapi").errors == 1


def test_counting_costs_next_to_nothing() -> None:
    traffic, one = Traffic(), target()
    best = float("inf")
    for _ in range(5):
        since = time.thread_time()
        for _ in range(2000):
            traffic.note(one, "flask", 0.01, False)
        best = min(best, (time.thread_time() - since) / 2000)
    assert best < 10e-6, f"{best * 1e6:.1f} µs"


async def test_who_looks_is_told_by_every_worker_before_its_next_report_is_due() -> None:
    state = InMemory()
    mine, other = make_gateway(state=state), make_gateway(state=state)
    for gateway in (mine, other):
        gateway.control.start()
    try:
        async with running(other) as client:
            while other.control.worker not in await state.published("traffic"):
                await asyncio.sleep(0.01)  # the first turn is over: the next report would come after so many turns
            await client.get("/runs/")
            mine.control.reports.look()
            async with asyncio.timeout(30):
                while not (await state.published("traffic"))[other.control.worker].get("routes"):
                    await asyncio.sleep(0.02)
        assert other.control.reports._turn <= TURNS
    finally:
        for gateway in (mine, other):
            await gateway.control.stop()
