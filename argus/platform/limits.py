"""How often somebody may call: a sliding window for each kind of request, of each user, else of each address."""

from __future__ import annotations

import math
import time
from functools import cache

import limits
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from argus.kit.settings import Settings
from argus.platform.errors import TooMany
from argus.runtime import Runtime


class Rates:
    """What this worker counts."""

    def __init__(self) -> None:
        self.counter = SlidingWindowCounterRateLimiter(MemoryStorage())


def kind_of(method: str, content_type: str | None, login: bool) -> str:
    """Which rate counts for a request."""
    if login:
        return "logins"
    if method in ("GET", "HEAD", "OPTIONS"):
        return "reads"
    return "uploads" if (content_type or "").startswith("multipart/") else "writes"


@cache
def _parsed(text: str) -> limits.RateLimitItem:
    return limits.parse(text)


def _rate(settings: Settings, kind: str) -> limits.RateLimitItem:
    return _parsed(
        {"logins": settings.RATE_LOGINS, "reads": settings.RATE_READS, "uploads": settings.RATE_UPLOADS, "writes": settings.RATE_WRITES}[
            kind
        ]
    )


def count(runtime: Runtime, kind: str, who: str) -> None:
    """Count a request.

    Raises:
        TooMany: there were as many already as may be.
    """
    rate, counter = _rate(runtime.settings, kind), runtime.own(Rates).counter
    if counter.hit(rate, kind, who):
        return
    window = counter.get_window_stats(rate, kind, who)
    seconds = max(1, math.ceil(window.reset_time - time.time()))
    told = {
        "X-RateLimit-Limit": str(rate.amount),
        "X-RateLimit-Remaining": str(max(0, window.remaining)),
        "X-RateLimit-Reset": str(math.ceil(window.reset_time)),
    }
    raise TooMany("rate_limited", f"Too many requests; try again in {seconds} seconds", retry_after=seconds, headers=told)
