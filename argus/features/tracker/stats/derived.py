"""What is worked out of the stored statistics of a release, and kept by each worker for as long as these are stored."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from argus.domain.snapshots import filter_key
from argus.features.tracker.stats import snapshots
from argus.features.tracker.stats.reading import Filter
from argus.features.tracker.stats.service import statistics
from argus.models.catalogue import ArgusRelease
from argus.runtime import Runtime

T = TypeVar("T")
Key = tuple[UUID, str]


class Derived(Generic[T]):
    """By release and filter, the last used last, each with the moment at which its statistics were made."""

    most: ClassVar[int]
    """How many a worker keeps."""
    at_once: ClassVar[int] = 1
    """How many are made together; who asks for one that is being made waits for it."""

    def __init__(self) -> None:
        self.known: OrderedDict[Key, tuple[datetime, T]] = OrderedDict()
        self._turns = asyncio.Semaphore(self.at_once)

    async def of(
        self, runtime: Runtime, release: ArgusRelease, wanted: Filter, work: Callable[[str], Awaitable[T]], *, limited: bool = False
    ) -> T | None:
        """What `work` makes of the statistics as they are stored; None of a dormant release.

        Args:
            limited: the short statistics of the list of releases.
        """
        key = release.id, filter_key(wanted.version, wanted.image, wanted.no_version, limited)
        if (found := await self._find(runtime, key)) is not None:
            return found
        async with self._turns:  # many ask at once when something has changed
            if (found := await self._find(runtime, key)) is not None:
                return found
            made = await statistics(runtime, release, wanted, limited=limited, forced=False)
            if made is None:
                return None
            worked_out = await work(made.payload)
            if made.at is not None:
                self._keep(key, made.at, worked_out)
            return worked_out

    async def _find(self, runtime: Runtime, key: Key) -> T | None:
        made = await snapshots.made_at(runtime.store, *key)
        at, found = self.known.get(key, (None, None))
        if made is None or at != made:
            return None
        self.known.move_to_end(key)
        return found

    def _keep(self, key: Key, made: datetime, worked_out: T) -> None:
        self.known[key] = made, worked_out
        self.known.move_to_end(key)
        while len(self.known) > self.most:
            self.known.popitem(last=False)
