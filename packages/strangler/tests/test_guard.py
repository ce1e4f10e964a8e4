"""The guard ends a canary that fails or is slow, in every worker, and no other."""

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import JSONResponse

from strangler.gateway import Gateway
from strangler.guard import Cell, Counts, Window, judge, merged
from strangler.registry import Guard, Lane, parse
from strangler.state import InMemory
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi

pytestmark = pytest.mark.anyio

FAST = 0.05  # seconds between two turns
POLICY = """\
    canary: {percent: 50}
    guard: {max_error_rate: 0.02, max_latency_ratio: 2, min_requests: 20, window: 60}
"""
GUARDED = REGISTRY.replace("  runs: # the runs\n    owner: flask\n", f"  runs: # the runs\n    owner: flask\n{POLICY}")


def cell(requests: int, errors: int, seconds: float, draw: random.Random) -> Cell:
    found = Cell()
    for n in range(requests):
        found.note(seconds * draw.lognormvariate(0, 0.6), n < errors)
    return found


def counts(tried: tuple[int, int, float], other: tuple[int, int, float], number: int = 1) -> Counts:
    draw = random.Random(number)
    lanes: list[tuple[Lane, tuple[int, int, float]]] = [("fastapi", tried), ("flask", other)]
    return {("GET /", lane): cell(*numbers, draw) for lane, numbers in lanes}


BUDGET = Guard(max_error_rate=0.02, max_latency_ratio=2, min_requests=100)


@pytest.mark.parametrize(
    ("tried", "other", "breach"),
    [
        ((200, 10, 0.01), (1800, 0, 0.01), "error rate 5.0%"),
        ((200, 0, 0.03), (1800, 0, 0.01), "latency 3"),
        ((200, 2, 0.01), (1800, 0, 0.01), None),  # within the budget
        ((200, 0, 0.012), (1800, 0, 0.01), None),
        ((200, 60, 0.01), (1800, 540, 0.01), None),  # both fail: a rollback would not help
        ((99, 99, 0.01), (1800, 0, 0.01), None),  # too few to say
        ((200, 16, 0.01), (0, 0, 0.01), "error rate 8.0%"),  # nobody to compare with
        ((200, 0, 3.0), (0, 0, 0.01), None),
    ],
)
def test_the_budget(tried: Any, other: Any, breach: str | None) -> None:
    found = judge(BUDGET, counts(tried, other)).breach
    assert (found is None) if breach is None else (found or "").startswith(breach)


def poisson(draw: random.Random, mean: float) -> int:
    number, left = 0, draw.random()
    while left > math.exp(-mean):
        number, left = number + 1, left * draw.random()
    return number


@pytest.mark.parametrize("usual", [0.001, 0.01, 0.05])
def test_in_a_hundred_hours_no_correct_lane_is_rolled_back_by_chance(usual: float) -> None:
    draw, slots = random.Random(7), 20  # steps of a window, of a minute
    tried, other = 18, 162  # requests of each lane in a step
    errors: deque[tuple[int, int]] = deque(maxlen=slots)
    for _ in range(100 * 60 * slots):
        errors.append((poisson(draw, tried * usual), poisson(draw, other * usual)))
        one, two = (sum(each) for each in zip(*errors, strict=True))
        found: Counts = {("GET /", "fastapi"): Cell(tried * len(errors), one), ("GET /", "flask"): Cell(other * len(errors), two)}
        verdict = judge(BUDGET, found)
        assert verdict.breach is None, verdict.evidence


def test_an_error_rate_counts_route_by_route() -> None:
    found: Counts = {
        ("GET /fails", "fastapi"): Cell(150, 75),
        ("GET /fails", "flask"): Cell(300, 150),
        ("GET /works", "fastapi"): Cell(50, 0),
        ("GET /works", "flask"): Cell(1500, 0),
    }
    assert judge(BUDGET, found).breach is None, "it happens to serve the route that fails"
    found["GET /works", "fastapi"].errors = 12
    assert (judge(BUDGET, found).breach or "").startswith("error rate")


def test_the_lane_with_the_slower_routes_is_not_slower() -> None:
    draw = random.Random(1)
    found: Counts = {
        ("GET /slow", "fastapi"): cell(190, 0, 0.5, draw),
        ("GET /slow", "flask"): cell(50, 0, 0.5, draw),
        ("GET /quick", "fastapi"): cell(10, 0, 0.001, draw),
        ("GET /quick", "flask"): cell(2000, 0, 0.001, draw),
    }
    assert judge(BUDGET, found).breach is None


def test_one_slow_answer_is_no_slow_lane() -> None:
    found = counts((200, 0, 0.01), (1800, 0, 0.01))
    for _ in range(4):
        found["GET /", "fastapi"].note(30.0, False)
    assert judge(BUDGET, found).breach is None


def test_the_window_slides() -> None:
    now = [0.0]
    window = Window(10, lambda: now[0])
    for second in range(30):
        now[0] = float(second)
        window.note("GET /", "flask", 0.1, second < 15)
    (found,) = merged([window.counts()]).values()
    assert 9 <= found.requests <= 10
    assert found.errors == 0
    now[0] = 60.0
    assert window.counts() == {}


# ---- in gateways


