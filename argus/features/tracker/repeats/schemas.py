"""What the routes about failures seen before take and answer, for the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.repeats.service import MOST_NAMES


class CaseNames(BaseModel):
    names: list[str] = Field(max_length=MOST_NAMES, examples=[["test_decommission"]])


class Oldest(BaseModel):
    run_id: UUID
    version: str | None
    start_time: datetime


class Seen(BaseModel):
    runs: int = Field(description="other runs that had it")
    more: bool = Field(description="only the newest were looked at")
    since: Oldest | None = Field(description="the oldest of them")
    issues: list[dict[str, Any]] = Field(description="linked to these runs, those of most runs first; at most five")


class SeenCase(Seen):
    name: str
