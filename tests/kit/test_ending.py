"""The end of tasks that run until they are told to stop. The kit's tests say more of the same."""

from __future__ import annotations

import asyncio

import pytest

from argus.kit import ending

pytestmark = pytest.mark.anyio


async def test_a_task_that_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "AGAIN", 0.02)
    lost = 0

    async def goes_on() -> None:
        nonlocal lost
        while lost < 3:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                lost += 1
        await asyncio.sleep(30)

    task = asyncio.create_task(goes_on())
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            await ending.end(task)
        assert task.cancelled()
        assert lost == 3
    finally:  # the loop of the test cancels once what is left
        lost = 3
        task.cancel()


async def test_how_a_task_ends_is_not_told() -> None:
    async def fails() -> None:
        raise ValueError("nobody looks at it")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await ending.end(task)
    assert task.done()
