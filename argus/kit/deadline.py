"""Until when the request that is being served has to be answered.

A lane sets it when a request begins. Whoever waits or tries again on its behalf reads it: storage engines give no statement more time than
is left, loops that repeat a write stop, and the lane itself ends what has not ended. Work of no request (jobs, commands) has no deadline.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """A point in time, by `time.monotonic`. It may be moved while the request is served."""

    __slots__ = ("ends",)

    def __init__(self, seconds: float, since: float | None = None) -> None:
        """`seconds` after `since` (now)."""
        self.ends = (time.monotonic() if since is None else since) + seconds

    @property
    def left(self) -> float:
        """Seconds; negative when it has passed."""
        return self.ends - time.monotonic()


current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def left() -> float:
    """Seconds that the request has left: negative when its deadline has passed, infinite where there is none."""
    deadline = current.get()
    return math.inf if deadline is None else deadline.left


def passed() -> bool:
    """Whether nobody waits for the request any more."""
    deadline = current.get()
    return deadline is not None and deadline.left <= 0


def allow(seconds: float) -> None:
    """Give the request so many seconds from now on: for work that is known to be long."""
    deadline = current.get()
    if deadline is not None:
        deadline.ends = time.monotonic() + seconds


@contextmanager
def lifted() -> Iterator[None]:
    """Without a deadline: for what has to be put in order even when the request's has passed."""
    token = current.set(None)
    try:
        yield
    finally:
        current.reset(token)
