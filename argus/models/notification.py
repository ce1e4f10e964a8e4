"""Notifications, one partition a receiver, newest first."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from argus.kit.clock import time_uuid
from argus.models.enums import ArgusNotificationState
from argus.storage.table import ClusteringKey, PartitionKey, Row
from argus.storage.types import SmallInt, TimeUuid


class ArgusNotification(Row, table="argus_notification"):
    receiver: Annotated[UUID, PartitionKey()]
    id: Annotated[TimeUuid, ClusteringKey("desc")] = Field(default_factory=time_uuid)
    type: str | None = None
    state: SmallInt | None = ArgusNotificationState.UNREAD.value
    sender: UUID | None = None
    source_type: str | None = None
    source_id: UUID | None = None
    title: str | None = None
    content: str | None = None
