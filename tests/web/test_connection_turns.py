"""Who is parsed next, when many connections have sent something."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from argus.web.connection_turns import SHORTS, TURN_SECONDS, Turns

pytestmark = pytest.mark.anyio


@dataclass(eq=False)
class Sender:
    """A connection; it takes its whole share, and has more to say when it is long."""

    name: str
    turns: Turns
    parsed: list[str]
    long: bool = False
    takes: float = 0.0
    times: list[float] = field(default_factory=list)

    def is_long(self) -> bool:
        return self.long

    def parse(self, seconds: float) -> None:
        self.parsed.append(self.name)
        self.times.append(time.perf_counter())
        until = time.perf_counter() + self.takes
        while time.perf_counter() < until:
            pass
        if self.long:
            self.turns.add(self)


@pytest.fixture
async def turns() -> Turns:
    return Turns(asyncio.get_running_loop())


async def test_short_requests_come_before_the_bodies_that_wait(turns: Turns) -> None:
    parsed: list[str] = []
    for number in range(50):
        turns.add(Sender("body", turns, parsed, long=True, takes=TURN_SECONDS))
        if number == 25:
            turns.add(Sender("head", turns, parsed))
    await asyncio.sleep(0.02)
    assert parsed[0] == "head"


async def test_bodies_are_not_forgotten_while_short_requests_come(turns: Turns) -> None:
    parsed: list[str] = []
    turns.add(Sender("body", turns, parsed, long=True))
    for _ in range(4 * SHORTS):
        turns.add(Sender("head", turns, parsed))
    while parsed.count("head") < 4 * SHORTS:
        await asyncio.sleep(0)
    assert parsed.index("body") == SHORTS


async def test_many_who_send_at_once_leave_the_loop_to_others(turns: Turns) -> None:
    """In one round of the loop they have a moment together, not a moment each."""
    parsed: list[str] = []
    rounds = 0
    for _ in range(100):
        turns.add(Sender("head", turns, parsed, takes=TURN_SECONDS / 2))
    while len(parsed) < 100:
        rounds += 1
        before = len(parsed)
        await asyncio.sleep(0)
        assert len(parsed) - before <= 3
    assert rounds >= 33


async def test_what_comes_in_one_round_has_one_moment(turns: Turns) -> None:
    first = Sender("first", turns, [])
    assert turns.left(first) > 0
    time.sleep(TURN_SECONDS)
    assert turns.left(Sender("second", turns, [])) == 0
    await asyncio.sleep(0)
    assert turns.left(first) > 0


async def test_a_connection_that_is_lost_leaves_the_queue(turns: Turns) -> None:
    parsed: list[str] = []
    lost = Sender("lost", turns, parsed)
    turns.add(lost)
    turns.leave(lost)
    turns.add(Sender("there", turns, parsed))
    await asyncio.sleep(0.01)
    assert parsed == ["there"]
