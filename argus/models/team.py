"""Teams of users."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import Indexed, PartitionKey, Row


class Team(Row, table="team"):
    """`members` always includes the leader."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    name: str | None = None
    leader: Annotated[UUID | None, Indexed()] = None
    members: list[UUID] = []
    motd: str | None = None
