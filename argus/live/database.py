"""The log of several processes, in Argus's own store: a ring of rows that live for two minutes.

A batch is appended by a lightweight transaction on how many there have been, so the order is one for all hosts, whatever their clocks say.
Whoever looks reads one row while nothing happens. The ring keeps the partition small, where Cassandra remembers rows that have expired.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from argus.live.log import Batch, Published, first_number, moment
from argus.live.message import Change
from argus.models.live import LiveLog
from argus.storage.errors import OperationTimedOut
from argus.storage.statements import batch, ge, insert, lt, select, update
from argus.storage.store import Store

KEPT_SECONDS = 120
PLACES = 16_384  # batches in the ring: 136 a second for as long as they are kept
SLICE = 50  # batches read at once
TRIES = 20
LOG = "live"


class DatabaseLog:
    """A log in the store."""

    shared = True

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last = 0

    async def open(self) -> list[Batch]:
        self._last = last = await self._count() or await self._begin()
        kept: list[Batch] = []
        for start in range(last + 1 - SLICE, last + 1 - SLICE - PLACES, -SLICE):
            some = await self._between(start, start + SLICE)
            kept = _joined([*some, *kept])
            if len(some) < SLICE or len(kept) < len(some):
                break
        return kept or [Batch(last, moment(), ())]

    async def append(self, entries: Sequence[Published]) -> None:
        text = json.dumps([moment(), [(topic, change.type, change.data) for topic, change in entries]], separators=(",", ":"))
        for _ in range(TRIES):
            number = self._last + 1
            row = insert(LiveLog(log=LOG, place=_place(number), number=number, changes=text), ttl=KEPT_SECONDS)
            counted = update(LiveLog, log=LOG, place=0).set(number=number).only_if(number=self._last)
            if (await self._store.write(batch(counted, row))).applied:
                self._last = number
                return
            self._last = await self._count() or await self._begin()
        raise OperationTimedOut("too many publish at once")

    async def after(self, number: int) -> list[Batch] | None:
        last = await self._count()
        if last is None or last < number:  # another database than before
            return None
        found: list[Batch] = []
        for start in range(number + 1, min(last, number + PLACES) + 1, SLICE):
            found += await self._between(start, min(start + SLICE, last + 1))
        if len(found) != last - number:
            return None
        self._last = max(self._last, last)
        return found

    async def _count(self) -> int | None:
        row = await self._store.first(select(LiveLog, "number").where(log=LOG, place=0))
        return row.number if row else None

    async def _begin(self) -> int:
        """Where a log begins that nobody has written to; of several who begin at once one decides."""
        number = first_number()
        begun = update(LiveLog, log=LOG, place=0).set(number=number).only_if(number=None)
        if (await self._store.write(begun)).applied:
            return number
        return await self._count() or number

    async def _between(self, start: int, end: int) -> list[Batch]:
        """The batches that are kept of those numbered from `start` to before `end`, in order."""
        if _place(end - 1) < _place(start):  # the ring's end lies between them
            turn = start + PLACES - start % PLACES
            return await self._between(start, turn) + await self._between(turn, end)
        places = select(LiveLog).where(ge("place", _place(start)), lt("place", _place(end - 1) + 1), log=LOG)
        rows = await self._store.all(places)
        return [_read(row) for row in rows if row.number is not None and start <= row.number < end]


def _place(number: int) -> int:
    return 1 + number % PLACES


def _joined(batches: list[Batch]) -> list[Batch]:
    """The last ones of them that have no gap."""
    for i in range(len(batches) - 1, 0, -1):
        if batches[i - 1].number != batches[i].number - 1:
            return batches[i:]
    return batches


def _read(row: LiveLog) -> Batch:
    at, entries = json.loads(row.changes or '["",[]]')
    return Batch(row.number or 0, at, [Published(topic, Change(type, data)) for topic, type, data in entries])
