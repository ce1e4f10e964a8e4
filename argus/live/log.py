"""Where published changes get their order: the part of the hub that is another one for one process, for several, and for another broker.

A log numbers batches without a gap. The `seq` of a message is the number of its batch times `PER_BATCH` and its place in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from argus.live.message import Change

PER_BATCH = 1000
"""How many changes a batch holds at most."""


class Published(NamedTuple):
    """One change of a batch."""

    topic: str
    change: Change


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that were published together."""

    number: int
    at: str
    entries: Sequence[Published]


class Log(Protocol):
    """Batches in an order that all processes agree on."""

    shared: bool
    """Whether other processes write to it, so that it has to be looked at."""

    async def open(self) -> list[Batch]:
        """What is still kept, the oldest first; at least one, so that it is known where the log is."""

    async def append(self, entries: Sequence[Published]) -> None:
        """Add a batch; it is read like those of others.

        Raises:
            StorageError: it is not known to be kept.
        """

    async def after(self, number: int) -> list[Batch] | None:
        """The batches behind a number, in order; None when the next one is not kept any more."""


def moment() -> str:
    """Now, as messages tell it."""
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03d}Z"


def first_number() -> int:
    """Where a new log begins: behind every number that an earlier one can have given, and `seq` below 2**53, as browsers count."""
    return time.time_ns() // 1_000_000


class MemoryLog:
    """The log of one process: what is appended is handed out once."""

    shared = False

    def __init__(self) -> None:
        self._number = first_number()
        self._waiting: list[Batch] = []

    async def open(self) -> list[Batch]:
        return [Batch(self._number, moment(), ())]

    async def append(self, entries: Sequence[Published]) -> None:
        self._number += 1
        self._waiting.append(Batch(self._number, moment(), entries))

    async def after(self, number: int) -> list[Batch] | None:
        found, self._waiting = [batch for batch in self._waiting if batch.number > number], []
        return found
