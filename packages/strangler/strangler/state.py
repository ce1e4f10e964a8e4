"""What the workers of all hosts share: overrides of the registry, what each has counted, and the journal of changes.

`SharedState` is the interface; a single process keeps it in memory, a host application of several processes brings its database.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from strangler.registry import Lane, Policy, Route

ALL = 1000  # entries of the journal that one read gives at most


def now() -> datetime:
    """The time, to the millisecond, as databases keep it."""
    found = datetime.now(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def subject_of(blueprint: str, route: Route | None = None) -> str:
    """What a policy is about: `books`, or `books: GET,POST /books/<x>` where a route has its own."""
    return blueprint if route is None else f"{blueprint}: {','.join(route.methods)} {route.path}"


def blueprint_of(subject: str) -> str:
    """The blueprint of a subject."""
    return subject.partition(":")[0]


def basis_of(owner: Lane, policy: Policy) -> str:
    """What an override was made against: when people change it, the override holds no longer."""
    said = repr((owner, policy.canary, policy.guard, policy.since))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Override:
    """Another owner and another canary share than the registry says, until somebody edits what it says of the subject."""

    subject: str
    owner: Lane
    percent: float
    """Of the callers, to the lane that is not `owner`."""
    basis: str
    who: str
    why: str
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change in the journal."""

    subject: str
    what: str
    """`owner`, `canary`, `shadow`, `guard`, …: what was changed."""
    before: str
    after: str
    who: str
    source: str
    """`file`, `cli`, `console` or `guard`."""
    why: str = ""
    evidence: str = ""
    at: datetime = field(default_factory=now)
    id: UUID = field(default_factory=uuid4)

    def as_dict(self) -> dict[str, Any]:
        """The entry for JSON."""
        return {name: str(value) if isinstance(value, UUID | datetime) else value for name, value in asdict(self).items()}


class SharedState(Protocol):
    """What is shared. Whatever is read may be a second old; what `place` and `write` answer is certain."""

    async def overrides(self) -> list[Override]:
        """Those that stand."""

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        """Set an override. False, and nothing is changed, when another one than `instead_of` stands for its subject."""

    async def lift(self, override: Override) -> bool:
        """Take this override away. False when it does not stand any more."""

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        """What a worker has to tell (JSON) about a topic, for `keep` seconds or until it tells something else."""

    async def published(self, topic: str) -> dict[str, Any]:
        """What the workers tell about a topic, by worker."""

    async def write(self, entry: Entry) -> bool:
        """Add to the journal. False when an entry with this id and time stands there: another worker saw the same change."""

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        """The latest entries, the last one first; at most 1,000."""


class NotShared(Exception):
    """Several workers serve, and what one of them knows the others do not see."""


class InMemory:
    """The state of a single process. With other workers beside it nothing may be decided by it: it raises NotShared."""

    def __init__(self, *, is_alone: bool = True) -> None:
        self.is_alone = is_alone
        self._overrides: dict[str, Override] = {}
        self._topics: dict[str, dict[str, tuple[float, Any]]] = {}
        self._journal: list[Entry] = []

    async def overrides(self) -> list[Override]:
        return list(self._overrides.values())

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        if not self.is_alone:
            raise NotShared("several workers serve, and they share no state: give the gateway one")
        if self._overrides.get(override.subject) != instead_of:
            return False
        self._overrides[override.subject] = override
        return True

    async def lift(self, override: Override) -> bool:
        if self._overrides.get(override.subject) != override:
            return False
        del self._overrides[override.subject]
        return True

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        self._topics.setdefault(topic, {})[worker] = (time.monotonic() + keep, value)

    async def published(self, topic: str) -> dict[str, Any]:
        now = time.monotonic()
        return {worker: value for worker, (until, value) in self._topics.get(topic, {}).items() if until > now}

    async def write(self, entry: Entry) -> bool:
        if any((other.at, other.id) == (entry.at, entry.id) for other in self._journal):
            return False
        self._journal.append(entry)
        del self._journal[:-ALL]
        return True

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        found = [entry for entry in self._journal if blueprint is None or blueprint_of(entry.subject) == blueprint]
        return sorted(found, key=lambda entry: entry.at, reverse=True)[: min(limit, ALL)]
