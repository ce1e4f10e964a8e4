"""The relational database of this worker: who reads, who writes, and how it is opened (docs/platform.md#tables-and-sessions).

SQLite has one connection that writes and four that only read, each in a thread of its own, so no statement holds the event loop and no
reader waits for a writer. PostgreSQL has one pool for both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from argus.db.opened import Opened
from argus.db.revisions import need_current, upgrade
from argus.db.session import RUNTIME, UnitSession
from argus.db.url import database_url, head, revision_of_file, sqlite_file
from argus.kit.pools import HOUSEKEEPING
from argus.kit.settings import Settings
from argus.runtime import Runtime

READERS = 4
BUSY = 5.0  # seconds that a writer waits for another process
PATIENCE = 10.0  # seconds that a request waits for a connection
STATEMENT = 30.0  # seconds that a statement may take on PostgreSQL


class Database:
    """Sessions of one database.

    Args:
        url: `sqlite+aiosqlite:///PATH` or `postgresql+asyncpg://…`.
        connections: of PostgreSQL's pool.
        runtime: whose it is; its sessions tell (`argus.db.session.runtime_of`).
    """

    def __init__(self, url: str, connections: int = 10, runtime: Runtime | None = None) -> None:
        self.is_sqlite = sqlite_file(url) is not None
        if self.is_sqlite:
            self._writer = _sqlite(url, 1, "PRAGMA query_only=OFF", "BEGIN IMMEDIATE")
            self._reader = _sqlite(url, READERS, "PRAGMA query_only=ON", "BEGIN")
        else:
            self._writer = self._reader = _postgres(url, connections)
        self.writing_sessions = _sessions(self._writer, runtime)
        self.reading_sessions = _sessions(self._reader, runtime)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one state of the database, and writes nothing."""
        async with self.reading_sessions() as session:
            yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end, all of it or, when something is raised, nothing."""
        async with self.writing_sessions() as session:
            yield session
            await session.commit()

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


def _sessions(engine: AsyncEngine, runtime: Runtime | None) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False, sync_session_class=UnitSession, info={RUNTIME: runtime})


def _postgres(url: str, connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=PATIENCE,
        pool_pre_ping=True,
        connect_args={"command_timeout": STATEMENT, "server_settings": {"application_name": "argus", "timezone": "UTC"}},
    )


def _sqlite(url: str, connections: int, role: str, begin: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=connections, max_overflow=0, pool_timeout=PATIENCE, connect_args={"timeout": BUSY})

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, and are never begun by the driver
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={int(BUSY * 1000)}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.execute(role)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


async def open_database(runtime: Runtime) -> Database:
    """The worker's database, made and brought up to date where it is a file.

    Raises:
        OldRevision: a PostgreSQL that `argus db upgrade` has to bring up to date first.
    """
    opened = runtime.own(Opened)
    if opened.database is None:
        async with opened.opening:
            if opened.database is None:
                await runtime.blocking(HOUSEKEEPING, prepare, runtime.settings)
                opened.database = Database(database_url(runtime.settings), runtime.settings.DB_POOL_SIZE, runtime)
                runtime.on_close(opened.database.close)
                opened.used.set()
    return opened.database


def prepare(settings: Settings) -> None:
    """Make sure that the database has the revision of this version. Blocks.

    Raises:
        OldRevision: as `open_database`.
    """
    url = database_url(settings)
    file = sqlite_file(url)
    if file is None:
        need_current(url)
    elif revision_of_file(file) != head():
        file.parent.mkdir(parents=True, exist_ok=True)
        upgrade(url)
