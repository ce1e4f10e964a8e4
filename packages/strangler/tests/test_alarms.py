"""Alarms ring at their times, all of them, and none that was put off."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as some

from strangler.alarms import Alarm, Alarms, alarms

pytestmark = pytest.mark.anyio

STEP = 0.01  # seconds
moments = some.integers(0, 6)


@given(plan=some.lists(some.tuples(moments, some.one_of(some.none(), moments)), max_size=20))
def test_each_rings_once_at_its_time_unless_it_was_put_off_before(plan: list[tuple[int, int | None]]) -> None:
    """`plan`: of each alarm when it rings, and when it is put off, in steps."""

    async def play() -> list[tuple[int, float]]:
        clock, loop, rung = Alarms(), asyncio.get_running_loop(), list[tuple[int, float]]()
        began = loop.time()
        for number, (at, off) in enumerate(plan):
            alarm = clock.set(at * STEP, lambda number=number: rung.append((number, loop.time() - began)))  # type: ignore[misc]
            if off is not None:
                loop.call_at(began + (off + 0.5) * STEP, clock.put_off, alarm)
        await asyncio.sleep(8 * STEP)
        return rung

    rung = asyncio.run(play())
    numbers = [number for number, _ in rung]
    assert len(numbers) == len(set(numbers)), "none rings twice"
    for number, (at, off) in enumerate(plan):
        if off is None or off > at + 1:  # a busy machine may be late by a step
            assert number in numbers
    assert all(when >= plan[number][0] * STEP - 0.001 for number, when in rung), "and none too early"


async def test_one_that_was_put_off_does_not_ring() -> None:
    clock, rung = Alarms(), list[str]()
    alarm = clock.set(0.01, lambda: rung.append("never"))
    clock.set(0.02, lambda: rung.append("late"))
    clock.put_off(alarm)
    clock.put_off(alarm)
    await asyncio.sleep(0.1)
    assert rung == ["late"]


async def test_an_alarm_may_put_off_another_that_is_due_and_set_a_new_one() -> None:
    clock, rung = Alarms(), list[str]()

    def first() -> None:
        rung.append("first")
        clock.put_off(second)
        clock.set(0, lambda: rung.append("third"))

    clock.set(0, first)
    second: Alarm = clock.set(0, lambda: rung.append("second"))
    await asyncio.sleep(0.05)
    assert rung == ["first", "third"]


async def test_an_earlier_one_does_not_wait_for_a_later_one() -> None:
    clock, rung = Alarms(), asyncio.Event()
    clock.set(30, lambda: None)
    clock.set(0.01, rung.set)
    async with asyncio.timeout(5):
        await rung.wait()


async def test_a_loop_has_its_own() -> None:
    assert alarms() is alarms()
    here = alarms()
    there = await asyncio.to_thread(lambda: asyncio.run(_theirs()))
    assert here is not there


async def _theirs() -> Alarms:
    return alarms()