class Faulty:
    """FastAPI over the pair, with a fault that can be switched on."""

    def __init__(self) -> None:
        self.fails = False
        self.delay = self.spent = 0.0
        """Seconds of a clock that a test may set: of each request, and of all."""

    def app(self) -> FastAPI:
        app = make_fastapi()

        @app.middleware("http")
        async def fault(request: Any, call_next: Any) -> Any:
            self.spent += self.delay
            return JSONResponse({}, 503) if self.fails else await call_next(request)

        return app


@asynccontextmanager
async def workers(source: str, fault: Faulty, number: int = 2) -> AsyncIterator[list[tuple[Gateway, httpx.AsyncClient]]]:
    """Gateways that share one state."""
    state = InMemory()
    made = []
    for _ in range(number):
        gateway = make_gateway(source=parse(source), state=state, fastapi_app=fault.app())
        gateway.control.every = FAST
        gateway.control.start()
        made.append(gateway)
    opened = [running(gateway) for gateway in made]
    try:
        yield [(gateway, await each.__aenter__()) for gateway, each in zip(made, opened, strict=True)]
    finally:
        for gateway, each in zip(made, opened, strict=True):
            await gateway.control.stop()
            await each.__aexit__(None, None, None)


async def load(clients: list[tuple[Gateway, httpx.AsyncClient]], requests: int) -> set[str]:
    lanes: set[str] = set()
    for n in range(requests):
        answer = await clients[n % len(clients)][1].get("/runs/abc")
        lanes.add(answer.headers["x-lane-lane"])
    return lanes


async def rolled_back(made: list[tuple[Gateway, httpx.AsyncClient]], standing: bool = True) -> None:
    """Wait until an override is in force in every worker, or in none."""
    async with asyncio.timeout(30):
        while any(bool(gateway.control.overrides.standing) is not standing for gateway, _ in made):
            await asyncio.sleep(FAST / 4)


async def test_errors_end_the_canary_in_every_worker_and_the_journal_tells() -> None:
    fault = Faulty()
    async with workers(GUARDED, fault) as made:
        assert await load(made, 60) == {"flask", "fastapi"}
        await asyncio.sleep(4 * FAST)
        assert not made[0][0].control.overrides.standing, "nothing is wrong yet"
        fault.fails = True
        await load(made, 60)
        await rolled_back(made)
        for worker in made:
            assert await load([worker], 20) == {"flask"}
        (entry,) = await made[0][0].control.state.journal()
        assert (entry.subject, entry.who, entry.source, entry.before, entry.after) == (
            "runs",
            "guard",
            "guard",
            "flask, canary 50 %",
            "flask",
        )
        assert "error rate" in entry.why
        assert "fastapi" in entry.evidence


async def test_a_worker_alone_has_too_few_but_all_together_have_enough() -> None:
    fault = Faulty()
    fault.fails = True
    source = GUARDED.replace("percent: 50", "percent: 100").replace("min_requests: 20", "min_requests: 30")
    async with workers(source, fault, 3) as made:
        await load(made, 3 * 12)
        await rolled_back(made)
        assert await load(made, 9) == {"flask"}


async def test_a_lane_that_owns_goes_back_too() -> None:
    fault = Faulty()
    fault.fails = True
    source = GUARDED.replace("owner: flask\n    canary: {percent: 50}", "owner: fastapi").replace("min_requests: 20", "min_requests: 40")
    async with workers(source, fault) as made:
        assert await load(made, 40) == {"fastapi"}
        await rolled_back(made)
        assert await load(made, 10) == {"flask"}
        (entry,) = await made[0][0].control.state.journal()
        assert (entry.what, entry.before, entry.after) == ("owner", "fastapi", "flask")


async def test_three_times_the_latency_ends_the_canary(monkeypatch: pytest.MonkeyPatch) -> None:
    fault, looks = Faulty(), count()
    monkeypatch.setattr("strangler.observation.perf_counter", lambda: fault.spent + next(looks) * 0.01)
    fault.delay = 0.03
    async with workers(GUARDED, fault) as made:
        await load(made, 100)
        await rolled_back(made)
        assert await load(made, 10) == {"flask"}


async def test_an_edit_of_the_entry_ends_the_override() -> None:
    fault = Faulty()
    fault.fails = True
    async with workers(GUARDED, fault) as made:
        await load(made, 80)
        await rolled_back(made)
        assert await load(made, 10) == {"flask"}
        fault.fails = False
        for gateway, _ in made:
            gateway.live.registry = parse(GUARDED.replace("percent: 50", "percent: 60"))
            gateway.live.recompile()
        await rolled_back(made, standing=False)
        assert await load(made, 40) == {"flask", "fastapi"}
        assert not made[0][0].control.overrides.standing


async def test_requests_go_on_when_the_shared_state_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    fault = Faulty()
    fault.fails = True
    async with workers(GUARDED, fault) as made:
        await load(made, 80)
        await rolled_back(made)

        async def down() -> Any:
            raise ConnectionError("no database")

        for gateway, _ in made:
            gateway.control.state.overrides = down  # type: ignore[method-assign]
        async with asyncio.timeout(30):
            while caplog.text.count("no database") < 2:
                await asyncio.sleep(FAST)
        await asyncio.sleep(4 * FAST)
        assert await load(made, 20) == {"flask"}, "the override stays in force"
        assert caplog.text.count("no database") == 2, "once a worker"
