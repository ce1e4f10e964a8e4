"""A brake on guessing: whoever fails too often, by account or by address, waits before trying again.

Only failures count, and attempts that are under way count as failures until they end, so that many at once gain nothing. Counts are kept by
each worker for itself: with several, all of them together let through as many times more. Callers with tokens are not concerned.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from weakref import WeakValueDictionary

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from argus.auth.security_log import record
from argus.kit import logs
from argus.kit.errors import TooManyAttempts
from argus.kit.settings import Settings
from argus.models.security import SecurityEvents
from argus.runtime import Runtime

AT_ONCE = 8  # attempts of one address that are checked together
LATELY = limits.parse("1 per minute")
TOLD = limits.parse("1 per 5 minutes")  # how often the security log says that somebody is held back

_parsed = cache(limits.parse)


@dataclass
class Attempt:
    """One try to prove who one is."""

    failed: bool = False


class Place:
    """Attempts of one address: a few are checked together, the others wait, so that no address fills pool or lane."""

    def __init__(self) -> None:
        self.running = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def enter(self, failed_lately: Callable[[], bool]) -> None:
        """Wait for a turn; refuse at once instead where an attempt has failed lately.

        Raises:
            TooManyAttempts
        """
        while self.running >= AT_ONCE:
            if failed_lately():
                raise TooManyAttempts(1)
            changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(changed)
            await changed
        self.running += 1

    def leave(self) -> None:
        self.running -= 1
        woken, self._waiting = self._waiting, []
        for changed in woken:
            if not changed.done():
                changed.set_result(None)


@dataclass
class Counts:
    """What a worker knows of failures."""

    failures: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    under_way: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: WeakValueDictionary[str, Place] = field(default_factory=WeakValueDictionary)

    def failed_lately(self, address: str) -> bool:
        return not self.failures.test(LATELY, "failed", address)


@asynccontextmanager
async def attempt(runtime: Runtime, account: str = "") -> AsyncIterator[Attempt]:
    """Try to log in, if it is not too early. It counts as a failure unless `failed` is set to False.

    Args:
        account: whose password is tried; none where another system says who it is.

    Raises:
        TooManyAttempts
    """
    counts = runtime.own(Counts)
    address = _network(logs.serving().get("remote_addr", ""))
    limited = _limits(runtime.settings, account, address)
    await _hold_back(runtime, counts, limited, account)
    keys = [(kind, value) for _, kind, value in limited]
    place = counts.places.setdefault(address, Place())
    counts.under_way.update(keys)
    try:
        await place.enter(lambda: counts.failed_lately(address))
        trying = Attempt(failed=True)  # until it is known
        try:
            yield trying
        finally:
            if trying.failed:
                for limit, kind, value in [*limited, (LATELY, "failed", address)]:
                    counts.failures.hit(limit, kind, value)
            place.leave()
    finally:
        counts.under_way.subtract(keys)
        for key in keys:
            if not counts.under_way[key]:
                del counts.under_way[key]


def _limits(settings: Settings, account: str, address: str) -> list[tuple[limits.RateLimitItem, str, str]]:
    """Which limits hold, for whom."""
    by_account = (settings.LOGIN_FAILURES_PER_ACCOUNT, "account", _hashed(account) if account else "")
    by_address = (settings.LOGIN_FAILURES_PER_ADDRESS, "address", address)
    return [(_parsed(limit), kind, value) for limit, kind, value in (by_account, by_address) if limit and value]


async def _hold_back(runtime: Runtime, counts: Counts, limited: list[tuple[limits.RateLimitItem, str, str]], account: str) -> None:
    """Raises TooManyAttempts when one of the limits is reached."""
    for limit, kind, value in limited:
        window = counts.failures.get_window_stats(limit, kind, value)
        under_way = counts.under_way[kind, value]
        if window.remaining > under_way:
            continue
        seconds = max(1, math.ceil(window.reset_time - time.time())) if window.remaining <= 0 else 1
        if counts.failures.hit(TOLD, "told", kind, value):
            await record(runtime, SecurityEvents.LOGIN_BRAKED, account, f"too many failures by {kind}; for {seconds} s")
        raise TooManyAttempts(seconds)


def _network(address: str) -> str:
    """Who an address belongs to: of IPv6 everybody has 2^64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(known) if known.version == 4 else str(ipaddress.ip_network((known, 64), strict=False))


def _hashed(account: str) -> str:
    """A name as a key; callers may send long ones."""
    return hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()
