"""One attempt at an item, from the claim to what is written of its end; the same for every engine."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import Counter, Histogram
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.kit import logs
from argus.kit.ending import end
from argus.platform import queue
from argus.platform.kinds import Kind, kind_named
from argus.platform.stops import Fenced, Permanent, WorkCancelled
from argus.platform.tables import WorkItem
from argus.platform.work import Work
from argus.runtime import Runtime

log = logging.getLogger("argus.queue")

LOOKED_EVERY = 2.0  # seconds between two looks whether somebody cancelled
RENEWED_EVERY = 10.0  # seconds
WRITTEN_WITHIN = 25.0  # seconds to write what an attempt came to, while the database does not answer; the lease is longer

SECONDS = Histogram(
    "argus_job_duration_seconds", "How long attempts take", ["kind", "outcome"], buckets=(0.01, 0.1, 0.5, 1, 5, 30, 120, 600, 1800)
)
WAITED = Histogram(
    "argus_queue_wait_seconds", "From when an item was due to its beginning", ["queue"], buckets=(0.05, 0.2, 0.5, 1, 5, 30, 300)
)
LOST = Counter("argus_queue_lost_total", "Attempts that ended after another one had begun", ["kind"])


class Attempt:
    """Does the work of a claimed item, and keeps its lease meanwhile.

    Args:
        leaving: set when the process ends; an item that is interrupted is then given back.
    """

    def __init__(self, runtime: Runtime, database: Database, item: WorkItem, leaving: asyncio.Event) -> None:
        self.work = Work(runtime, database, item)
        self.leaving = leaving
        self._database = database
        self._item = item
        self._kind = kind_named(item.kind)

    async def run(self) -> str:
        """From beginning to end; what happens is told as a word: done, failed, cancelled, again, back, lost."""
        WAITED.labels(self._item.queue).observe(max(0.0, (moment() - self._item.not_before).total_seconds()))
        token = logs.serve(self._told)
        began = time.monotonic()
        beating = asyncio.create_task(self._beat())
        try:
            outcome = await self._outcome()
        finally:
            await end(beating)
            logs.served(token)
        SECONDS.labels(self._item.kind, outcome).observe(time.monotonic() - began)
        return outcome

    def _told(self) -> logs.Fields:
        return {
            "request_id": self._item.request_id or "",
            "job_id": self._item.id,
            "kind": self._item.kind,
            "attempt": str(self._item.attempts),
        }

    async def _outcome(self) -> str:
        handling = asyncio.create_task(self._handle(self._kind))
        try:
            await asyncio.shield(handling)
        except asyncio.CancelledError:  # the process leaves, and has waited long enough
            await end(handling)
            await self._write("back", lambda session: queue.give_back(session, self._item))
            raise
        except Fenced:
            return self._lost()
        except WorkCancelled:
            return await self._interrupted()
        except Exception as error:
            return await self._failed(error)
        if self.work.completed:
            return "done"
        return await self._write("done", lambda session: queue.done(session, self._item.id, self._item.attempts))

    async def _handle(self, kind: Kind) -> None:
        try:
            async with asyncio.timeout(kind.soft_seconds) as limit:
                await kind.handle(self.work)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Permanent("time_limit", f"it was not done within {kind.soft_seconds:g} seconds") from None

    def _lost(self) -> str:
        log.warning(
            "item %s: another attempt has begun, or it was ended; attempt %d writes nothing more", self._item.id, self._item.attempts
        )
        LOST.labels(self._item.kind).inc()
        return "lost"

    async def _interrupted(self) -> str:
        if self.work.fenced:
            return self._lost()
        if self.leaving.is_set():
            return await self._write("back", lambda session: queue.give_back(session, self._item))
        return await self._write("cancelled", lambda session: queue.end(session, self._item, "cancelled", None))

    async def _failed(self, error: Exception) -> str:
        if self.work.completed:  # the item is done; what came after it cannot change that
            log.exception("item %s: after it was done", self._item.id)
            return "done"
        told = told_of(error)
        if not is_permanent(error) and self._item.attempts < self._item.max_attempts:
            log.warning("item %s of %s is tried again: %s", self._item.id, self._item.kind, told["message"], exc_info=error)
            return await self._write("again", lambda session: queue.again(session, self._item, told))
        log.error("item %s of %s failed: %s", self._item.id, self._item.kind, told["message"], exc_info=error)
        return await self._write("failed", lambda session: queue.end(session, self._item, "failed", told))

    async def _write(self, outcome: str, change: Callable[[AsyncSession], Awaitable[bool]]) -> str:
        """Write what the attempt came to; while the database does not answer it is tried again, in the end the lease runs out."""
        until = time.monotonic() + WRITTEN_WITHIN
        while True:
            try:
                async with self._database.transaction() as session:
                    kept = await change(session)
                return outcome if kept else self._lost()
            except (DBAPIError, SQLAlchemyError, OSError):
                if time.monotonic() > until:
                    log.exception("item %s: how it ended could not be written; its lease will run out", self._item.id)
                    return "lost"
                await asyncio.sleep(1)

    async def _beat(self) -> None:
        """Renew the lease, and see whether somebody wants the end."""
        renewed = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(LOOKED_EVERY):
                    await self.work.look.wait()
            except TimeoutError:
                pass
            self.work.look.clear()
            try:
                if time.monotonic() - renewed >= RENEWED_EVERY:
                    async with self._database.transaction() as session:
                        held = await queue.renew(session, self._item.id, self._item.attempts)
                    renewed = time.monotonic() if held else renewed
                await self._look()
            except (SQLAlchemyError, OSError) as problem:
                log.warning("the lease of item %s waits for the database: %r", self._item.id, problem)

    async def _look(self) -> None:
        columns = (WorkItem.state, WorkItem.attempts, WorkItem.cancel_requested)
        async with self._database.reading() as session:
            row = (await session.execute(select(*columns).where(WorkItem.id == self._item.id))).one_or_none()
        if row is None or row.attempts != self._item.attempts or (row.state != "leased" and not self.work.completed):
            self.work.fenced = not self.work.completed
            self.work.stop.set()
        elif row.cancel_requested or self.leaving.is_set():
            self.work.stop.set()


def told_of(error: Exception) -> dict[str, Any]:
    """What is kept of an error: code and message, without internals."""
    code = getattr(error, "code", None)
    return {"code": code if isinstance(code, str) else type(error).__name__, "message": logs.redacted(str(error))[:2000]}


def is_permanent(error: Exception) -> bool:
    """Whether trying again would not help: what the handler says, and mistakes of whoever asked."""
    status = getattr(error, "status", 500)
    return isinstance(error, Permanent) or (isinstance(status, int) and 400 <= status < 500)
