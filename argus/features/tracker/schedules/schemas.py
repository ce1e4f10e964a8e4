"""What the routes of this folder take and answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.catalogue.schemas import Group, Release, Test


class PlannerTest(Test):
    """The last three are missing when the test's group is disabled."""

    group_name: str | None = None
    pretty_group_name: str | None = None
    comment: str = ""


class PlannerData(BaseModel):
    release: Release
    groups: dict[str, Group] = Field(description="enabled ones, by id")
    tests: list[PlannerTest] = Field(description="enabled ones")
    tests_by_group: dict[str, list[PlannerTest]] = Field(description="by the group's name")


class PlannerCommentBody(BaseModel):
    releaseId: UUID
    groupId: UUID
    testId: UUID
    newComment: str = Field(examples=["needs a bigger disk"])


class Schedules(BaseModel):
    schedules: list[Any] = Field(max_length=0)


class AnyBody(BaseModel):
    """Anything; it is ignored."""

    model_config = ConfigDict(extra="allow")


class ScheduleBody(BaseModel):
    """Checked and forgotten."""

    releaseId: Any
    start: Any
    end: Any
    tests: Any
    groups: Any
    assignees: Any
    tag: Any


class ScheduleUpdateBody(BaseModel):
    """Checked and forgotten."""

    model_config = ConfigDict(extra="forbid")

    release_id: Any
    schedule_id: Any
    assignee: Any
    new_tests: Any
    old_tests: Any
    comments: Any


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")
