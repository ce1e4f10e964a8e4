"""Highlights and action items of a view's widget, and the comments on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import EPOCH, now
from argus.storage.table import ClusteringKey, PartitionKey, Row
from argus.storage.types import TinyInt


class WidgetHighlights(Row, table="widget_highlights"):
    """`completed` is null for a highlight, true or false for an action item; `archived_at` at the epoch means not archived."""

    view_id: Annotated[UUID, PartitionKey()]
    index: Annotated[int, PartitionKey()]
    created_at: Annotated[datetime, ClusteringKey("desc")] = Field(default_factory=now)
    archived_at: datetime | None = EPOCH
    creator_id: UUID | None = None
    assignee_id: UUID | None = None
    content: str | None = None
    group: str | None = None
    completed: bool | None = None
    comments_count: TinyInt | None = 0


class WidgetComment(Row, table="widget_comment"):
    view_id: Annotated[UUID, PartitionKey()]
    index: Annotated[int, PartitionKey()]
    highlight_at: Annotated[datetime, PartitionKey()]
    created_at: Annotated[datetime, ClusteringKey()] = Field(default_factory=now)
    creator_id: UUID | None = None
    content: str | None = None
