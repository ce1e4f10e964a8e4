"""What a demo consists of: calls of the API, each at its time, by someone. Nothing here talks to anything."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

EPOCH = datetime(1970, 1, 1)
REFERENCE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Call:
    """One POST. `${name}` in path and body stands for an id that an earlier call saved.

    `save` maps such names to where the id is in the answer's payload (dotted); `may_fail` names an error that belongs to the story.
    """

    at: datetime
    actor: str
    path: str
    body: dict[str, Any]
    save: dict[str, str] = field(default_factory=dict)
    may_fail: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    full_name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """A GitHub issue that people refer to; nobody asks GitHub for it."""

    repo: str
    number: int
    title: str
    state: str
    labels: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return f"https://github.com/scylladb/{self.repo}/issues/{self.number}"


@dataclass(frozen=True, slots=True)
class Story:
    """Played in this order: `setup` call by call; of `jobs` each list call by call, several lists at once; `triage` call by call."""

    people: tuple[Person, ...]
    issues: tuple[Issue, ...]
    setup: list[Call]
    jobs: list[list[Call]]
    triage: list[Call]

    @property
    def calls(self) -> int:
        return len(self.setup) + sum(map(len, self.jobs)) + len(self.triage)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the story has it: what was started, when, and how it ended (`running` has not)."""

    id: str
    job: str
    number: int
    version: str
    start: datetime
    end: datetime
    status: str

    @property
    def over(self) -> bool:
        return self.status != "running"

    def moment(self, share: float) -> datetime:
        """A moment within the run; 0 its start, 1 its end."""
        return self.start + (self.end - self.start) * share

    @property
    def url(self) -> str:
        return f"https://jenkins.example.com/job/{self.job.replace('/', '/job/')}/{self.number}/"


def seconds(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds())


def make_id(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def hex_of(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def between(rng: random.Random, low: timedelta, high: timedelta) -> timedelta:
    return low + (high - low) * rng.random()
