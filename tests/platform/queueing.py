"""Putting work into the queue, and seeing what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import update

from argus.db.database import Database
from argus.platform import queue
from argus.platform.kinds import handler
from argus.platform.tables import WorkItem
from argus.platform.work import Work
from argus.platform.worker import Workers
from argus.runtime import Runtime

PATIENCE = 15.0  # seconds


async def put(database: Database, kind: str = "test.kind", **more: Any) -> str:
    async with database.transaction() as session:
        return (await queue.put(session, kind, {"n": 1}, **more)).id


async def item_of(database: Database, item_id: str) -> WorkItem:
    async with database.reading() as session:
        return await session.get_one(WorkItem, item_id)


async def becomes(database: Database, item_id: str, *states: str) -> WorkItem:
    """The item, once it is in one of these states."""
    until = time.monotonic() + PATIENCE
    while (item := await item_of(database, item_id)).state not in states:
        assert time.monotonic() < until, f"{item.state} {item.error}"
        await asyncio.sleep(0.02)
    return item


@asynccontextmanager
async def working(runtime: Runtime, database: Database, **more: Any) -> AsyncIterator[Workers]:
    workers = Workers(runtime, database, **more)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.stop()


def handled(handle: Callable[[Work], Any] | None = None, **more: Any) -> list[Work]:
    """A handler for `test.kind`; gives the attempts that it saw."""
    seen: list[Work] = []

    @handler("test.kind", **more)
    async def _handle(work: Work) -> None:
        seen.append(work)
        if handle is not None:
            await handle(work)

    return seen


async def claimed(database: Database, owner: str = "me") -> WorkItem | None:
    async with database.transaction() as session:
        return await queue.claim(session, owner, ["default"])


async def make_due(database: Database, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(update(WorkItem).values(**values))
