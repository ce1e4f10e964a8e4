"""What the search answers, for the documentation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class SearchHit(BaseModel):
    kind: str = Field(description="`release`, `group`, `test`, `view`, `plan`, `person`, `room` (of a release) or `run`", examples=["test"])
    id: UUID
    title: str
    context: str = Field(description="where it belongs")
    address: str = Field(description="its page; empty for people, who have none")
    status: str | None = Field(None, description="of a run")
    start_time: datetime | None = Field(None, description="of a run")
    version: str | None = Field(None, description="of a run")


class SearchPage(BaseModel):
    hits: list[SearchHit]
    next: str | None = Field(description="`after` of the next page")
