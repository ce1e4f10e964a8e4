"""What the routes of this folder take and answer, for the documentation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.bulk.wishes import LONGEST_ADDRESS, LONGEST_COMMENT, MOST_RUNS
from argus.models.enums import TestInvestigationStatus, TestStatus


class RunToChange(BaseModel):
    test_id: UUID
    run_id: UUID


class RunChange(BaseModel):
    """At least one of them."""

    status: TestStatus | None = None
    investigation_status: TestInvestigationStatus | None = None
    assignee: str | None = Field(None, description="a user's id, or `none-none-none`", examples=["none-none-none"])
    issue_url: str | None = Field(None, max_length=LONGEST_ADDRESS, examples=["https://github.com/example/tests/issues/1"])
    comment: str | None = Field(None, max_length=LONGEST_COMMENT)


class TriageBody(BaseModel):
    runs: list[RunToChange] = Field(min_length=1, max_length=MOST_RUNS)
    change: RunChange


class Refused(BaseModel):
    what: str = Field(description="`run`, `issue` or `comment`; when taking back the column", examples=["issue"])
    exception: str
    message: str
    trace_id: str


class TriagedRow(BaseModel):
    test_id: UUID
    run_id: UUID
    done: dict[str, Any] = Field(description="what is different now: columns with their new values, `issue_id`, `comment_id`")
    refused: list[Refused]
    undo: dict[str, Any] = Field(description="to be sent to `/runs/triage/undo` as it is")


class Triaged(BaseModel):
    rows: list[TriagedRow]


class RowToUndo(RunToChange):
    undo: dict[str, Any]


class UndoBody(BaseModel):
    rows: list[RowToUndo] = Field(min_length=1, max_length=MOST_RUNS)
