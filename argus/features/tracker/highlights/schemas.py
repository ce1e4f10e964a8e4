"""What the routes of this folder take and answer, for the documentation. Times are Unix seconds."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field


class Highlight(BaseModel):
    view_id: UUID
    index: int
    created_at: float = Field(examples=[1704164645.123])
    archived_at: float = Field(description="0: not archived")
    creator_id: UUID
    content: str
    comments_count: int
    group: str | None = Field(description="of action items")


class ActionItem(Highlight):
    assignee_id: UUID | None
    completed: bool


class HighlightLists(BaseModel):
    highlights: list[Highlight]
    action_items: list[ActionItem]


class HighlightComment(BaseModel):
    view_id: UUID
    index: int
    highlight_created_at: float
    created_at: float
    creator_id: UUID
    content: str


class WidgetBody(BaseModel):
    view_id: UUID
    index: int = Field(examples=[0])


class HighlightCreateBody(WidgetBody):
    content: str
    is_task: bool
    group: str | None = None


class HighlightGroupBody(WidgetBody):
    name: str
    items: list[str]


class HighlightBody(WidgetBody):
    created_at: float


class HighlightUpdateBody(HighlightBody):
    content: str


class HighlightAssigneeBody(HighlightBody):
    assignee_id: UUID | None = None


class HighlightCompletedBody(HighlightBody):
    completed: bool


class HighlightCommentBody(WidgetBody):
    highlight_created_at: float
    content: str


class HighlightCommentKeyBody(WidgetBody):
    highlight_created_at: float
    created_at: float


class HighlightCommentUpdateBody(HighlightCommentKeyBody):
    content: str


class Done(BaseModel):
    status: str = Field("ok", examples=["ok"])
