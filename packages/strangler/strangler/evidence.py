"""Evidence before a cut-over: the parity suite's record of a blueprint, its shadow record, and the sign-offs that it asks for.

Evidence holds for what it was made with: for the routes that the registry lists, the commit that serves, a week, and each route by itself.
The parity suite's records and the sign-offs stand in a JSON file, which `write_parity` and `write_sign_offs` write:

    {"version": 1,
     "blueprints": {"runs": {
        "requests": 812, "differences": 0, "failures": 0, "time": "2026-03-01T10:00:00Z",
        "routes": {"GET /runs": 812}, "table": "9f2c41d07a3e", "commit": "5f0c…"}},
     "sign_offs": {"runs": {"drill": {
        "time": "2026-03-01T10:00:00Z", "table": "9f2c41d07a3e", "commit": "5f0c…", "protocol": ["rolled back: …"]}}}}
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from strangler.registry import SOCKET, Blueprint
from strangler.rules import canonical

OLDEST = timedelta(days=7)
LEAST_REQUESTS = 3  # of the parity suite, a route and method
LEAST_COMPARISONS = 10  # of shadowing, a route that can be shadowed
NAMED = 5  # routes and places that an objection names


class EvidenceError(Exception):
    """A record that cannot be read."""


class Parity(BaseModel):
    """What the parity suite found about one blueprint, the last time that it ran."""

    requests: int = Field(ge=0)
    differences: int = Field(ge=0)
    failures: int = Field(0, ge=0, description="Answers of 500")
    time: AwareDatetime
    routes: dict[str, int] = Field({}, description="Requests by route, such as `GET /runs/<x>`")
    table: str | None = Field(None, description="`table_of` the blueprint when the suite ran")
    commit: str | None = Field(None, description="Of the application that was asked")

    @property
    def said(self) -> str:
        """The record in a few words."""
        return (
            f"parity: {self.differences} differences and {self.failures} failures in {self.requests} requests, {self.time:%Y-%m-%d %H:%M}"
        )


class SignOff(BaseModel):
    """A suite of a name that the registry asks for has passed: a drill, say, or what plays each caller."""

    time: AwareDatetime
    table: str | None = Field(None, description="`table_of` the blueprint when the suite ran")
    commit: str | None = Field(None, description="Of the application that was tried")
    protocol: tuple[str, ...] = Field((), description="What was seen, a line each")

    @property
    def said(self) -> str:
        """The record in a few words, with its protocol."""
        return "; ".join([f"passed {self.time:%Y-%m-%d %H:%M}", *self.protocol])


class Records(BaseModel):
    """The file: what was found about each blueprint, the last time."""

    version: int = Field(1, ge=1, le=1)
    blueprints: dict[str, Parity] = {}
    sign_offs: dict[str, dict[str, SignOff]] = Field({}, description="By blueprint, and by the name of the sign-off")

    def said_of(self, blueprint: str, shadow: Shadowed | None = None) -> list[str]:
        """What is known of a blueprint, a text each; its shadow record stands elsewhere."""
        parity = self.blueprints.get(blueprint)
        signed = self.sign_offs.get(blueprint, {})
        sign_offs = [f"{name}: {record.said}" for name, record in sorted(signed.items())]
        return [*([parity.said] if parity else []), *sign_offs, *([shadow.said] if shadow else [])]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """The shadow records of a blueprint from all workers, added up."""

    compared: int
    failed: int
    places: tuple[str, ...]
    """Where the lanes differ: route and field path."""
    routes: Mapping[str, int] = field(default_factory=dict)
    """Comparisons by route."""
    last: datetime | None = None
    """When pairs were compared last."""

    @property
    def said(self) -> str:
        """The record in a few words."""
        return f"shadow: {len(self.places)} places differ in {self.compared} comparisons"


def read_records(file: Path) -> Records:
    """The records in a file; none when no suite has ever run. Raises EvidenceError when the file makes no sense."""
    try:
        return Records.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return Records()
    except (OSError, ValidationError) as error:
        raise EvidenceError(f"{file} is no parity record: {error}") from error


def shadowed(told: Mapping[str, Any], blueprint: str) -> Shadowed | None:
    """The shadow record of a blueprint from what the workers tell under the topic `shadow`; None when none has compared anything."""
    found = [record for records in told.values() for record in records if record["blueprint"] == blueprint]
    if not found:
        return None
    places = {f"{each['method']} {each['route']} at {each['path']}": None for record in found for each in record["differences"]}
    routes: Counter[str] = Counter()
    for record in found:
        routes.update(record.get("routes", {}))
    last = max((datetime.fromisoformat(record["last"]) for record in found if record.get("last")), default=None)
    compared, failed = (sum(record[key] for record in found) for key in ("compared", "failed"))
    return Shadowed(compared, failed, tuple(places), routes, last)


def table_of(blueprint: Blueprint) -> str:
    """A digest of the routes that a blueprint lists, whoever owns them: evidence about other routes says nothing."""
    return hashlib.sha256("\n".join(sorted(_routes(blueprint))).encode()).hexdigest()[:12]


def _routes(blueprint: Blueprint) -> list[str]:
    return [f"{method} {canonical(route.path)}" for route in blueprint.routes for method in route.methods]


def _playable(blueprint: Blueprint) -> list[str]:
    """Those that can be played: a WebSocket cannot."""
    return [route for route in _routes(blueprint) if not route.startswith(f"{SOCKET} ")]


@cache
def commit_of(folder: Path) -> str | None:
    """The commit of the git repository that holds a folder; None where there is none."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "-C", str(folder), "rev-parse", "HEAD"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    return asked.stdout.strip() if asked.returncode == 0 else None


