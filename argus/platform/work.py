"""What a handler sees of the item that it works on: its payload, fenced transactions, whether somebody wants it to end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.database import Database
from argus.platform import queue
from argus.platform.spawned import spawned
from argus.platform.stops import Fenced, WorkCancelled
from argus.platform.tables import WorkItem
from argus.runtime import Runtime


class Work:
    """One attempt at an item. Everything it writes goes through `transaction` or `completing`."""

    def __init__(self, runtime: Runtime, database: Database, item: WorkItem) -> None:
        self.runtime = runtime
        self.database = database
        self.item = item
        self.id = item.id
        self.kind = item.kind
        self.payload: dict[str, Any] = item.payload
        self.attempt = item.attempts
        self.request_id = item.request_id
        self.completed = False
        self.stop = asyncio.Event()
        """Set when the handler is to end: somebody cancelled the item, another attempt has begun, or the process leaves."""
        self.fenced = False
        self.look = asyncio.Event()
        """Set to have the row looked at now, instead of in two seconds."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction that is committed only while this attempt is the item's.

        Raises:
            Fenced: another attempt has begun, or somebody has ended the item.
        """
        async with self.database.transaction() as session:
            if not await queue.renew(session, self.id, self.attempt):
                self.fenced = True
                raise Fenced(self.id)
            yield session

    @asynccontextmanager
    async def completing(self) -> AsyncIterator[AsyncSession]:
        """The last transaction: with its commit the item is done.

        Raises:
            Fenced: as `transaction`.
            WorkCancelled: somebody asked for the end before; nothing is written.
        """
        async with self.database.transaction() as session:
            if not await queue.done(session, self.id, self.attempt):
                self.fenced = True
                raise Fenced(self.id)
            if await self._is_cancelled(session):
                raise WorkCancelled(self.id)
            yield session
        self.completed = True

    async def _is_cancelled(self, session: AsyncSession) -> bool:
        item = await session.get(WorkItem, self.id)
        return item is not None and item.cancel_requested

    async def checkpoint(self) -> None:
        """Call it at least every two seconds between long steps.

        Raises:
            WorkCancelled: the handler is to end.
            Fenced: another attempt has begun.
        """
        await asyncio.sleep(0)
        if self.fenced:
            raise Fenced(self.id)
        if self.stop.is_set():
            raise WorkCancelled(self.id)

    async def spawn(self, function: str, argument: Any, *, memory: int = 2 << 30, cpu: int = 300) -> AsyncIterator[Any]:
        """Call a function in a process of its own, and get the messages that it sends (`argus.platform.child`).

        Args:
            function: `package.module:name`, called as `name(argument, send)`.
            argument: JSON.
            memory: bytes of address space.
            cpu: seconds of processor time.

        Raises:
            WorkCancelled, Fenced: as `checkpoint`; the process is ended first.
            Permanent: the function said so, or exceeded its memory or time.
            ChildFailed: it ended otherwise.
        """
        async for message in spawned(function, argument, memory=memory, cpu=cpu, stop=self.stop):
            yield message
        await self.checkpoint()
