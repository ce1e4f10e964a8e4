"""The embedded engine: claims what is due and does it, in this process (docs/platform.md#queue).

One look a second finds what other processes put or left; what this process puts wakes it at once. Each queue has its own room, so that
short work never waits behind long work of another kind.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from prometheus_client import Gauge
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from argus.db.base import moment
from argus.db.database import Database
from argus.platform import queue
from argus.platform.attempt import Attempt
from argus.platform.kinds import QUEUES, load_handlers
from argus.platform.tables import WorkerHost, WorkItem
from argus.runtime import Runtime

log = logging.getLogger("argus.queue")

LOOKED_EVERY = 1.0  # seconds
SWEPT_EVERY = 5.0
HOST_TOLD_EVERY = 20.0
HOST_GONE_AFTER = timedelta(seconds=60)
LEAVING = 20.0  # seconds that running work has when the process leaves
ENDING = 10.0  # seconds more until its lease is given back for it

ITEMS = Gauge("argus_queue_items", "Items of the queue", ["queue", "state"], multiprocess_mode="mostrecent")


class SeveralHosts(Exception):
    """Another host works on the same queue with the embedded engine."""


class Workers:
    """Does the work of some queues while it is started.

    Args:
        concurrency: items of each queue at a time.
    """

    def __init__(self, runtime: Runtime, database: Database, queues: Collection[str] = QUEUES, concurrency: int | None = None) -> None:
        self.queues = tuple(queues)
        self.concurrency = runtime.settings.QUEUE_CONCURRENCY if concurrency is None else concurrency
        self.owner = f"{this_host()}:{os.getpid()}"
        self.running: dict[str, tuple[str, Attempt, asyncio.Task[str]]] = {}
        self._runtime = runtime
        self._database = database
        self._leaving = asyncio.Event()
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._unhook: Callable[[], None] = lambda: None
        self._swept = self._told = float("-inf")

    async def start(self) -> None:
        """Begin to look.

        Raises:
            SeveralHosts: the embedded engine is for one host.
        """
        load_handlers()
        await self._register()
        self._loop = asyncio.get_running_loop()
        self._unhook = queue.on_put(self._told_of)
        self._looking = asyncio.create_task(self._look_on(), name="queue")

    async def stop(self) -> None:
        """Claim no more; let what runs end, then give it back so that another process goes on at once."""
        self._unhook()
        self._leaving.set()
        if self._looking:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        tasks = [task for _, _, task in self.running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVING)
        for _, attempt, _ in self.running.values():
            attempt.work.stop.set()
        if left := [task for task in tasks if not task.done()]:
            await asyncio.wait(left, timeout=ENDING)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._unregister()

    def _told_of(self, item_id: str, _queue: str) -> None:
        self._loop.call_soon_threadsafe(self._woken, item_id)

    def _woken(self, item_id: str) -> None:
        if item_id in self.running:
            self.running[item_id][1].work.look.set()
        self._wake.set()

    async def _look_on(self) -> None:
        while True:
            try:
                await self._look()
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

    async def _look(self) -> None:
        at = time.monotonic()
        if at - self._told >= HOST_TOLD_EVERY:
            await self._tell_of_host()
            self._told = at
        if at - self._swept >= SWEPT_EVERY:
            await self._sweep()
            self._swept = at
        for name in await self._due():
            while self._room(name):
                if not await self._begin(name):
                    break

    def _room(self, name: str) -> bool:
        return sum(of == name for of, _, _ in self.running.values()) < self.concurrency

    async def _due(self) -> list[str]:
        """Queues with something to begin, and room for it. Only reads: most looks find nothing."""
        names = [name for name in self.queues if self._room(name)]
        if not names:
            return []
        due = select(WorkItem.queue).where(WorkItem.queue.in_(names), WorkItem.state == "queued", WorkItem.not_before <= moment())
        async with self._database.reading() as session:
            return list(await session.scalars(due.distinct()))

    async def _begin(self, name: str) -> bool:
        async with self._database.transaction() as session:
            item = await queue.claim(session, self.owner, [name])
        if item is None:
            return False
        attempt = Attempt(self._runtime, self._database, item, self._leaving)
        task = asyncio.create_task(attempt.run(), name=f"{item.kind} {item.id}")
        self.running[item.id] = (name, attempt, task)
        task.add_done_callback(lambda _, item_id=item.id: self._ended(item_id))  # type: ignore[misc]
        return True

    def _ended(self, item_id: str) -> None:
        _, _, task = self.running.pop(item_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt ended in an error of its own", exc_info=error)
        self._wake.set()

    async def _sweep(self) -> None:
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

    async def _register(self) -> None:
        if self._database.is_sqlite:
            return  # its file is on this host
        async with self._database.reading() as session:
            seen_after = moment() - HOST_GONE_AFTER
            others = await session.scalars(select(WorkerHost.host).where(WorkerHost.host != this_host(), WorkerHost.seen_at > seen_after))
            if names := sorted(others):
                raise SeveralHosts(
                    f"QUEUE_ENGINE embedded is for one host, and {', '.join(names)} works on this database already: "
                    "set QUEUE_CONCURRENCY: 0 on this host"
                )
        await self._tell_of_host()

    async def _tell_of_host(self) -> None:
        if self._database.is_sqlite:
            return
        told = insert(WorkerHost).values(host=this_host(), seen_at=moment())
        async with self._database.transaction() as session:
            await session.execute(told.on_conflict_do_update(index_elements=["host"], set_={"seen_at": told.excluded.seen_at}))

    async def _unregister(self) -> None:
        if self._database.is_sqlite:
            return
        try:
            async with self._database.transaction() as session:
                await session.execute(delete(WorkerHost).where(WorkerHost.host == this_host()))
        except (SQLAlchemyError, OSError) as problem:
            log.warning("this host stays listed for a minute: %r", problem)


def this_host() -> str:
    """What this host is called among those that share a queue."""
    return socket.gethostname()[:100] or "host"