def write_parity(file: Path, found: Mapping[str, Parity]) -> None:
    """Keep the latest record of each blueprint; one that was not asked now keeps its older record."""
    records = read_records(file)
    _write(file, Records(blueprints={**records.blueprints, **found}, sign_offs=records.sign_offs))


def write_sign_offs(file: Path, blueprint: str, signed: Mapping[str, SignOff]) -> None:
    """Keep what has passed; the other records of the file stay."""
    records = read_records(file)
    sign_offs = {**records.sign_offs, blueprint: {**records.sign_offs.get(blueprint, {}), **signed}}
    _write(file, Records(blueprints=records.blueprints, sign_offs=sign_offs))


def _write(file: Path, records: Records) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(records.model_dump(mode="json"), indent=2, sort_keys=True) + "\n")


def can_be_shadowed(blueprint: Blueprint) -> bool:
    """Whether any of its routes is a GET that changes nothing: else there can be no shadow record, and none is asked for."""
    return bool(_shadowable(blueprint))


def _shadowable(blueprint: Blueprint) -> list[str]:
    return [
        f"GET {canonical(route.path)}"
        for route in blueprint.routes
        if "GET" in route.methods and (blueprint.shadow_safe if route.shadow_safe is None else route.shadow_safe) is not False
    ]


def objections(
    name: str, blueprint: Blueprint, records: Records, shadow: Shadowed | None, *, commit: str | None = None, now: datetime | None = None
) -> list[str]:
    """What speaks against the cut-over of the blueprint of that name; nothing when all is clean.

    Args:
        commit: the one that serves, where that is known.
    """
    now = now or datetime.now(UTC)
    return [
        *_of_parity(blueprint, records.blueprints.get(name), commit, now),
        *_of_shadow(blueprint, shadow, now),
        *_of_sign_offs(blueprint, records.sign_offs.get(name, {}), commit, now),
    ]


def _of_parity(blueprint: Blueprint, parity: Parity | None, commit: str | None, now: datetime) -> Iterable[str]:
    if not _playable(blueprint):
        return
    if parity is None or not parity.requests:
        yield "the parity suite has no record of it"
        return
    if parity.differences or parity.failures:
        yield parity.said
    yield from _of_another_time("the parity record", blueprint, parity, commit, now)
    few = _fewer(_playable(blueprint), parity.routes, LEAST_REQUESTS)
    if few and parity.table == table_of(blueprint):
        yield f"the parity suite has asked fewer than {LEAST_REQUESTS} times: {few}"


def _of_sign_offs(blueprint: Blueprint, signed: Mapping[str, SignOff], commit: str | None, now: datetime) -> Iterable[str]:
    for wanted in blueprint.sign_off:
        if wanted in signed:
            yield from _of_another_time(f"the sign-off {wanted!r}", blueprint, signed[wanted], commit, now)
        else:
            yield f"the sign-off {wanted!r} is missing"


def _of_another_time(what: str, blueprint: Blueprint, record: Parity | SignOff, commit: str | None, now: datetime) -> Iterable[str]:
    """Why a record says nothing about what serves now."""
    if now - record.time > OLDEST:
        yield f"{what} is of {record.time:%Y-%m-%d}, more than {OLDEST.days} days old"
    if record.table != table_of(blueprint):
        yield f"{what} is about other routes than the registry lists now"
    if commit is not None and record.commit != commit:
        yield f"{what} is of commit {(record.commit or 'unknown')[:12]}, and {commit[:12]} serves"


def _of_shadow(blueprint: Blueprint, shadow: Shadowed | None, now: datetime) -> Iterable[str]:
    if shadow is not None and shadow.places:
        yield f"{shadow.said}: {'; '.join(shadow.places[:NAMED])}"
    wanted = _shadowable(blueprint)
    if not wanted:
        return
    if shadow is None or not shadow.compared:
        yield "the workers that serve have no shadow record of it (give it `shadow: {percent: 10}` for a while)"
        return
    if few := _fewer(wanted, shadow.routes, LEAST_COMPARISONS):
        yield f"shadowing has compared fewer than {LEAST_COMPARISONS} answers: {few}"
    if shadow.last is not None and now - shadow.last > OLDEST:
        yield f"nothing was compared since {shadow.last:%Y-%m-%d}, more than {OLDEST.days} days ago"


def _fewer(wanted: Iterable[str], counted: Mapping[str, int], least: int) -> str:
    """The routes that were counted less often than they must be, as a text; empty when there are none."""
    known: Counter[str] = Counter()
    for route, number in counted.items():
        method, _, path = route.partition(" ")
        known[f"{method} {canonical(path)}"] += number
    few = [route for route in wanted if known[route] < least]
    return ", ".join(few[:NAMED]) + (f" and {len(few) - NAMED} more" if len(few) > NAMED else "")
