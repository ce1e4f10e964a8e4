"""When the workers of a server's process begin: as soon as there is something for them, and not before.

An installation that never used the queue pays one look at a file a second for it. Nothing here loads SQLAlchemy.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from argus.db.opened import Opened
from argus.db.url import database_url, sqlite_file
from argus.kit.ending import end
from argus.kit.pools import HOUSEKEEPING
from argus.runtime import Runtime

if TYPE_CHECKING:
    from argus.platform.watch import Watch

log = logging.getLogger("argus.queue")

LOOKED_EVERY = 1.0  # seconds


class Waking:
    """Starts the engine of this process once this or another process has put something into the queue."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._file = sqlite_file(database_url(runtime.settings))
        self._waiting: asyncio.Task[None] | None = None
        self._workers: Watch | None = None
        self._seen: tuple[float, ...] = ()

    @property
    def workers(self) -> Watch | None:
        """The workers, or who tells the broker of them, once they have begun."""
        return self._workers

    async def start(self) -> None:
        """Begin, or wait until there is something to do.

        Raises:
            SeveralHosts, OldRevision: this process must not serve.
        """
        settings = self._runtime.settings
        if settings.QUEUE_ENGINE == "embedded" and not settings.QUEUE_CONCURRENCY:
            return
        if self._file is None:
            await self._begin()
        else:
            self._waiting = asyncio.create_task(self._wait(self._file), name="queue waits for its first item")

    async def stop(self) -> None:
        """Let what runs end."""
        if self._waiting:
            await end(self._waiting)
        if self._workers:
            await self._workers.stop()

    async def _wait(self, file: Path) -> None:
        used = self._runtime.own(Opened).used
        while not used.is_set() and not await self._runtime.blocking(HOUSEKEEPING, self._has_work, file):
            try:
                async with asyncio.timeout(LOOKED_EVERY):
                    await used.wait()
            except TimeoutError:
                pass
        await self._begin()

    async def _begin(self) -> None:
        workers = await begin(self._runtime)
        self._workers = workers

    def _has_work(self, file: Path) -> bool:
        """Whether something waits that somebody else put there; asked of the database only when its files have changed."""
        stamps = tuple(path.stat().st_mtime for path in (file, file.with_name(f"{file.name}-wal")) if path.exists())
        if not stamps or stamps == self._seen:
            return False
        self._seen = stamps
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)) as db:
                return db.execute("SELECT 1 FROM work_item WHERE state IN ('queued', 'leased') LIMIT 1").fetchone() is not None
        except sqlite3.Error as problem:
            log.debug("the queue cannot be looked at yet: %r", problem)
            self._seen = ()
            return False


async def begin(runtime: Runtime) -> Watch:
    """Load what the engine needs, in a thread, and start it.

    Raises:
        SeveralHosts, OldRevision: this process must not serve.
    """
    embedded = runtime.settings.QUEUE_ENGINE == "embedded"
    await runtime.blocking(HOUSEKEEPING, _load, "argus.platform.worker" if embedded else "argus.platform.broker")
    from argus.db.database import open_database

    database = await open_database(runtime)
    watch: Watch
    if embedded:
        from argus.platform.worker import Workers

        watch = Workers(runtime, database)
    else:
        from argus.platform.broker import Sender

        watch = Sender(runtime, database)
    await watch.start()
    return watch


def _load(engine: str) -> None:
    from argus.platform.kinds import load_handlers

    import_module(engine)
    load_handlers()
