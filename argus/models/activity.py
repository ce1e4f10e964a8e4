"""The activity log."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import Indexed, PartitionKey, Row


class ArgusEvent(Row, table="argus_event"):
    """Who did what. `kind` is an `ArgusEventTypes`; `body` JSON with a `message` template and the values that fill it."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    release_id: Annotated[UUID | None, Indexed()] = None
    group_id: Annotated[UUID | None, Indexed()] = None
    test_id: Annotated[UUID | None, Indexed()] = None
    run_id: Annotated[UUID | None, Indexed()] = None
    user_id: Annotated[UUID | None, Indexed()] = None
    kind: Annotated[str | None, Indexed()] = None
    body: str | None = None
    created_at: datetime | None = None
