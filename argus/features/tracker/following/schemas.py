"""What the routes about followed releases take and answer, for the documentation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class FollowedRelease(BaseModel):
    id: UUID
    name: str
    pretty_name: str | None
    dormant: bool
    since: datetime | None


class ReleaseStanding(FollowedRelease):
    counts: dict[str, int] | None = Field(
        description="tests by status, those that there are, and `total`; null of a dormant release", examples=[{"total": 3, "failed": 1}]
    )
    to_open: int = Field(description="tests that failed and nobody has looked at")


class Standings(BaseModel):
    releases: list[ReleaseStanding]
    total: int = Field(description="releases that are followed")


class FollowBody(BaseModel):
    release_id: UUID
