"""What each lane serves and how fast, in the last five minutes: counted by every worker, told to the others, shown by the console.

Latency is the time until the answer begins, as the guard has it. It is kept as counts in logarithmic buckets, which add up over workers;
a bucket is 9 % wide, so that a quantile is off by less.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import floor, log2
from typing import Any

from strangler.registry import LANES, Lane
from strangler.target import Target

STEP = 5  # seconds of one point of a series
STEPS = 60  # points
SLOT = 6  # steps that are forgotten together
SLOTS = STEPS // SLOT + 1
FINE = 8  # buckets for each doubling of the latency
SHORTEST = 1e-5  # seconds
MOST_LOOSE = 256  # latencies that are put into their buckets together
LAST = 6  # steps of which a rate is made
FORMAT = 1  # of what workers tell; others may run another version


class Cell:
    """What was counted of one route on one lane in one slot."""

    __slots__ = ("_buckets", "errors", "seconds", "steps")

    def __init__(self) -> None:
        self.errors = 0
        self.steps = [0] * SLOT
        self.seconds: list[float] = []
        """Latencies that are in no bucket yet."""
        self._buckets: Counter[int] = Counter()

    def buckets(self) -> Counter[int]:
        """The latencies by bucket."""
        self._buckets.update([floor(log2(each if each > SHORTEST else SHORTEST) * FINE) for each in self.seconds])
        self.seconds.clear()
        return self._buckets


class Traffic:
    """The counts of one worker, used on its event loop only. Its memory is bounded by routes × lanes × slots."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock  # the wall's: steps of all workers are the same ones
        self._slots: deque[tuple[int, dict[tuple[Target, Lane], Cell]]] = deque(maxlen=SLOTS)
        self._step: int | None = None
        self._cells: dict[tuple[Target, Lane], Cell] = {}  # of the last slot

    def note(self, target: Target, lane: Lane, seconds: float | None, failed: bool) -> None:
        """Count an answer; without seconds: one that is counted has failed after all."""
        step = int(self._clock()) // STEP
        if step != self._step:
            self._turn(step)
        cell = self._cells.get((target, lane))
        if cell is None:
            cell = self._cells[target, lane] = Cell()
        if failed:
            cell.errors += 1
        if seconds is None:
            return
        cell.steps[step % SLOT] += 1
        cell.seconds.append(seconds)
        if len(cell.seconds) >= MOST_LOOSE:
            cell.buckets()

    def _turn(self, step: int) -> None:
        """Another step begins, and with it perhaps another slot."""
        self._step = step
        slot = step // SLOT
        if not self._slots or self._slots[-1][0] != slot:
            self._slots.append((slot, {}))
        self._cells = self._slots[-1][1]

    def report(self) -> dict[str, Any]:
        """What was counted, as JSON for the other workers: `routes` rows of blueprint, method, template, lane, errors and counts by
        bucket; `series` by blueprint and lane the requests of each step up to `step`."""
        now = int(self._clock()) // STEP
        series: dict[str, dict[str, list[int]]] = {}
        routes: dict[tuple[str, str, str, str], tuple[int, Counter[int]]] = {}
        for slot, cells in self._slots:
            if not now // SLOT - SLOTS < slot <= now // SLOT:
                continue
            for (target, lane), cell in cells.items():
                key = (target.blueprint or "", target.method, target.template, lane)
                errors, buckets = routes.get(key, (0, Counter()))
                buckets.update(cell.buckets())
                routes[key] = (errors + cell.errors, buckets)
                points = series.setdefault(key[0], {}).setdefault(lane, [0] * STEPS)
                for step, number in enumerate(cell.steps, slot * SLOT):
                    if number and now - STEPS < step <= now:
                        points[step - now - 1] += number
        rows = [[*key, errors, sorted(buckets.items())] for key, (errors, buckets) in routes.items()]
        return {"format": FORMAT, "at": self._clock(), "step": now, "series": series, "routes": rows}


@dataclass(slots=True)
class Served:
    """What one lane has served of a route, or of a blueprint."""

    errors: int = 0
    buckets: Counter[int] = field(default_factory=Counter)
    series: list[int] = field(default_factory=lambda: [0] * STEPS)

    @property
    def requests(self) -> int:
        """How many."""
        return self.buckets.total()

    def add(self, other: Served) -> None:
        """Count what another one has counted; series of the same steps."""
        self.errors += other.errors
        self.buckets.update(other.buckets)
        self.series = [one + two for one, two in zip(self.series, other.series, strict=True)]

    def quantile(self, share: float) -> float | None:
        """The latency, in seconds, within which a share of the answers began; None where there was none."""
        wanted, passed = share * self.requests, 0
        for bucket, number in sorted(self.buckets.items()):
            if passed + number >= wanted:
                return float(2 ** ((bucket + (wanted - passed) / number) / FINE))
            passed += number
        return None

    def rate(self, into: float) -> float:
        """Requests a second of late; the last step is `into` seconds old."""
        return sum(self.series[-1 - LAST :]) / (LAST * STEP + into)


@dataclass(slots=True)
class Seen:
    """What all workers have told."""

    blueprints: dict[tuple[str, Lane], Served] = field(default_factory=dict)
    routes: dict[tuple[str, str, str, Lane], Served] = field(default_factory=dict)
    """By blueprint, method, template and lane; without series."""
    into: float = 0.0
    """Seconds since the last step began."""

    def total(self, lane: Lane) -> Served:
        """Everything of a lane."""
        found = Served()
        for (_, of), served in self.blueprints.items():
            if of == lane:
                found.add(served)
        return found


def merged(reports: Iterable[Mapping[str, Any]], now: float) -> Seen:
    """The sum of what workers have told, seen at the time `now`. Steps are set against each other by number, so a report may be late."""
    last = int(now) // STEP
    seen = Seen(into=now - last * STEP)
    for report in reports:
        if report.get("format") != FORMAT:
            continue
        for blueprint, method, template, lane, errors, buckets in report["routes"]:
            if lane not in LANES:
                continue
            served = Served(0, Counter(dict(buckets)))
            served.errors = min(errors, served.requests)  # an answer may fail when its beginning is forgotten
            seen.routes.setdefault((blueprint, method, template, lane), Served()).add(served)
            seen.blueprints.setdefault((blueprint, lane), Served()).add(served)
        for blueprint, lanes in report["series"].items():
            for lane, points in lanes.items():
                if (blueprint, lane) in seen.blueprints:
                    aligned = _aligned(points, report["step"] - last)
                    seen.blueprints[blueprint, lane].add(Served(series=aligned))
    return seen


def _aligned(points: list[int], ahead: int) -> list[int]:
    """Points whose last one is `ahead` steps after the last one wanted, or before it."""
    if ahead > 0:
        return ([0] * ahead + points[:-ahead])[-STEPS:]
    late = min(-ahead, STEPS)
    return points[late:] + [0] * late
