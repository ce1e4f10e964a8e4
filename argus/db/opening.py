"""Opening the relational database from where SQLAlchemy may not be loaded yet: it is, in a thread, the first time."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from argus.db.opened import Opened
from argus.kit.later import load_all
from argus.kit.pools import HOUSEKEEPING
from argus.runtime import Runtime

if TYPE_CHECKING:
    from argus.db.database import Database


async def opened_database(runtime: Runtime) -> Database:
    """The worker's relational database.

    Raises:
        OldRevision: see `argus.db.database.open_database`.
    """
    opened = runtime.own(Opened)
    if opened.database is not None:
        return opened.database
    async with opened.loading:
        await runtime.blocking(HOUSEKEEPING, _load)
    from argus.db.database import open_database

    return await open_database(runtime)


def _load() -> None:
    import_module("argus.db.database")
    import_module("argus.db.tables").load_tables()
    load_all()
