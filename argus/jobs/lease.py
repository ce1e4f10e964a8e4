"""Which of several processes does the periodic work: the one that holds the lease, a row of `runtime_store`.

Nobody compares clocks of two hosts: a process that waits takes the lease over once it has itself seen the row unchanged
for `LENGTH`. The holder counts from when it began to renew, so it stops writing before anybody can have taken over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from argus.kit.clock import now
from argus.models.enums import RuntimeValueType
from argus.models.runtime import RuntimeStore
from argus.storage.engine import Engine, Wrapped
from argus.storage.errors import StorageError
from argus.storage.statements import Batch, Outcome, Write, update
from argus.storage.store import Store

LENGTH = 20.0  # seconds without a renewal after which another process takes over
RENEWED_AFTER = 5.0  # seconds of age at which the holder renews
WRITES_FOR = 15.0  # seconds from the beginning of the last renewal in which the holder may write

NOBODY = ""

Clock = Callable[[], float]
Seen = tuple[str | None, int | None, object]


class LeaseLost(StorageError):
    """A job wants to write although another process may do the work by now."""


def seconds_awake_or_not() -> float:
    """A clock that goes on while this process, or its machine, is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass
class Lease:
    """The lease, as one process sees it."""

    store: Store
    name: str
    owner: str = field(default_factory=lambda: uuid4().hex)
    clock: Clock = seconds_awake_or_not
    _renewed: float | None = None
    _seen: Seen | None = None
    _since: float = 0.0

    async def held(self) -> bool:
        """Whether this process holds it now; takes it when it is free or its holder is gone, and renews it in time.

        Raises:
            StorageError: the database does not answer, so nobody can tell.
        """
        began = self.clock()
        if self._renewed is not None and began - self._renewed < RENEWED_AFTER:
            return True
        row = await self.store.find(RuntimeStore, key=self._key)
        if row is None:
            return self._took(began, await self.store.create(self._row()))
        if row.value_text not in (self.owner, NOBODY) and not self._gone(row, began):
            self._renewed = None
            return False
        return self._took(began, await self._take(row))

    @property
    def may_write(self) -> bool:
        """Whether nobody else can have taken over yet."""
        return self._renewed is not None and self.clock() - self._renewed < WRITES_FOR

    async def give_back(self) -> None:
        """Let another process take it at once."""
        self._renewed = None
        gone = update(RuntimeStore, key=self._key).set(value_text=NOBODY, value_date=now())
        await self.store.write(gone.only_if(value_text=self.owner))

    def _gone(self, row: RuntimeStore, at: float) -> bool:
        """Whether the row of another process has stood still for `LENGTH` before our eyes."""
        seen = (row.value_text, row.value_int, row.value_date)
        if seen != self._seen:
            self._seen, self._since = seen, at
        return at - self._since >= LENGTH

    async def _take(self, row: RuntimeStore) -> bool:
        count = (row.value_int or 0) + 1  # rises with each renewal: no two states of the row are alike
        taken = update(RuntimeStore, key=self._key).set(value_text=self.owner, value_int=count, value_date=now())
        return (await self.store.write(taken.only_if(value_text=row.value_text, value_int=row.value_int))).applied

    def _took(self, began: float, applied: bool) -> bool:
        self._renewed = began if applied else None
        return applied

    @property
    def _key(self) -> str:
        return f"lease:{self.name}"

    def _row(self) -> RuntimeStore:
        kind = RuntimeValueType.TEXT.value
        return RuntimeStore(key=self._key, value_type=kind, value_text=self.owner, value_int=1, value_date=now())


class FencedEngine(Wrapped):
    """An engine that writes only while the lease is ours, for what jobs do."""

    def __init__(self, engine: Engine, lease: Lease) -> None:
        super().__init__(engine)
        self._lease = lease

    async def write(self, statement: Write | Batch) -> Outcome:
        """Execute a write.

        Raises:
            LeaseLost: the lease has not been renewed in time; nothing is written.
        """
        if not self._lease.may_write:
            raise LeaseLost("another process may do this job by now: nothing is written")
        return await self._engine.write(statement)
