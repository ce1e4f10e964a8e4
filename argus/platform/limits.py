"""How often somebody may call: a sliding window for each kind of request, of each user, else of each address.

Counted in this process, or in Redis where `REDIS_URL` names one, for all processes together. While that Redis does not answer, each process
counts by itself: a limit that is too high for a while is better than no answers.
"""

from __future__ import annotations

import logging
import math
import time
from functools import cache
from typing import Any

import limits
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from argus.kit.settings import Settings
from argus.platform.errors import TooMany
from argus.runtime import Runtime

log = logging.getLogger("argus.platform")

PATIENCE = 0.5  # seconds for Redis to answer
REST = 10.0  # seconds for which a Redis that has not answered is left alone


class Rates:
    """What is counted of the requests of a worker."""

    def __init__(self) -> None:
        self.own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._again = float("-inf")

    async def hit(self, runtime: Runtime, rate: limits.RateLimitItem, *who: str) -> limits.WindowStats | None:
        """Count a request; None, or the window that is full."""
        if runtime.settings.REDIS_URL is not None and time.monotonic() >= self._again:
            if self._shared is None:
                self._shared = _in_redis(runtime, runtime.settings.REDIS_URL.get_secret_value())
            try:
                return await _hit(self._shared, rate, who)
            except (StorageError, OSError) as problem:
                log.warning("rates are counted by each process for %d seconds, Redis does not answer: %r", REST, problem)
                self._again = time.monotonic() + REST
        return await _hit(self.own, rate, who)


def _in_redis(runtime: Runtime, url: str) -> SlidingWindowCounterRateLimiter:
    """What counts in Redis; its connections end with the worker."""
    from redis.asyncio import ConnectionPool  # an installation without Redis does without its client

    connections = ConnectionPool.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    runtime.on_close(connections.aclose)
    options: Any = {"connection_pool": connections}
    return SlidingWindowCounterRateLimiter(
        RedisStorage(f"async+{url}", wrap_exceptions=True, implementation="redispy", key_prefix="argus:rates", **options)
    )


async def _hit(counter: SlidingWindowCounterRateLimiter, rate: limits.RateLimitItem, who: tuple[str, ...]) -> limits.WindowStats | None:
    return None if await counter.hit(rate, *who) else await counter.get_window_stats(rate, *who)


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


async def count(runtime: Runtime, kind: str, who: str) -> None:
    """Count a request.

    Raises:
        TooMany: there were as many already as may be.
    """
    rate = _rate(runtime.settings, kind)
    window = await runtime.own(Rates).hit(runtime, rate, kind, who)
    if window is None:
        return
    seconds = max(1, math.ceil(window.reset_time - time.time()))
    told = {
        "X-RateLimit-Limit": str(rate.amount),
        "X-RateLimit-Remaining": str(max(0, window.remaining)),
        "X-RateLimit-Reset": str(math.ceil(window.reset_time)),
    }
    raise TooMany("rate_limited", f"Too many requests; try again in {seconds} seconds", retry_after=seconds, headers=told)
