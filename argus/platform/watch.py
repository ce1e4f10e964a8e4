"""Looking after the queue, whatever the engine: once a second or when something is put, and now and then at what the dead have left."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from prometheus_client import Gauge
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from argus.db.base import moment
from argus.db.database import Database
from argus.kit.ending import end
from argus.platform import queue
from argus.platform.kinds import load_handlers
from argus.platform.tables import WorkItem

log = logging.getLogger("argus.queue")

LOOKED_EVERY = 1.0  # seconds
SWEPT_EVERY = 5.0

ITEMS = Gauge("argus_queue_items", "Items of the queue", ["queue", "state"], multiprocess_mode="mostrecent")


class Watch:
    """Looks while it is started. An engine says what to do at a look."""

    def __init__(self, database: Database, queues: Collection[str]) -> None:
        self.queues = tuple(queues)
        self._database = database
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._unhook: Callable[[], None] = lambda: None
        self._swept = float("-inf")

    async def start(self) -> None:
        """Begin to look."""
        load_handlers()
        self._loop = asyncio.get_running_loop()
        self._unhook = queue.on_put(self._told_of)
        self._looking = asyncio.create_task(self._look_on(), name="queue")

    async def stop(self) -> None:
        """Look no more."""
        self._unhook()
        if self._looking:
            await end(self._looking)

    async def tend(self) -> None:
        """What an engine does at a look."""
        raise NotImplementedError

    def _told_of(self, item_id: str, _queue: str) -> None:
        self._loop.call_soon_threadsafe(self.woken, item_id)

    def woken(self, item_id: str) -> None:
        """Something was put, or asked for of an item."""
        self._wake.set()

    async def _look_on(self) -> None:
        while True:
            try:
                await self._sweep_sometimes()
                await self.tend()
            except (SQLAlchemyError, OSError) as problem:
                log.warning("the queue waits for the database: %r", problem)
            except Exception:
                log.exception("the queue cannot be looked at")
            try:
                async with asyncio.timeout(LOOKED_EVERY):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def _sweep_sometimes(self) -> None:
        at = time.monotonic()
        if at - self._swept < SWEPT_EVERY:
            return
        lost = select(func.count()).select_from(WorkItem).where(WorkItem.state == "leased", WorkItem.lease_until < moment())
        states = select(WorkItem.queue, WorkItem.state, func.count()).where(WorkItem.state.in_(("queued", "leased")))
        async with self._database.reading() as session:
            any_lost = await session.scalar(lost)
            counts = {(row[0], row[1]): row[2] for row in await session.execute(states.group_by(WorkItem.queue, WorkItem.state))}
        for name in self.queues:
            for state in ("queued", "leased"):
                ITEMS.labels(name, state).set(counts.get((name, state), 0))
        if any_lost:
            async with self._database.transaction() as session:
                await queue.sweep(session)
        self._swept = at
