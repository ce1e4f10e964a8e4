"""The end of tasks that run until they are told to stop."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from fastapi import FastAPI

from strangler import Gateway, ending, parse
from strangler.ending import end
from strangler.state import InMemory, Override

pytestmark = pytest.mark.anyio


async def _deaf(times: int) -> None:
    """Goes on as often as it is cancelled, like somebody whose library lost the cancellation."""
    while True:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            times -= 1
            if times < 0:
                raise


async def test_a_task_that_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.02)
    tasks = [asyncio.create_task(_deaf(times)) for times in (0, 1, 3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await end(*tasks)
    assert all(task.cancelled() for task in tasks)


async def test_how_a_task_ends_is_not_told() -> None:
    async def fails() -> None:
        raise ValueError("nobody looks at it")

    async def answers() -> int:
        return 1

    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(fails()), asyncio.create_task(answers())]
    await asyncio.sleep(0)
    await end(*tasks)
    await end()
    assert tasks[1].result() == 1


async def test_whoever_waits_for_the_end_can_leave() -> None:
    task = asyncio.create_task(_deaf(1_000))
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await end(task)
    assert not task.done()
    for _ in range(1_000):
        task.cancel()
        await asyncio.sleep(0)


class _Lossy(InMemory):
    """A state whose calls take some time and lose each cancellation, as `asyncio.wait_for` may do it before Python 3.12."""

    async def overrides(self) -> list[Override]:
        began = time.monotonic()
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            assert time.monotonic() - began < 20
        return []


async def test_who_follows_the_shared_state_ends_although_a_call_lost_the_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.05)
    app = FastAPI()
    app.get("/x")(lambda: "x")
    text = "version: 1\nblueprints: {a: {owner: fastapi, routes: [{path: /x, methods: [GET]}]}}\nunlisted: fastapi\n"
    control = Gateway(app, None, parse(text), state=_Lossy()).control
    control.start()
    await asyncio.sleep(0.02)
    async with asyncio.timeout(20):
        await control.stop()
