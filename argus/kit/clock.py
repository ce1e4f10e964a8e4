"""The time, in the forms that are stored: naive UTC to the millisecond, whole seconds, time-ordered ids.

All of Argus asks here, so that `at` can let a piece of work happen at another time.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

EPOCH = datetime(1970, 1, 1)
"""What "not set" is for the end of a run and the archiving of a highlight."""

_GREGORIAN = 0x01B21DD213814000  # 100 ns from 1582-10-15 to 1970-01-01
_MILLISECOND = 10_000  # ticks of 100 ns
_ticking = Lock()
_last_ticks = 0
_shift: ContextVar[int] = ContextVar("argus.clock.shift", default=0)  # milliseconds


def _now_ms() -> int:
    return time.time_ns() // 1_000_000 + _shift.get()


def now() -> datetime:
    """UTC without a zone, cut to the millisecond, as a `timestamp` column gives it back."""
    return EPOCH + timedelta(milliseconds=_now_ms())


def milliseconds(moment: datetime) -> datetime:
    """A time cut to the millisecond, as a `timestamp` column holds it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def now_s() -> int:
    """Unix seconds: heartbeats, comments, nemeses, resources."""
    return _now_ms() // 1000


def time_uuid() -> UUID:
    """A version 1 UUID of now, later than the one before. Its node is random each time: a MAC address is nobody's business."""
    ticks = _later(time.time_ns() // 100 + _shift.get() * 10_000 + _GREGORIAN)
    low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    sequence = secrets.randbits(14)
    return UUID(fields=(low, middle, high, sequence >> 8, sequence & 0xFF, secrets.randbits(48) | 1 << 40), version=1)


def order_of(key: UUID) -> int:
    """What rows of one time are sorted by: when the id was made, where it tells. Ids of earlier versions tell nothing and come first."""
    return key.time if key.version == 1 else 0


def _later(ticks: int) -> int:
    """These ticks, or the next ones after the last that were given; the clock may stand still, and is set back for work of another time."""
    global _last_ticks
    with _ticking:
        _last_ticks = _last_ticks + 1 if 0 <= _last_ticks - ticks < _MILLISECOND else ticks
        return _last_ticks


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the clock start at another moment for the work inside (and the tasks it starts), as demo data and tests need it."""
    token = _shift.set(_shift.get() + round((moment - now()) / timedelta(milliseconds=1)))
    try:
        yield
    finally:
        _shift.reset(token)
