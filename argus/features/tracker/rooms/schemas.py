"""What the routes of a release's room take and answer, for the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.highlights.schemas import Highlight
from argus.features.tracker.rooms.service import LONGEST


class RoomRelease(BaseModel):
    id: UUID
    name: str
    pretty_name: str | None
    description: str | None
    dormant: bool | None


class RoomMessage(BaseModel):
    number: int = Field(description="0: nobody has written one")
    text: str = Field(description="Markdown; empty: none")
    author_id: UUID | None
    at: datetime | None


class RoomTest(BaseModel):
    id: UUID
    name: str
    group: str
    status: str
    investigation_status: str
    plugin: str | None
    run_id: UUID | None
    build_number: int | None
    assignee: UUID | None
    started: datetime | None


class RoomTestList(BaseModel):
    count: int
    items: list[RoomTest] = Field(description="the newest, at most 12")


class RoomTests(BaseModel):
    counts: dict[str, int] = Field(description="tests by status, those that there are, and `total`", examples=[{"total": 3, "failed": 1}])
    broken: RoomTestList = Field(description="failed in the newest build and passed in the one before")
    mended: RoomTestList = Field(description="the other way round")
    to_open: RoomTestList = Field(description="failed, and nobody has looked")


class RoomIssues(BaseModel):
    count: int
    items: list[dict[str, Any]] = Field(description="open ones, those of most `tests` first, at most 12")


class RoomComment(BaseModel):
    id: UUID
    text: str = Field(description="its beginning, on one line")
    author_id: UUID | None
    at: int = Field(description="Unix seconds")
    mentions: list[UUID]
    plugin: str | None
    run_id: UUID
    name: str = Field(description="of the test")
    build_number: int | None
    status: str


class RoomComments(BaseModel):
    count: int
    items: list[RoomComment] = Field(description="the newest, at most 12")


class RoomPlan(BaseModel):
    id: UUID
    key: str | None
    name: str
    target_version: str | None
    owner: UUID | None
    participants: list[UUID]
    completed: bool | None
    ends_at: datetime | None
    tests: dict[str, int] | None = Field(
        description="`total`, `passed` and `failed` ones", examples=[{"total": 3, "passed": 2, "failed": 1}]
    )


class RoomPlans(BaseModel):
    count: int
    items: list[RoomPlan] = Field(description="open ones first, at most 12")


class RoomView(BaseModel):
    id: UUID
    name: str
    title: str


class RoomHighlight(Highlight):
    view: dict[str, str] = Field(description="`name` and `title`", examples=[{"name": "weekly", "title": "Weekly"}])
    assignee_id: UUID | None = Field(None, description="of action items")
    completed: bool | None = Field(None, description="of action items")


class RoomHighlights(BaseModel):
    count: int
    items: list[RoomHighlight] = Field(description="the newest, at most 15")


class RoomActionItems(BaseModel):
    count: int
    done: int
    items: list[RoomHighlight] = Field(description="open ones first, at most 30")


class Room(BaseModel):
    release: RoomRelease
    message: RoomMessage
    tests: RoomTests | None = Field(description="null of a dormant release, as issues and comments")
    issues: RoomIssues | None
    comments: RoomComments | None
    plans: RoomPlans
    views: list[RoomView] = Field(description="those with highlights that the release is part of, at most 20")
    highlights: RoomHighlights
    action_items: RoomActionItems


class MessageBody(BaseModel):
    release_id: UUID
    text: str = Field(max_length=LONGEST, description="Markdown")
    number: int = Field(description="of the message that the writer has seen", examples=[0])
