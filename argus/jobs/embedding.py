"""Works off the queue of events that similarity search does not know yet (docs/contract/events.md#the-worker)."""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from argus.domain.sanitise import sanitise
from argus.integrations.embedder import distance, embedder_at
from argus.jobs.summaries import summaries_of
from argus.kit.pools import EVENTS
from argus.models.sct_event import SCTEvent, SCTUnprocessedEvent
from argus.plugins.sct.similarity import EMBEDDINGS
from argus.runtime import Runtime
from argus.storage.errors import NoHostAvailable, OperationTimedOut, Overloaded, Unavailable
from argus.storage.statements import delete, select, update

log = logging.getLogger("argus.embedding")

BATCH = 100  # events
SETTLED = 10.0  # seconds that an event waits at least
MOST = 5_000  # events of the queue that are looked at in one turn
DUPLICATE = 0.05  # cosine distance below which an event repeats another of its run
DOWN = (NoHostAvailable, OperationTimedOut, Overloaded, Unavailable)

Known = list[tuple[datetime, "array[float]"]]  # newest first


class NotEmbeddable(Exception):
    """An event that gives no vector; it leaves the queue."""


class Settling:
    """Tells which waiting events have been waiting for a while: a burst is then seen whole, and an event that its client sends again,
    having got no answer, is worked off once. When an event came is only known to whoever saw it wait: the queue holds the event's time.
    """

    def __init__(self, seconds: float = SETTLED, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._since: dict[tuple[Any, ...], float] = {}

    async def tell(self, runtime: Runtime) -> str | None:
        """A turn of the job: what `work_off` did, in words."""
        count = await self.work_off(runtime)
        return f"{count} events looked at" if count else None

    async def work_off(self, runtime: Runtime) -> int:
        """Look at the events that have settled.

        Returns:
            How many there were.

        Raises:
            NoHostAvailable, OperationTimedOut, Overloaded, Unavailable
        """
        now = self._clock()
        waiting = await runtime.store.all(select(SCTUnprocessedEvent).limit(MOST))
        self._since = {key: self._since.get(key, now) for key in map(_key, waiting)}
        settled = [row for row in waiting if now - self._since[_key(row)] >= self._seconds]
        await _look_at(runtime, settled)
        for row in settled:
            del self._since[_key(row)]
        return len(settled)


def _key(row: SCTUnprocessedEvent) -> tuple[Any, ...]:
    return tuple(row.primary_key_values().values())


async def run_once(runtime: Runtime) -> int:
    """Work off what waits, batch by batch, until the queue is empty.

    Returns:
        How many events were looked at.
    """
    total = 0
    while handled := await work_off(runtime, BATCH):
        total += handled
    return total


async def work_off(runtime: Runtime, limit: int = BATCH) -> int:
    """Look at up to `limit` waiting events, one after the other.

    An event leaves the queue whatever becomes of it, except when the database is down: then it waits for the next time.

    Returns:
        How many events were looked at.

    Raises:
        NoHostAvailable, OperationTimedOut, Overloaded, Unavailable
    """
    waiting = await runtime.store.all(select(SCTUnprocessedEvent).limit(limit))
    await _look_at(runtime, waiting)
    return len(waiting)


async def _look_at(runtime: Runtime, waiting: Sequence[SCTUnprocessedEvent]) -> None:
    for (run_id, severity), rows in groupby(waiting, key=lambda row: (row.run_id, row.severity)):
        known = await _vectors(runtime, run_id, severity)
        for row in rows:
            try:
                await _embed(runtime, row, known)
            except DOWN:
                raise
            except NotEmbeddable as reason:
                log.warning("event %s %s of run %s: %s", severity, row.ts, run_id, reason)
            except Exception:  # one bad event must not hold up those behind it
                log.exception("cannot embed event %s %s of run %s", severity, row.ts, run_id)
            await runtime.store.write(delete(SCTUnprocessedEvent).where(**row.primary_key_values()))


async def _vectors(runtime: Runtime, run_id: UUID, severity: str) -> Known:
    """Every vector of a run and severity, read once for all of its events in a batch: 3 KB each."""
    table = EMBEDDINGS.get(severity)
    if table is None:
        return []
    rows = runtime.store.rows(select(table).where(run_id=run_id))
    return [(row.ts, array("d", row.embedding)) async for row in rows if row.embedding]


async def _embed(runtime: Runtime, row: SCTUnprocessedEvent, known: Known) -> None:
    table = EMBEDDINGS.get(row.severity)
    if table is None:
        raise NotEmbeddable(f"Unsupported severity: {row.severity}")
    event = await runtime.store.find(SCTEvent, **row.primary_key_values())
    if event is None:
        raise NotEmbeddable("Event not found")
    if not event.message:
        raise NotEmbeddable("Event message is empty")
    vector = await runtime.blocking(EVENTS, _vector_of, runtime, event.message)
    same = await runtime.blocking(EVENTS, _repeated, vector, row.ts, known)
    canonical = await runtime.store.find(SCTEvent, run_id=row.run_id, severity=row.severity, ts=same) if same else None
    if canonical is not None and canonical.event_id is not None:
        await runtime.store.write(update(SCTEvent, **row.primary_key_values()).set(duplicate_id=canonical.event_id))
        return
    summaries_of(runtime).dispatch(row.run_id, row.severity, row.ts, event.message)
    await runtime.store.save(table(run_id=row.run_id, ts=row.ts, embedding=vector.tolist()))
    known[:] = sorted([(row.ts, vector), *(entry for entry in known if entry[0] != row.ts)], key=lambda entry: entry[0], reverse=True)


def _vector_of(runtime: Runtime, message: str) -> array[float]:
    text = sanitise(message)
    if not text:
        raise NotEmbeddable("Sanitized message is empty")
    return embedder_at(runtime.settings.EVENT_EMBEDDER_MODEL).embed(text)


def _repeated(vector: array[float], ts: datetime, known: Sequence[tuple[datetime, array[float]]]) -> datetime | None:
    """When the event was that this one repeats; None when it is the first of its kind."""
    return next((other_ts for other_ts, other in known if other_ts != ts and distance(vector, other) < DUPLICATE), None)
