"""What the routes of this folder take and answer, for the documentation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.models.activity import ArgusEvent
from argus.models.enums import TestInvestigationStatus, TestStatus


class RunType(BaseModel):
    run_type: str = Field(examples=["scylla-cluster-tests", "unknown-does-not-exist"])


class RunPlace(BaseModel):
    run_id: UUID
    plugin_name: str = Field(examples=["scylla-cluster-tests"])
    url: str = Field(
        description="of the run's page", examples=["https://argus.example.com/tests/generic/c396f918-590b-4c87-8f73-cf64067b4d0a"]
    )


class RunActivity(BaseModel):
    run_id: UUID
    raw_events: list[ArgusEvent] = Field(description="oldest first")
    events: dict[str, str] = Field(description="what each entry says, by its id")


class RunsById(BaseModel):
    runs: dict[str, dict[str, Any]]


class StatusBody(BaseModel):
    status: TestStatus


class StatusAnswer(BaseModel):
    test_run_id: UUID
    status: TestStatus


class InvestigationBody(BaseModel):
    investigation_status: TestInvestigationStatus


class InvestigationAnswer(BaseModel):
    test_run_id: UUID
    investigation_status: TestInvestigationStatus


class AssigneeBody(BaseModel):
    assignee: str = Field(description="a user's id, or `none-none-none`", examples=["none-none-none"])


class AssigneeAnswer(BaseModel):
    test_run_id: UUID
    assignee: UUID | None


class IgnoreBody(BaseModel):
    testId: UUID
    reason: str = Field(min_length=1, examples=["known infrastructure problem"])


class IgnoreAnswer(BaseModel):
    affectedJobs: int


class StuckAnswer(BaseModel):
    total: int = Field(description="runs that were aborted")
