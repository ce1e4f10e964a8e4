"""What the routes of this folder take, for the documentation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from argus.features.tracker.comments.about import LONGEST_LABEL, LONGEST_REF
from argus.features.tracker.comments.discussion import LONGEST, MOST_PEOPLE


class CommentBody(BaseModel):
    message: str = Field(description="Markdown; `@name` tells that user", examples=["Same as yesterday, @bob"])
    reactions: dict[str, int] = Field(examples=[{}])
    mentions: list[UUID] = Field(description="users to tell beside those whom the message names", examples=[[]])


class AboutPart(BaseModel):
    """A part of a run."""

    kind: Literal["event", "nemesis", "cell"]
    ref: str = Field(min_length=1, max_length=LONGEST_REF, description="which one, in the words of the page")
    label: str = Field("", max_length=LONGEST_LABEL, description="what people read", examples=["DatabaseLogEvent 12:03:04"])


class DiscussionBody(BaseModel):
    message: str = Field(min_length=1, max_length=LONGEST, description="Markdown; `@name` tells that user", examples=["The disk was full"])
    mentions: list[UUID] = Field([], description="users to tell beside those whom the message names")
    about: AboutPart | None = None


class ReactionBody(BaseModel):
    name: Literal["+1", "-1", "eyes", "heart", "tada", "confused"]
    on: bool = Field(description="whether one's own is to be there")


class Sign(BaseModel):
    """A reaction to a comment."""

    name: str = Field(examples=["+1"])
    count: int = Field(description="people, and what the comment was posted with")
    mine: bool
    people: list[UUID] = Field(max_length=MOST_PEOPLE, description="some of them")


class DiscussedComment(BaseModel):
    id: UUID
    user_id: UUID | None
    posted_at: int = Field(description="Unix seconds")
    message: str | None
    mentions: list[UUID]
    about: AboutPart | None
    edited_at: datetime | None
    reactions: dict[str, int] = Field(description="what it was posted with")
    signs: list[Sign]
    new: bool = Field(description="somebody else wrote it since the caller was here last")


class DiscussionOfRun(BaseModel):
    comments: list[DiscussedComment] = Field(description="oldest first")
    more: bool = Field(description="there are older ones, which are not told")


class EarlierTextOf(BaseModel):
    message: str | None
    until: datetime | None = Field(description="when it was replaced")


class SeenBody(BaseModel):
    until: UUID | None = Field(description="the newest comment that was shown; null where there was none")


class KeptPicture(BaseModel):
    id: UUID
    url: str = Field(
        description="what a comment names it by",
        examples=["/api/v1/run/c396f918-590b-4c87-8f73-cf64067b4d0a/pictures/3ff2f4d0-2f1a-4a2e-9d3c-0e4c9a8c1b11"],
    )
