"""When a job is due. A *slot* is such a time; every process finds the same slots, whenever it was started.

A job has one turn a slot. Slots that were missed, because no process ran, are made up by one turn for all of them.
Daily times are those of a zone: one that the clock leaves out in spring comes as much later as the gap is long, and one
that it shows twice in autumn counts once, the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Schedule(Protocol):
    """Slots, as aware times in UTC."""

    def last(self, at: datetime) -> datetime:
        """The last slot that is not after `at`."""

    def next(self, at: datetime) -> datetime:
        """The first slot after `at`."""


@dataclass(frozen=True)
class Every:
    """A slot every so many seconds, counted from 1970."""

    seconds: int

    def last(self, at: datetime) -> datetime:
        return datetime.fromtimestamp(int(at.timestamp()) // self.seconds * self.seconds, UTC)

    def next(self, at: datetime) -> datetime:
        return self.last(at) + timedelta(seconds=self.seconds)

    def __str__(self) -> str:
        whole = next((unit, name) for unit, name in ((3600, "h"), (60, "min"), (1, "s")) if self.seconds % unit == 0)
        return f"every {self.seconds // whole[0]} {whole[1]}"


@dataclass(frozen=True)
class Daily:
    """A slot a day, at a time of a zone."""

    hour: int
    minute: int
    zone: str = "UTC"

    def last(self, at: datetime) -> datetime:
        return max(slot for slot in self._around(at) if slot <= at)

    def next(self, at: datetime) -> datetime:
        return min(slot for slot in self._around(at) if slot > at)

    def _around(self, at: datetime) -> list[datetime]:
        today = at.astimezone(ZoneInfo(self.zone)).date()
        return [self._on(today + timedelta(days=days)) for days in (-2, -1, 0, 1, 2)]

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, time(self.hour, self.minute), ZoneInfo(self.zone)).astimezone(UTC)

    def __str__(self) -> str:
        return f"daily at {self.hour:02}:{self.minute:02} {self.zone}"
