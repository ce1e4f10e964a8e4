"""The guard: error rate and latency of the lane that is tried, against the other one, in a sliding window.

Every worker counts what it serves and tells the others; whoever sees the budget used up first places the override that all follow.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from strangler.registry import OTHER, Guard, Lane

SLOTS = 20  # steps in which the window slides
CHANCE = 1e-7  # how likely it may be, at one look of very many, that only chance made the tried lane fail so often
FEW = 20  # requests of the other lane on a route that weigh as much as what it does on all routes
SURE = 4.0  # standard errors by which it must be slower
CERTAIN = 1e-5  # seconds; a shorter answer says nothing about latency


@dataclass(slots=True)
class Cell:
    """What was counted of one route on one lane. Latency is kept as its logarithm, so that one slow answer does not weigh like fifty."""

    requests: int = 0
    errors: int = 0
    logs: float = 0.0
    squares: float = 0.0

    def note(self, seconds: float | None, failed: bool) -> None:
        """Count an answer; without seconds: one that is counted has failed after all."""
        self.errors += failed
        if seconds is None:
            return
        log = math.log(max(seconds, CERTAIN))
        self.requests += 1
        self.logs += log
        self.squares += log * log

    def add(self, other: Cell) -> None:
        """Count what another cell has counted."""
        self.requests += other.requests
        self.errors += other.errors
        self.logs += other.logs
        self.squares += other.squares

    @property
    def mean(self) -> float:
        """Mean of the logarithms."""
        return self.logs / self.requests

    @property
    def variance(self) -> float:
        """Of that mean."""
        if self.requests < 2:
            return math.inf
        spread = max(self.squares - self.requests * self.mean**2, 0.0) / (self.requests - 1)
        return spread / self.requests


Counts = dict[tuple[str, Lane], Cell]  # by route and lane


class Window:
    """The counts of the last seconds of one subject."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._slots: deque[tuple[int, Counts]] = deque()

    def note(self, route: str, lane: Lane, seconds: float | None, failed: bool) -> None:
        """Count an answer; without seconds: one that is counted has failed after all."""
        slot = self._now()
        if not self._slots or self._slots[-1][0] != slot:
            self._slots.append((slot, {}))
            self._expire(slot)
        self._slots[-1][1].setdefault((route, lane), Cell()).note(seconds, failed)

    def counts(self) -> Counts:
        """What stands in the window now."""
        self._expire(self._now())
        return merged(counts for _, counts in self._slots)

    def _now(self) -> int:
        return int(self._clock() / self.seconds * SLOTS)

    def _expire(self, slot: int) -> None:
        while self._slots and self._slots[0][0] <= slot - SLOTS:
            self._slots.popleft()


def merged(parts: Iterable[Counts]) -> Counts:
    """The sum of several counts."""
    found: Counts = {}
    for part in parts:
        for key, cell in part.items():
            found.setdefault(key, Cell()).add(cell)
    return found


def to_json(counts: Counts) -> list[list[Any]]:
    """Counts as other workers read them."""
    return [[route, lane, cell.requests, cell.errors, cell.logs, cell.squares] for (route, lane), cell in counts.items()]


def from_json(rows: Iterable[list[Any]]) -> Counts:
    """Counts from what another worker wrote."""
    return {(route, lane): Cell(*numbers) for route, lane, *numbers in rows}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard has seen."""

    tried: Lane
    requests: int
    errors: int
    other_requests: int
    other_errors: int
    latency_ratio: float | None
    """How many times the other lane's the typical latency is, over the routes that both have served."""
    breach: str | None
    """Why the budget is used up; None while it holds."""

    @property
    def evidence(self) -> str:
        """The numbers, in a line."""
        ratio = "" if self.latency_ratio is None else f", latency {self.latency_ratio:.2f} times the other's"
        other = OTHER[self.tried]
        return f"{self.tried} {self.errors} errors of {self.requests}, {other} {self.other_errors} of {self.other_requests}{ratio}"


def judge(guard: Guard, counts: Counts) -> Verdict:
    """Hold the lane that is tried, which is the one that `then` does not name, against its budget.

    An error rate counts by what it is above the other lane's: a database that is down makes both fail, and a rollback would not help. Both
    rules ask for `min_requests` of the tried lane, and for a difference that is hardly chance.
    """
    tried = OTHER[guard.then]
    for cell in counts.values():
        cell.errors = min(cell.errors, cell.requests)  # an answer may fail when its beginning has left the window
    one, other = _total(counts, tried), _total(counts, guard.then)
    ratio, error = _latency(counts, tried) or (None, 0.0)
    breach = None
    if one.requests >= guard.min_requests:
        breach = _too_many_errors(guard, counts, one, other) or _too_slow(guard, ratio, error)
    return Verdict(tried, one.requests, one.errors, other.requests, other.errors, None if ratio is None else math.exp(ratio), breach)


