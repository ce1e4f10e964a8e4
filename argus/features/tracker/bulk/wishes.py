"""What a request about many runs asks for, checked as a whole before anything is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argus.features.tracker.runs.triage import NOBODY
from argus.kit.errors import DataValidationError
from argus.kit.parse import enum_of, need, text_of, uuid_of
from argus.models.enums import TestInvestigationStatus, TestStatus
from argus.models.user import User
from argus.runtime import Runtime

MOST_RUNS = 100
LONGEST_COMMENT = 65_536  # characters
LONGEST_ADDRESS = 2_000
FIELDS = ("status", "investigation_status", "assignee", "issue_url", "comment")


@dataclass(frozen=True, slots=True)
class Target:
    """A run, and the test under which it is changed."""

    test_id: UUID
    run_id: UUID

    @classmethod
    def all_of(cls, body: Any, key: str = "runs") -> list[Target]:
        """The runs of a request, each once.

        Raises:
            DataValidationError: none, too many, or no list of objects.
            KeyError, ValueError: an id is missing or malformed.
        """
        return list(dict.fromkeys(cls.of(item) for item in items_of(body, key)))

    @classmethod
    def of(cls, item: Any) -> Target:
        test_id, run_id = need(item, "test_id"), need(item, "run_id")
        return cls(uuid_of(test_id), uuid_of(run_id))


def items_of(body: Any, key: str) -> list[Any]:
    """The list of a request.

    Raises:
        DataValidationError: it is none, empty, or longer than 100.
    """
    items = need(body, key)
    if not isinstance(items, list) or not items:
        raise DataValidationError(f"{key} must be a list of runs")
    if len(items) > MOST_RUNS:
        raise DataValidationError(f"at most {MOST_RUNS} runs at a time", str(len(items)))
    if not all(isinstance(item, Mapping) for item in items):
        raise DataValidationError(f"{key} must hold objects with test_id and run_id")
    return items


@dataclass(frozen=True, slots=True)
class Change:
    """What is set; None: left as it is. Without an assignee but with `assigns` nobody is."""

    status: TestStatus | None = None
    investigation_status: TestInvestigationStatus | None = None
    assigns: bool = False
    assignee: User | None = None
    issue_url: str | None = None
    comment: str | None = None

    @classmethod
    async def of(cls, runtime: Runtime, body: Any) -> Change:
        """The change of a request.

        Raises:
            DataValidationError: nothing is to be changed, a field is unknown, or a text is empty or too long.
            ValueError: an unknown status, or a malformed id.
            DocumentNotFound: nobody has the assignee's id.
        """
        wanted = need(body, "change")
        if not isinstance(wanted, Mapping) or not wanted:
            raise DataValidationError(f"change must name at least one of {', '.join(FIELDS)}")
        if unknown := sorted(set(wanted) - set(FIELDS)):
            raise DataValidationError(f"change has unknown fields: {', '.join(unknown)[:200]}")
        status = enum_of(TestStatus, wanted["status"]) if "status" in wanted else None
        investigated = enum_of(TestInvestigationStatus, wanted["investigation_status"]) if "investigation_status" in wanted else None
        url = _text(wanted, "issue_url", LONGEST_ADDRESS)
        comment = _text(wanted, "comment", LONGEST_COMMENT)
        assignee = await _assignee(runtime, wanted["assignee"]) if "assignee" in wanted else None
        return cls(status, investigated, "assignee" in wanted, assignee, url, comment)

    @property
    def in_row(self) -> bool:
        """Whether a column of the run changes."""
        return bool(self.status or self.investigation_status or self.assigns)

    def columns(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.status:
            found["status"] = self.status.value
        if self.investigation_status:
            found["investigation_status"] = self.investigation_status.value
        if self.assigns:
            found["assignee"] = self.assignee.id if self.assignee else None
        return found


def _text(wanted: Mapping[str, Any], key: str, longest: int) -> str | None:
    if key not in wanted:
        return None
    text = text_of(wanted[key]).strip()
    if not text or len(text) > longest:
        raise DataValidationError(f"{key} must be a text of at most {longest} characters")
    return text


async def _assignee(runtime: Runtime, value: Any) -> User | None:
    return None if value == NOBODY else await runtime.store.get(User, id=uuid_of(value))
