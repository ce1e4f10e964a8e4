"""What the routes of this folder answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.catalogue.schemas import Group, Release, Test


class ActivityEvent(BaseModel):
    id: UUID
    release_id: UUID | None
    group_id: UUID | None
    test_id: UUID | None
    run_id: UUID | None
    user_id: UUID | None
    kind: str | None = Field(examples=["ARGUS_TEST_RUN_STATUS_CHANGE"])
    body: str | None = Field(description="JSON: `message` and the values that fill it")
    created_at: datetime | None


class ReleaseActivity(BaseModel):
    release_id: UUID
    raw_events: list[ActivityEvent] = Field(description="oldest first")
    events: dict[str, str] = Field(description="event id → what happened, in a sentence")


class Run(BaseModel):
    id: UUID
    status: str | None
    setup: dict[str, Any] | None = Field(description="nodes and backend of a cluster test")
    build_number: int | None
    build_job_name: str
    start_time: datetime
    end_time: datetime | None
    nemesis_stats: dict[str, int] | None
    assignee: UUID | None
    issues: list[dict[str, Any]]
    comments: list[dict[str, Any]]


class TestStats(BaseModel):
    __test__ = False

    test: Test
    status: str = Field(examples=["failed"])
    investigation_status: str = Field(examples=["not_investigated"])
    last_runs: list[Run] = Field(description="at most five; none when limited")
    start_time: datetime
    hasBugReport: bool
    hasComments: bool
    buildNumber: int | None
    buildId: str | None


class Counters(BaseModel):
    """How many tests have each status."""

    total: int
    created: int
    running: int
    failed: int
    test_error: int
    error: int
    passed: int
    aborted: int
    not_planned: int
    not_run: int


class GroupStats(Counters):
    """Beside these, one object a state of investigation that occurs: status → how many."""

    model_config = ConfigDict(extra="allow")

    group: Group
    lastStatus: str
    lastInvestigationStatus: str
    disabled: Literal[False]
    tests: dict[str, TestStats]


class ReleaseStats(Counters):
    """Beside these, when there is a group, one object a state of investigation: status → how many."""

    model_config = ConfigDict(extra="allow")

    release: Release
    groups: dict[str, GroupStats]
    disabled: bool
    perpetual: bool | None
    lastStatus: str
    lastInvestigationStatus: str
    hasBugReport: bool


class Dormant(BaseModel):
    """A dormant release has no statistics, unless they are forced."""

    dormant: Literal[True]
