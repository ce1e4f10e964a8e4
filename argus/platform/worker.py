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
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from argus.db.base import moment
from argus.db.database import Database
from argus.kit.ending import end
from argus.platform import queue
from argus.platform.attempt import Attempt
from argus.platform.kinds import QUEUES
from argus.platform.tables import WorkerHost, WorkItem
from argus.platform.watch import Watch
from argus.runtime import Runtime

log = logging.getLogger("argus.queue")

HOST_TOLD_EVERY = 20.0
HOST_GONE_AFTER = timedelta(seconds=60)
LEAVING = 20.0  # seconds that running work has when the process leaves
ENDING = 10.0  # seconds more until its lease is given back for it


class SeveralHosts(Exception):
    """Another host works on the same queue with the embedded engine."""


class Workers(Watch):
    """Does the work of some queues while it is started.

    Args:
        concurrency: items of each queue at a time.
    """

    def __init__(self, runtime: Runtime, database: Database, queues: Collection[str] = QUEUES, concurrency: int | None = None) -> None:
        super().__init__(database, queues)
        self.concurrency = runtime.settings.QUEUE_CONCURRENCY if concurrency is None else concurrency
        self.owner = f"{this_host()}:{os.getpid()}"
        self.running: dict[str, tuple[str, Attempt, asyncio.Task[str]]] = {}
        self._runtime = runtime
        self._leaving = asyncio.Event()
        self._told = float("-inf")

    async def start(self) -> None:
        """Begin to look.

        Raises:
            SeveralHosts: the embedded engine is for one host.
        """
        await self._register()
        await super().start()

    async def stop(self) -> None:
        """Claim no more; let what runs end, then give it back so that another process goes on at once."""
        self._leaving.set()
        await super().stop()
        tasks = [task for _, _, task in self.running.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVING)
        for _, attempt, _ in self.running.values():
            attempt.work.stop.set()
        if left := [task for task in tasks if not task.done()]:
            await asyncio.wait(left, timeout=ENDING)
        await end(*tasks)
        await self._unregister()

    def woken(self, item_id: str) -> None:
        if item_id in self.running:
            self.running[item_id][1].work.look.set()
        super().woken(item_id)

    async def tend(self) -> None:
        """Begin what is due, as far as there is room."""
        at = time.monotonic()
        if at - self._told >= HOST_TOLD_EVERY:
            await self._tell_of_host()
            self._told = at
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

    async def _register(self) -> None:
        if self._database.is_sqlite:
            return  # its file is on this host
        async with self._database.reading() as session:
            seen_after = moment() - HOST_GONE_AFTER
            others = await session.scalars(select(WorkerHost.host).where(WorkerHost.host != this_host(), WorkerHost.seen_at > seen_after))
            if names := sorted(others):
                raise SeveralHosts(
                    f"QUEUE_ENGINE embedded is for one host, and {', '.join(names)} works on this database already: "
                    "set QUEUE_ENGINE: celery on all of them, or QUEUE_CONCURRENCY: 0 on this host"
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
