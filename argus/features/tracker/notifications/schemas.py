"""What the routes of this folder take and answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.notifications.later import TOGETHER


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


class About(BaseModel):
    """The run that a notification is about."""

    id: UUID
    plugin: str
    test_id: UUID | None
    name: str = Field(description="of its test, the last part of the job's path")
    build_number: int | None
    status: str


class Entry(Headline):
    type: str | None = Field(description="what it tells, such as a mention")
    content: str | None = Field(description="HTML")
    text: str | None = Field(description="the beginning of the comment that it is about, on one line", examples=["@bob see this"])
    later: datetime | None = Field(description="until when it is put off")
    run: About | None
    href: str | None = Field(description="where to look: the comment, run or view", examples=["/view/weekly"])


class Inbox(BaseModel):
    entries: list[Entry] = Field(description="newest first")
    next: UUID | None = Field(description="`before` of the next page")


class ReadUntil(BaseModel):
    until: UUID = Field(description="the newest one to mark; those before it are marked, too, up to 1,000 unread ones a request")


class LaterBody(BaseModel):
    ids: list[UUID] = Field(min_length=1, max_length=TOGETHER)
    until: datetime | None = Field(description="within a year; null: at once", examples=["2026-12-01T08:00:00Z"])


class SettingBody(BaseModel):
    kind: str = Field(examples=["TYPE_MENTION"])
    bell: bool = Field(description="in the inbox")
    mail: bool


class SettingsOf(BaseModel):
    kinds: list[SettingBody]
    mails: bool = Field(description="mails reach the caller")
