"""Releases that people follow; our own table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import now
from argus.storage.table import ClusteringKey, PartitionKey, Row


class FollowedRelease(Row, table="followed_release"):
    """One partition a person, who follows a bounded number of releases (`argus/features/tracker/following/service.py`)."""

    follower: Annotated[UUID, PartitionKey()]
    release_id: Annotated[UUID, ClusteringKey()]
    since: datetime | None = Field(default_factory=now)
