"""The daily purge of what stands around runs: put into the queue, where whoever works does it (docs/platform.md#queue)."""

from __future__ import annotations

from argus.db.opened import Opened
from argus.db.opening import opened_database
from argus.db.url import database_url, sqlite_file
from argus.runtime import Runtime

KIND = "maintenance.purge"
OLDER_THAN_DAYS = 30


async def ask(runtime: Runtime) -> str | None:
    """Put a purge into the queue; an installation that keeps nothing there has none."""
    file = sqlite_file(database_url(runtime.settings))
    if runtime.own(Opened).database is None and file is not None and not file.is_file():
        return None
    database = await opened_database(runtime)
    from argus.features.artefacts.maintenance.tables import Purge
    from argus.platform import queue

    async with database.transaction() as session:
        purge = Purge(dry_run=False, older_than_days=OLDER_THAN_DAYS, removed={})
        session.add(purge)
        await session.flush()
        purge.work_item_id = (await queue.put(session, KIND, {"purge_id": purge.id})).id
    return "put into the queue"
