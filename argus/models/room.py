"""What is said to everybody who works on a release; our own table."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import PartitionKey, Row


class ReleaseMessage(Row, table="release_message"):
    """The message of the day of a release, with `<` and `>` replaced. `number` rises with each: who writes says which one he has seen."""

    release_id: Annotated[UUID, PartitionKey()]
    number: int | None = 0
    text: str | None = None
    author_id: UUID | None = None
    at: datetime | None = None
