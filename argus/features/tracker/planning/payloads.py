"""The strict bodies of the planning routes, and their values. Class names are wire format: `TypeError`s name them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from argus.kit.parse import iso_of, record, uuid_of

Options = dict[str, Any]
"""Entity id → `{"labels": [text]}`; stored as JSON text."""

PLAIN = ("name", "description", "target_version", "completed")
"""Fields of a plan that are stored as they are sent. A new one of this kind needs nothing in the services."""


@dataclass(kw_only=True)
class CreatePlanPayload:
    name: str
    description: str
    owner: str
    participants: list[str]
    target_version: str | None
    release_id: str
    tests: list[str]
    groups: list[str]
    assignments: dict[str, str]
    options: Options = field(default_factory=dict)
    view_id: str | None = None
    created_from: str | None = None

    def __post_init__(self) -> None:
        self.participants, self.tests, self.groups = self.participants or [], self.tests or [], self.groups or []


@dataclass(kw_only=True)
class PlanDiffPayload:
    id: str
    name: str | None = None
    description: str | None = None
    target_version: str | None = None
    completed: bool | None = None
    owner: str | None = None
    ends_at: float | str | None = None
    view_id: str | None = None
    tests_add: list[str] = field(default_factory=list)
    tests_remove: list[str] = field(default_factory=list)
    groups_add: list[str] = field(default_factory=list)
    groups_remove: list[str] = field(default_factory=list)
    participants_add: list[str] = field(default_factory=list)
    participants_remove: list[str] = field(default_factory=list)
    assignee_mapping_set: dict[str, str] = field(default_factory=dict)
    assignee_mapping_remove: list[str] = field(default_factory=list)
    options_set: Options = field(default_factory=dict)
    options_remove: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class TempPlanPayload:
    """A plan as it was read, edited by the user."""

    id: str
    name: str
    completed: bool
    description: str
    owner: str
    key: str
    participants: list[str]
    target_version: str | None
    assignee_mapping: dict[str, str]
    release_id: str
    tests: list[str]
    groups: list[str]
    creation_time: str
    last_updated: str
    ends_at: str | None
    created_from: str | None
    assignments: dict[str, str] | None = None
    options: str | None = None
    view_id: str | None = None


@dataclass(kw_only=True)
class CopyPlanPayload:
    plan: TempPlanPayload
    keepParticipants: bool
    replacements: dict[str, str]
    targetReleaseId: str
    targetReleaseName: str

    def __post_init__(self) -> None:
        if isinstance(self.plan, Mapping):
            self.plan = record(TempPlanPayload, self.plan)


def plain(payload: CreatePlanPayload | PlanDiffPayload | TempPlanPayload) -> dict[str, Any]:
    """What a body says of the plain fields; null says nothing."""
    return {name: value for name in PLAIN if (value := getattr(payload, name, None)) is not None}


def uuids(values: Iterable[Any] | None) -> list[UUID]:
    """Raises ValueError, TypeError, AttributeError: one is no UUID."""
    return [uuid_of(value) for value in values or ()]


def uuid_map(values: Mapping[str, Any] | None) -> dict[UUID, UUID]:
    """Raises as `uuids`."""
    return {uuid_of(key): uuid_of(value) for key, value in (values or {}).items()}


def optional_uuid(value: Any) -> UUID | None:
    """Raises as `uuids`; nothing and an empty text are None."""
    return uuid_of(value) if value else None


def moment(value: float | str) -> datetime:
    """A time from epoch milliseconds or ISO-8601 text.

    Raises:
        ValueError: malformed text.
    """
    return iso_of(value) if isinstance(value, str) else datetime.fromtimestamp(value / 1000, UTC).replace(tzinfo=None)


def options_text(options: Options | None) -> str:
    """Options as they are stored."""
    return json.dumps(options or {})


def options_of(text: str | None) -> Options:
    """Options from what is stored; none when it is no object."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
