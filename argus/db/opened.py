"""Whether this worker uses the relational database yet. Nothing here loads SQLAlchemy."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argus.db.database import Database


class Opened:
    """The database of a worker, once somebody needs it."""

    def __init__(self) -> None:
        self.loading = asyncio.Lock()
        self.opening = asyncio.Lock()
        self.used = asyncio.Event()
        self.database: Database | None = None
