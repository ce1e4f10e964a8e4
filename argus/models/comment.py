"""Comments on runs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row


class ArgusTestRunComment(Row, table="argus_test_run_comment"):
    """`posted_at` is whole Unix seconds."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    posted_at: Annotated[int, ClusteringKey("desc")]
    test_run_id: Annotated[UUID | None, Indexed()] = None
    user_id: Annotated[UUID | None, Indexed()] = None
    release_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    message: str | None = None
    mentions: list[UUID] = []
    reactions: dict[str, int] = {}
