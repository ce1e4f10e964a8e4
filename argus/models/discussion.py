"""What discussions of runs hold beside the comments themselves. Our own tables; the other system has comments alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import time_uuid
from argus.storage.table import ClusteringKey, PartitionKey, Row
from argus.storage.types import TimeUuid


class CommentExtra(Row, table="comment_extra"):
    """What is known of a comment beside its row, one partition a run; a comment of which nothing is known has none.

    `about_ref` names a part of the run in the words of its kind: an event's id, a nemesis by start and name, a cell by its table, row and
    column. `reactions` holds `<sign> <user>`, so that one person counts once whoever writes at the same time.
    """

    run_id: Annotated[UUID, PartitionKey()]
    comment_id: Annotated[UUID, ClusteringKey()]
    about_kind: str | None = None
    about_ref: str | None = None
    about_label: str | None = None
    edited_at: datetime | None = None
    reactions: set[str] = set()


class CommentText(Row, table="comment_text"):
    """What a comment said before it was edited, the newest first."""

    comment_id: Annotated[UUID, PartitionKey()]
    id: Annotated[TimeUuid, ClusteringKey("desc")] = Field(default_factory=time_uuid)
    message: str | None = None
    replaced_at: datetime | None = None


class CommentPicture(Row, table="comment_picture"):
    """A picture that comments on a run may show; its bytes are an object of the file store."""

    run_id: Annotated[UUID, PartitionKey()]
    id: Annotated[UUID, ClusteringKey()]
    user_id: UUID | None = None
    sha256: str | None = None
    media_type: str | None = None
    byte_size: int | None = None


class DiscussionVisit(Row, table="discussion_visit", uses_ttl=True):
    """Up to where somebody has seen the discussion of a run; gone a year after the last visit.

    `seen_at` is the time of the newest comment that was there, in Unix seconds, `seen_id` its id: of one second the id decides.
    """

    user_id: Annotated[UUID, PartitionKey()]
    run_id: Annotated[UUID, ClusteringKey()]
    seen_at: int | None = None
    seen_id: UUID | None = None
