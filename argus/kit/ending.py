"""The end of tasks that run until they are told to stop. Of the kit, which has the same, only `web` and `cli` may know."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN = 10.0  # seconds until a task that did not end is cancelled once more; what a task puts in order at its end may take as long


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait until they have ended; how they end concerns nobody any more.

    A cancellation can be lost on its way: before Python 3.12 `asyncio.wait_for` drops one that comes just as what it waits for is done, and
    clients of databases wait with it. So whoever goes on is told again.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)  # so that nobody complains of an error that was not looked at
