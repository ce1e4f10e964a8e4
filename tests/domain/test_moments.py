"""A time is no identity: what happened at one moment is kept beside each other, what is delivered again is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import uuid4

import pytest

from argus.domain.moments import MILLISECOND, WINDOW, alike, keep, keep_new
from argus.models.widget import WidgetHighlights
from argus.plugins.sct.model import StressCommand
from argus.plugins.sct.plugin import PLUGIN
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

RUN = uuid4()
NOON = datetime(2024, 1, 1, 12)


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        yield found


def load(cmd: str, ts: datetime = NOON) -> StressCommand:
    return StressCommand(run_id=RUN, ts=ts, cmd=cmd, log_name="log")


async def kept(runtime: Runtime, row: StressCommand) -> tuple[int, bool]:
    """By how many milliseconds a row was moved on, and whether it is new."""
    stored, new = await keep(runtime.store, row, alike(row, "cmd", "log_name"))
    return (stored.ts - NOON) // MILLISECOND, new


async def test_those_of_one_moment_stand_behind_each_other_and_a_repeat_finds_itself(runtime: Runtime) -> None:
    assert [await kept(runtime, load(cmd)) for cmd in "abc"] == [(0, True), (1, True), (2, True)]
    assert [await kept(runtime, load(cmd)) for cmd in "cab"] == [(2, False), (0, False), (1, False)]
    assert [row.cmd for row in await runtime.store.all(select(StressCommand).where(run_id=RUN))] == ["c", "b", "a"]


async def test_a_moment_is_what_the_column_holds_of_it(runtime: Runtime) -> None:
    assert await kept(runtime, load("a", NOON.replace(microsecond=300))) == (0, True)
    assert await kept(runtime, load("a", NOON.replace(microsecond=900))) == (0, False)
    assert await kept(runtime, load("b", NOON.replace(microsecond=900))) == (1, True)


async def test_many_at_once_are_all_kept(runtime: Runtime) -> None:
    found = await asyncio.gather(*(kept(runtime, load(f"{i % 20}")) for i in range(40)))
    assert sorted({moved for moved, _ in found}) == list(range(20))
    assert sum(new for _, new in found) == 20


async def test_more_than_a_window_of_one_moment(runtime: Runtime) -> None:
    for i in range(WINDOW + 3):
        await runtime.store.save(load(f"{i}", NOON + i * MILLISECOND))
    assert await kept(runtime, load("x")) == (WINDOW + 3, True)


async def test_what_somebody_makes_is_new_each_time(runtime: Runtime) -> None:
    row = WidgetHighlights(view_id=RUN, index=1, created_at=NOON, content="same")
    made = [await keep_new(runtime.store, row) for _ in range(3)]
    assert [(entry.created_at - NOON) // MILLISECOND for entry in made] == [0, 1, 2]
