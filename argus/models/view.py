"""User views: dashboards over tests of several releases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.kit.clock import now
from argus.storage.table import Indexed, PartitionKey, Row


class ArgusUserView(Row, table="argus_user_view"):
    """`tests` is resolved from `release_ids`, `group_ids` or the plan; `widget_settings` is a JSON list of widgets."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    name: Annotated[str | None, Indexed()] = None
    display_name: str | None = None
    description: str | None = None
    user_id: Annotated[UUID | None, Indexed()] = None
    plan_id: Annotated[UUID | None, Indexed()] = None
    tests: list[UUID] = []
    release_ids: list[UUID] = []
    group_ids: list[UUID] = []
    created: datetime | None = Field(default_factory=now)
    last_updated: datetime | None = Field(default_factory=now)
    widget_settings: str | None = None
