"""Who is let in. Our own tables; the reference has none of them, and its own keep their columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from argus.storage.table import ClusteringKey, PartitionKey, Row


class SessionEnd(Row, table="session_end", uses_ttl=True):
    """Which sessions of an account are over.

    The row `all` is the account's: sessions of another `epoch` than its are over. Any other row is a session that was logged out; it lives
    as long as the session's cookie could.
    """

    user_id: Annotated[UUID, PartitionKey()]
    session_id: Annotated[str, ClusteringKey()]
    epoch: str | None = None
    at: datetime | None = None
