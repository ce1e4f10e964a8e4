"""What shadowing has found: differences by blueprint, route and field path, with redacted samples, and what was noise."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from strangler.registry import LANES, Lane
from strangler.target import Target

SAMPLES = 5
REGULAR = 3
SHOWN = 80  # characters
SECRET = re.compile(r"pass|secret|token|api_?key|auth(?!or)|cookie|session|credential|signature|mail|phone|address", re.IGNORECASE)
SECRET_PARAMETERS = frozenset({"code", "state", "key"})
LOOKS_SECRET = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+"  # an address
    r"|(?<![\w+/=-])(?![0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-)(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{20,}"  # long, and no UUID
)
MASK = "•••"


@dataclass(frozen=True, slots=True)
class Sample:
    """One request whose answers differed: its URL, and what each lane said at the place."""

    at: str
    url: str
    flask: str
    fastapi: str


@dataclass(frozen=True, slots=True)
class Found:
    """A place at which the lanes differ. `noise` counts how often the steadier lane differed from itself there."""

    method: str
    route: str
    path: str
    count: int
    noise: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class ShadowRecord:
    """The evidence of one blueprint: what `argus routes cutover` asks for.

    `compared` pairs of answers; `wrote` requests that tried to write and could not be compared; `dropped` for want of room; `failed` had no
    answer in time, failed on both lanes, or could not be compared.
    """

    blueprint: str
    since: str
    compared: int = 0
    wrote: int = 0
    dropped: int = 0
    failed: int = 0
    differences: tuple[Found, ...] = ()
    routes: Mapping[str, int] = field(default_factory=dict)
    """Comparisons by route, such as `GET /runs/<x>`."""
    last: str = ""
    """When a pair was compared last."""

    @property
    def clean(self) -> bool:
        """Whether pairs were compared and no difference was found."""
        return self.compared > 0 and not self.differences

    def as_dict(self) -> dict[str, Any]:
        """The record for JSON."""
        return asdict(self) | {"clean": self.clean}


def merged(records: Iterable[ShadowRecord]) -> list[ShadowRecord]:
    """The records of several workers, one for each blueprint."""
    found: dict[str, ShadowRecord] = {}
    for record in records:
        before = found.get(record.blueprint)
        found[record.blueprint] = record if before is None else _sum(before, record)
    return list(found.values())


def _sum(one: ShadowRecord, other: ShadowRecord) -> ShadowRecord:
    places: dict[tuple[str, str, str], Found] = {}
    for each in (*one.differences, *other.differences):
        key = (each.method, each.route, each.path)
        same = places.get(key)
        if same is not None:
            samples = (same.samples + each.samples)[:SAMPLES]
            each = replace(each, count=same.count + each.count, noise=same.noise + each.noise, samples=samples)
        places[key] = each
    return ShadowRecord(
        one.blueprint,
        min(one.since, other.since),
        one.compared + other.compared,
        one.wrote + other.wrote,
        one.dropped + other.dropped,
        one.failed + other.failed,
        tuple(places.values()),
        dict(Counter(one.routes) + Counter(other.routes)),
        max(one.last, other.last),
    )


@dataclass(slots=True)
class _Place:
    confirmed: int = 0
    unsteady: Counter[Lane] = field(default_factory=Counter)
    """How often a lane differed from itself."""
    samples: list[Sample] = field(default_factory=list)

    @property
    def noise(self) -> int:
        """What both lanes do: a place at which only one of them differs from itself is a difference."""
        return min(self.unsteady[lane] for lane in LANES)

    @property
    def reported(self) -> bool:
        """Of a value that flips between two, chance confirms one for every three or four that show as noise in each lane."""
        return self.confirmed > 0 and 2 * self.confirmed > self.noise


@dataclass(slots=True)
class RouteTally:
    """The counts of one route."""

    compared: int = 0
    controls: Counter[Lane] = field(default_factory=Counter)
    places: dict[str, _Place] = field(default_factory=lambda: defaultdict(_Place))

    def is_noise(self, path: str) -> bool:
        """Whether both lanes differ from themselves at `path` so regularly that a difference there says nothing."""
        place = self.places.get(path)
        return place is not None and all(
            place.unsteady[lane] >= REGULAR and 4 * place.unsteady[lane] >= self.controls[lane] for lane in LANES
        )

    def control(self, lane: Lane, paths: set[str]) -> None:
        """A lane was asked again, and differed from itself at `paths`."""
        self.controls[lane] += 1
        for path in paths:
            self.places[path].unsteady[lane] += 1

    def confirm(self, path: str, url: str, said: dict[Lane, Any]) -> bool:
        """A difference that no control explains. Returns whether its place is now reported for the first time."""
        place = self.places[path]
        before = place.reported
        place.confirmed += 1
        if len(place.samples) < SAMPLES:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            place.samples.append(Sample(now, url, redacted(path, said["flask"]), redacted(path, said["fastapi"])))
        return place.reported and not before


@dataclass(slots=True)
class Tally:
    """The counts of one blueprint, kept by the event loop alone."""

    blueprint: str
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    last: str = ""
    compared: int = 0
    wrote: int = 0
    dropped: int = 0
    failed: int = 0
    routes: dict[tuple[str, str], RouteTally] = field(default_factory=lambda: defaultdict(RouteTally))

    def of(self, target: Target) -> RouteTally:
        """The counts of a route."""
        return self.routes[target.method, target.template]

    def count(self, route: RouteTally) -> None:
        """A pair of answers was compared."""
        self.compared += 1
        route.compared += 1
        self.last = datetime.now(UTC).isoformat(timespec="seconds")

    def record(self) -> ShadowRecord:
        """What stands here now."""
        routes = {f"{method} {route}": tally.compared for (method, route), tally in self.routes.items() if tally.compared}
        found = [
            Found(method, route, path, place.confirmed, place.noise, tuple(place.samples))
            for (method, route), tally in self.routes.items()
            for path, place in tally.places.items()
            if place.reported and not tally.is_noise(path)
        ]
        return ShadowRecord(
            self.blueprint, self.since, self.compared, self.wrote, self.dropped, self.failed, tuple(found), routes, self.last
        )


def redacted(path: str, value: Any) -> str:
    """A value as a sample may show it: short, and masked when its name or its look is a secret's or an address."""
    if isinstance(value, dict | list):
        return f"{type(value).__name__} of {len(value)}"
    if value is not None and not isinstance(value, bool) and SECRET.search(path.rsplit(".", 1)[-1]):
        return MASK
    text = value if isinstance(value, str) else repr(value)
    text = LOOKS_SECRET.sub(MASK, text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def redacted_url(path: str, query: str) -> str:
    """A URL whose parameters are masked where their names are a secret's."""
    pairs = [
        (name, MASK if name in SECRET_PARAMETERS else redacted(name, value)) for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return LOOKS_SECRET.sub(MASK, path) + (f"?{'&'.join(map('='.join, pairs))}" if pairs else "")


def from_json(row: dict[str, Any]) -> ShadowRecord:
    """A record from what a worker has told."""
    found = [Found(**{**each, "samples": tuple(Sample(**sample) for sample in each["samples"])}) for each in row["differences"]]
    return ShadowRecord(**{**{key: value for key, value in row.items() if key != "clean"}, "differences": tuple(found)})
