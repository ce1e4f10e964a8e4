"""What the routes of this folder answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.catalogue.schemas import Test


class PublicUser(BaseModel):
    """What everybody may know of a user."""

    id: UUID
    username: str | None = Field(examples=["bob"])
    full_name: str | None = Field(examples=["Bob Builder"])
    email: str | None = Field(examples=["bob@example.com"])
    picture_id: UUID | None


class Token(BaseModel):
    token: str = Field(description="for the header `Authorization: token …`")


class Job(BaseModel):
    """A run that is assigned to a user."""

    build_id: str = Field(examples=["scylla-6.0/longevity/100gb"])
    start_time: datetime
    release_id: UUID | None
    group_id: UUID | None
    assignee: UUID | None
    test_id: UUID | None
    id: UUID
    status: str | None = Field(examples=["failed"])
    investigation_status: str | None = Field(examples=["not_investigated"])
    build_job_url: str | None
    build_number: int | None
    scylla_version: str | None


class PlannedJob(Test):
    """A test that a plan gives to a user."""

    last_run: dict[str, Any] | None = Field(description="the newest run with all its columns, null without one")