def _too_many_errors(guard: Guard, counts: Counts, one: Cell, other: Cell) -> str | None:
    if guard.max_error_rate is None or one.errors < 2:  # a single error is no rate
        return None
    mine = {route: cell for (route, lane), cell in counts.items() if lane == OTHER[guard.then]}
    rate = one.errors / one.requests
    usual = _total_rate(mine, _expected(counts, mine, guard.then, other))
    if rate - usual <= guard.max_error_rate:
        return None
    # few requests of the other lane say little: half the budget, as if it had been seen in half of `min_requests`, goes with them
    expected = _expected(counts, mine, guard.then, other, guard.min_requests / 2, guard.max_error_rate / 2)
    chances = [_chance(cell.errors, cell.requests, expected[route]) for route, cell in mine.items() if cell.errors > 1]
    if min([_chance(one.errors, one.requests, _total_rate(mine, expected)), *chances]) > CHANCE:
        return None
    return f"error rate {rate:.1%}, at most {guard.max_error_rate:.1%} above the other lane's {usual:.1%} is bearable"


def _expected(counts: Counts, mine: dict[str, Cell], lane: Lane, other: Cell, weight: float = 0, prior: float = 0) -> dict[str, float]:
    """The error rates of the routes if the tried lane failed as often as the other one, `lane`: as often as that fails on the route, as far
    as it has served it, else as it fails on all. `prior` counts as if it had been seen in `weight` requests, divided among the routes like
    those of the tried lane, `mine`."""
    overall, few = (other.errors / other.requests, FEW) if other.requests else (0.0, 0)
    total = sum(cell.requests for cell in mine.values())
    found: dict[str, float] = {}
    for route, cell in mine.items():
        known, part = counts.get((route, lane)) or Cell(), weight * cell.requests / total
        seen = known.requests + few + part
        found[route] = (known.errors + few * overall + part * prior) / seen if seen else 0.0
    return found


def _total_rate(mine: dict[str, Cell], rates: dict[str, float]) -> float:
    return sum(cell.requests * rates[route] for route, cell in mine.items()) / sum(cell.requests for cell in mine.values())


def _chance(errors: int, requests: int, rate: float) -> float:
    """How likely at least so many errors are where `rate` of the requests fail (binomial)."""
    if rate >= 1:
        return 1.0
    total = 0.0
    for k in range(errors, requests + 1):
        ways = math.lgamma(requests + 1) - math.lgamma(k + 1) - math.lgamma(requests - k + 1)
        term = math.exp(ways + k * math.log(rate) + (requests - k) * math.log1p(-rate))
        total += term
        if total > CHANCE or (k > requests * rate and term < CHANCE * 1e-6):
            break
    return total


def _too_slow(guard: Guard, ratio: float | None, error: float) -> str | None:
    if guard.max_latency_ratio is None or ratio is None or ratio - SURE * error <= math.log(guard.max_latency_ratio):
        return None
    return f"latency {math.exp(ratio):.1f} times the other lane's, at most {guard.max_latency_ratio:g} times is bearable"


def _total(counts: Counts, lane: Lane) -> Cell:
    return next(iter(merged({("", lane): cell} for (_, of), cell in counts.items() if of == lane).values()), Cell())


def _latency(counts: Counts, tried: Lane) -> tuple[float, float] | None:
    """Logarithm of the latency ratio and its standard error: route by route, weighed by the tried lane's requests, so that a lane that
    happens to serve the slower routes does not look slow."""
    pairs = [
        (cell, counts[route, OTHER[tried]])
        for (route, lane), cell in counts.items()
        if lane == tried and cell.requests > 1 and (route, OTHER[tried]) in counts and counts[route, OTHER[tried]].requests > 1
    ]
    total = sum(cell.requests for cell, _ in pairs)
    if not total:
        return None
    ratio = sum(cell.requests * (cell.mean - other.mean) for cell, other in pairs) / total
    variance = sum((cell.requests / total) ** 2 * (cell.variance + other.variance) for cell, other in pairs)
    return ratio, math.sqrt(variance)
