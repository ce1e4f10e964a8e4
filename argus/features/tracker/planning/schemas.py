"""What the routes of this folder take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from argus.features.tracker.catalogue.schemas import Group, Release, Test


class Plan(BaseModel):
    id: UUID = Field(description="a time-based UUID")
    key: str | None = Field(description="for people: `<release>#<number>`", examples=["scylla-6.0#1"])
    name: str | None
    description: str | None
    completed: bool | None
    owner: UUID | None = Field(description="looks after what is assigned to nobody else")
    participants: list[UUID]
    target_version: str | None = Field(description="empty: any version", examples=["6.0.1"])
    assignee_mapping: dict[str, UUID] = Field(description="test or group → who looks after it")
    release_id: UUID | None
    tests: list[UUID]
    groups: list[UUID]
    view_id: UUID | None
    created_from: UUID | None
    creation_time: datetime | None
    last_updated: datetime | None
    ends_at: datetime | None
    options: str | None = Field(description="JSON: test or group → `{labels: [text]}`")


class CreatePlanBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    description: str
    owner: UUID
    participants: list[UUID] | None
    target_version: str | None = Field(description="ASCII")
    release_id: UUID
    tests: list[UUID] | None
    groups: list[UUID] | None
    assignments: dict[str, UUID]
    options: dict[str, Any] = {}
    view_id: UUID | None = Field(None, description="show the plan in this view, instead of making one")
    created_from: UUID | None = None


class UpdatePlanBody(BaseModel):
    """What is missing or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(description="id or key", examples=["scylla-6.0#1"])
    name: str | None = None
    description: str | None = None
    target_version: str | None = None
    completed: bool | None = None
    owner: UUID | None = None
    ends_at: float | datetime | None = Field(None, description="epoch milliseconds or ISO-8601")
    view_id: UUID | None = None
    tests_add: list[UUID] = []
    tests_remove: list[UUID] = []
    groups_add: list[UUID] = []
    groups_remove: list[UUID] = []
    participants_add: list[UUID] = []
    participants_remove: list[UUID] = []
    assignee_mapping_set: dict[str, UUID] = {}
    assignee_mapping_remove: list[UUID] = []
    options_set: dict[str, Any] = {}
    options_remove: list[str] = []


class CopyPlanBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    plan: Plan = Field(description="the plan as it was read, edited")
    keepParticipants: bool
    replacements: dict[str, UUID | None] = Field(description="entity without counterpart → what to take instead")
    targetReleaseId: UUID
    targetReleaseName: str = Field(description="not used")


class OwnerBody(BaseModel):
    newOwner: UUID


class TriggerBody(BaseModel):
    """One of: release, plan_id, version, release and version."""

    release: str | None = Field(None, description="the release's name")
    plan_id: UUID | None = None
    version: str | None = None
    common_params: dict[str, str] = {}
    params: list[dict[str, str]] = Field([], examples=[[{"test": "longevity", "backend": "aws", "region": "eu-west-1"}]])


class Triggered(BaseModel):
    jobs: list[str] = Field(description="URLs of builds, or of jobs whose build waits")
    failed_to_execute: list[str | None] = Field(description="build ids")


class PlannedTest(Test):
    type: Literal["test"]
    group: str | None = Field(description="the group's display name")
    release: str | None = Field(description="the release's name")


class MissingTest(Test):
    type: Literal["test"]
    release: str | None = Field(description="the original release's name")


class PlannedGroup(Group):
    type: Literal["group"]
    release: str | None = Field(description="the release's name")


class Missing(BaseModel):
    tests: list[MissingTest]
    groups: list[PlannedGroup]


class CopyCheck(BaseModel):
    status: Literal["passed", "failed"]
    targetRelease: Release
    originalRelease: Release
    missing: Missing


class Grid(BaseModel):
    groups: dict[str, PlannedGroup] = Field(description="enabled ones")
    tests: dict[str, PlannedTest] = Field(description="enabled ones of enabled groups")
    testByGroup: dict[str, list[Test]] = Field(description="all of them")


class SearchResult(BaseModel):
    """`hits` are entities with `type`, `group` and `release`; the first of a text search adds all of them."""

    hits: list[dict[str, Any]]
    total: int
