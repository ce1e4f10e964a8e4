"""Revisions of the relational database, by Alembic: up, down, where it stands, what differs from the models.

Two processes that upgrade at once take turns: the second one finds nothing left to do. Everything here blocks.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from argus.db.url import SQLITE, head, sqlite_file

T = TypeVar("T")

HERE = Path(__file__).parent / "migrations"
TURN = 0x41524755  # the advisory lock of those who upgrade a PostgreSQL
PATIENCE = 60  # seconds to wait for another process that upgrades


class OldRevision(Exception):
    """The database has another revision than this version of Argus wants; the text says what to do."""


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration, over a connection whose transaction is ours."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def in_transaction(url: str, work: Callable[[Connection], T]) -> T:
    """Call `work` in one transaction, alone among those who change the schema. Not on an event loop."""
    if sqlite_file(url) is None:
        return asyncio.run(_on_postgres(url, work))
    engine = _sqlite(url)
    try:
        with engine.begin() as connection:
            return work(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(TURN)))
            return await connection.run_sync(_alone, work)
    finally:
        await engine.dispose()


def _alone(connection: Connection, work: Callable[[Connection], T]) -> T:
    """The work on a loop that does nothing else: `asyncio.run` has made it for this transaction, and may be held by it."""
    return work(connection)


def _sqlite(url: str) -> Engine:
    engine = create_engine(f"sqlite:///{url.removeprefix(SQLITE)}", poolclass=NullPool, connect_args={"timeout": PATIENCE})

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # a transaction begins where we say; changes of the schema are part of it
        _keep_a_log(connection)
        connection.execute("PRAGMA foreign_keys=OFF")  # tables are copied where SQLite cannot alter them

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _keep_a_log(connection: Any) -> None:
    """Switch to WAL. While somebody else writes to a new file SQLite refuses that at once, whatever its timeout is."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; nothing happens where it is there already."""
    in_transaction(url, lambda connection: command.upgrade(configuration(connection), revision))


def downgrade(url: str, revision: str) -> None:
    """Take the database down to a revision; `base` drops every table."""
    in_transaction(url, lambda connection: command.downgrade(configuration(connection), revision))


def current(url: str) -> str | None:
    """The revision of the database; None where it has none."""
    return in_transaction(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def history() -> list[tuple[str, str]]:
    """Every revision with what it does, the newest first."""
    return [(each.revision, each.doc) for each in ScriptDirectory.from_config(configuration()).walk_revisions()]


def need_current(url: str) -> None:
    """Refuse a database of another revision.

    Raises:
        OldRevision
    """
    found, wanted = current(url), head()
    if found != wanted:
        raise OldRevision(
            f"the relational database has revision {found or 'none'}, this version needs {wanted}: run `argus db upgrade head`"
        )


def drift(url: str) -> list[Any]:
    """What differs between the models and the database, as Alembic says it; empty where nothing does."""
    from argus.db.tables import metadata

    options = {"compare_type": True}
    return in_transaction(url, lambda connection: list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata())))


def new_revision(url: str, message: str) -> Path:
    """Write a revision that takes the database to what the models say now, to be read and mended before it is committed."""
    made = in_transaction(
        url, lambda connection: command.revision(configuration(connection), message, autogenerate=True, rev_id=_next_id())
    )
    assert made is not None
    assert not isinstance(made, list)
    return Path(made.path)


def _next_id() -> str:
    return f"{int(head()[:4]) + 1:04}" if head()[:4].isdigit() else "0001"
