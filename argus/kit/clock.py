"""The time, in the forms that are stored: naive UTC to the millisecond, whole seconds, time-ordered ids."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta
from uuid import UUID, uuid1

EPOCH = datetime(1970, 1, 1)
"""What "not set" is for the end of a run and the archiving of a highlight."""


def now() -> datetime:
    """UTC without a zone, cut to the millisecond, as a `timestamp` column gives it back."""
    return EPOCH + timedelta(milliseconds=time.time_ns() // 1_000_000)


def now_s() -> int:
    """Unix seconds: heartbeats, comments, nemeses, resources."""
    return int(time.time())


def time_uuid() -> UUID:
    """A version 1 UUID of now. Its node is random each time: a MAC address is nobody's business."""
    return uuid1(node=secrets.randbits(48) | 1 << 40)
