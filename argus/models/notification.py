"""Notifications, one partition a receiver, newest first."""

from __future__ import annotations

from datetime import datetime
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


class NotificationLater(Row, table="notification_later", uses_ttl=True):
    """A notification that its receiver has put off; gone when it is due again."""

    receiver: Annotated[UUID, PartitionKey()]
    id: Annotated[TimeUuid, ClusteringKey("desc")]
    until: datetime | None = None


class NotificationSetting(Row, table="notification_setting"):
    """Whether somebody wants a kind of notification in the inbox, and by mail; a kind without a row comes both ways."""

    user_id: Annotated[UUID, PartitionKey()]
    kind: Annotated[str, ClusteringKey()]
    bell: bool | None = True
    mail: bool | None = True
