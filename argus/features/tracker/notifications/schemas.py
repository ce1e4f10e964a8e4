"""What the routes of this folder take and answer."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class Headline(BaseModel):
    """A notification in the list."""

    receiver: UUID
    sender: UUID | None
    id: UUID = Field(description="a time-based UUID")
    created: float = Field(description="Unix milliseconds", examples=[1717243200500.1])
    title: str | None = Field(examples=["You were assigned to a run"])
    state: int | None = Field(description="1 unread, 2 read", examples=[1])


class Notification(Headline):
    type: str | None = Field(examples=["TYPE_ASSIGNEE_CHANGE"])
    content: str | None = Field(description="HTML")
    source: str | None = Field(description="what it is about", examples=["TEST_RUN"])
    source_id: UUID | None


class ReadBody(BaseModel):
    id: UUID
