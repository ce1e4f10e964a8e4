"""A brake on guessing: whoever fails too often, by account or by address, waits before trying again.

Only failures count, and attempts that are under way count as failures until they end, so that many at once gain nothing. No attempt waits
for others to end: there are as many at once as the pool of passwords and the lane bear, and one more is told to come again. Counts are kept
by each worker for itself: with several, all of them together let through as many times more. Callers with tokens are not concerned.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from time import monotonic
from typing import NoReturn, TypeVar

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter as Counted

from argus.auth.security_log import record
from argus.kit import logs
from argus.kit.errors import TooManyAttempts
from argus.kit.settings import Settings
from argus.models.security import SecurityEvents
from argus.runtime import Runtime

T = TypeVar("T", bound=Hashable)

LATELY = limits.parse("1 per minute")
Words = tuple[int, str]
"""For how many seconds one has to wait, and why."""
AT_ONCE, FAILED = "Too many attempts at once", "Too many failed attempts"
REFUSALS = 10  # of an address within a second that get the page with the form; then it is a flood
TOLD = limits.parse("1 per 5 minutes")  # how often the security log says that somebody is held back

refused_total = Counted("argus_logins_refused_total", "Attempts to log in that were refused unchecked", ["why"])
_parsed = cache(limits.parse)


@dataclass
class Attempt:
    """One try to prove who one is."""

    failed: bool = False


@dataclass
class Checked:
    """Attempts of one way in that are being checked. Each may keep a thread of the Flask lane while it waits for its turn at hashing, so
    all of them together are to keep less than half, and whoever guesses leaves some to others."""

    by_address: Counter[str] = field(default_factory=Counter)

    def full(self, address: str, threads: int, failed_lately: bool) -> bool:
        """Whether one more attempt from an address is too many for a lane of so many threads."""
        most = max(1, (threads - 1) // 2)
        share = max(1, most * 2 // 3) if failed_lately else most
        return self.by_address.total() >= most or self.by_address[address] >= share

    @contextmanager
    def one_of(self, address: str) -> Iterator[None]:
        """Counts an attempt until it ends."""
        self.by_address[address] += 1
        try:
            yield
        finally:
            _leave(self.by_address, address)


@dataclass
class Refused:
    """How often each address was refused within this second, and what it was told last. The words are kept and no error: one that is
    raised again and again keeps everything alive that it has passed."""

    second: int = 0
    told: dict[str, tuple[int, Words]] = field(default_factory=dict)

    def add(self, address: str, words: Words) -> None:
        self._forget()
        times, _ = self.told.get(address, (0, words))
        self.told[address] = times + 1, words

    def flooding(self, address: str) -> Words | None:
        self._forget()
        times, words = self.told.get(address, (0, None))
        return words if times >= REFUSALS else None

    def _forget(self) -> None:
        if self.second != (second := int(monotonic())):
            self.second = second
            self.told.clear()


@dataclass
class Counts:
    """What a worker knows of failures and of what is under way."""

    failures: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    under_way: Counter[tuple[str, str]] = field(default_factory=Counter)
    passwords: Checked = field(default_factory=Checked)
    elsewhere: Checked = field(default_factory=Checked)
    refused: Refused = field(default_factory=Refused)
    inside: Checked = field(default_factory=Checked)


@asynccontextmanager
async def attempt(runtime: Runtime, account: str | None = None) -> AsyncIterator[Attempt]:
    """Try to log in, if it is not too early. It counts as a failure unless `failed` is set to False.

    Args:
        account: whose password is tried; None where another system says who it is.

    Raises:
        TooManyAttempts
    """
    counts = runtime.own(Counts)
    address = _caller()
    limited = _limits(runtime.settings, account or "", address)
    await _hold_back(runtime, counts, limited, account or "")
    checked = counts.elsewhere if account is None else counts.passwords
    if checked.full(address, runtime.settings.FLASK_THREADS, not counts.failures.test(LATELY, "failed", address)):
        await _refuse(runtime, counts, "busy", address, account or "", (1, AT_ONCE))
    keys = [(kind, value) for _, kind, value in limited]
    counts.under_way.update(keys)
    trying = Attempt(failed=True)  # until it is known
    try:
        with checked.one_of(address):
            yield trying
    finally:
        if trying.failed:
            for limit, kind, value in [*limited, (LATELY, "failed", address)]:
                counts.failures.hit(limit, kind, value)
        for key in keys:
            _leave(counts.under_way, key)


@contextmanager
def let_in(runtime: Runtime) -> Iterator[None]:
    """While an attempt is served; before it is known what it wants. An address that keeps on while it is refused, or sends many at once, is
    turned away: each of them would cost a page.

    Raises:
        TooManyAttempts
    """
    counts, address = runtime.own(Counts), _caller()
    words = counts.refused.flooding(address)
    if words is None and counts.inside.by_address[address] >= max(1, runtime.settings.FLASK_THREADS * 3 // 4):
        words = (1, AT_ONCE)
    if words is not None:
        refused_total.labels("flood").inc()
        raise TooManyAttempts(*words)
    with counts.inside.one_of(address):
        yield


def _caller() -> str:
    return _network(logs.serving().get("remote_addr", ""))


def _limits(settings: Settings, account: str, address: str) -> list[tuple[limits.RateLimitItem, str, str]]:
    """Which limits hold, for whom."""
    by_account = (settings.LOGIN_FAILURES_PER_ACCOUNT, "account", _hashed(account) if account else "")
    by_address = (settings.LOGIN_FAILURES_PER_ADDRESS, "address", address)
    return [(_parsed(limit), kind, value) for limit, kind, value in (by_account, by_address) if limit and value]


async def _hold_back(runtime: Runtime, counts: Counts, limited: list[tuple[limits.RateLimitItem, str, str]], account: str) -> None:
    """Raises TooManyAttempts when one of the limits is reached."""
    for limit, kind, value in limited:
        window = counts.failures.get_window_stats(limit, kind, value)
        if window.remaining > counts.under_way[kind, value]:
            continue
        seconds = max(1, math.ceil(window.reset_time - time.time())) if window.remaining <= 0 else 1
        await _refuse(runtime, counts, kind, value, account, (seconds, FAILED))


async def _refuse(runtime: Runtime, counts: Counts, why: str, whom: str, account: str, words: Words) -> NoReturn:
    refused_total.labels(why).inc()
    counts.refused.add(_caller(), words)
    error = TooManyAttempts(*words)
    told = (TOLD, f"told {why}", whom)
    if counts.failures.test(*told) and counts.failures.hit(*told):  # asking costs little, hitting starts a timer
        await record(runtime, SecurityEvents.LOGIN_BRAKED, account, f"by {why}: {error}")
    raise error


def _leave(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


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
