"""Release plans: who looks after which tests and groups of a version; and the planner's comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import now, time_uuid
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row
from argus.storage.types import Ascii, TimeUuid


class ArgusReleasePlan(Row, table="argus_release_plan"):
    """`assignee_mapping` goes from test or group to user; `options` is JSON: entity → `{"labels": […]}`."""

    id: Annotated[TimeUuid, PartitionKey()] = Field(default_factory=time_uuid)
    name: str | None = None
    completed: bool | None = False
    description: str | None = None
    owner: UUID | None = None
    participants: list[UUID] = []
    target_version: Annotated[Ascii | None, Indexed()] = None
    assignee_mapping: dict[UUID, UUID] = {}
    release_id: Annotated[UUID | None, Indexed()] = None
    tests: list[UUID] = []
    groups: list[UUID] = []
    view_id: Annotated[UUID | None, Indexed()] = None
    created_from: Annotated[UUID | None, Indexed()] = None
    creation_time: datetime | None = Field(default_factory=now)
    last_updated: datetime | None = Field(default_factory=now)
    ends_at: datetime | None = None
    key: str | None = None
    options: str | None = None


class ReleasePlannerComment(Row, table="argus_planner_comment_v2"):
    release: Annotated[UUID, PartitionKey()]
    group: Annotated[UUID, ClusteringKey()]
    test: Annotated[UUID, ClusteringKey()]
    comment: str | None = ""
