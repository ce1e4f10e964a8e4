"""The shared state in a database that SQLAlchemy reaches: PostgreSQL, MySQL, SQLite and others.

Each call is one short transaction in a thread of its own, so that the event loop never waits for the database. Three tables are made when
they are not there; their names begin with `strangler_`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, Text, create_engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from strangler.state import ALL, Entry, Override, blueprint_of
from strangler.state_text import entry_of, override_of, text_of_entry, text_of_override

T = TypeVar("T")

tables = MetaData()
overrides_table = Table(
    "strangler_overrides",
    tables,
    Column("subject", String(64), primary_key=True),  # its digest: a list of methods and a path may be longer than a key
    Column("said", Text, nullable=False),
)
reports_table = Table(
    "strangler_reports",
    tables,
    Column("topic", String(64), primary_key=True),
    Column("worker", String(190), primary_key=True),
    Column("until", Float(53), nullable=False),
    Column("said", Text(2**24), nullable=False),
)
journal_table = Table(
    "strangler_journal",
    tables,
    Column("at", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("blueprint", String(190), nullable=False, index=True),
    Column("said", Text, nullable=False),
)


class SqlAlchemyState:
    """A `SharedState` in a database; every worker of every host opens it by the same URL."""

    def __init__(self, url: str, **options: Any) -> None:
        """`url` and `options` are those of SQLAlchemy's `create_engine`, with a driver that is not asynchronous. Nothing is opened before
        the first call, so that it may be made before a fork."""
        self.url = url
        self._options = {"pool_pre_ping": True, **options}
        self._engine: Engine | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._pid = 0

    async def overrides(self) -> list[Override]:
        return await self._run(lambda db: [override_of(said) for said in db.scalars(select(overrides_table.c.said))])

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        key, said = _key(override.subject), text_of_override(override)
        if instead_of is None:
            return await self._inserted(insert(overrides_table).values(subject=key, said=said))
        stands = (overrides_table.c.subject == key) & (overrides_table.c.said == text_of_override(instead_of))
        return await self._run(lambda db: db.execute(update(overrides_table).where(stands).values(said=said)).rowcount == 1)

    async def lift(self, override: Override) -> bool:
        stands = (overrides_table.c.subject == _key(override.subject)) & (overrides_table.c.said == text_of_override(override))
        return await self._run(lambda db: db.execute(delete(overrides_table).where(stands)).rowcount == 1)

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        now = time.time()
        row = {"topic": topic, "worker": worker, "until": now + keep, "said": json.dumps(value)}
        mine = (reports_table.c.topic == topic) & (reports_table.c.worker == worker)

        def published(db: Connection) -> None:  # a worker alone writes its rows
            db.execute(delete(reports_table).where(mine | (reports_table.c.until < now)))
            db.execute(insert(reports_table).values(row))

        await self._run(published)

    async def published(self, topic: str) -> dict[str, Any]:
        table = reports_table.c
        asked = select(table.worker, table.said).where(table.topic == topic, table.until > time.time())
        return await self._run(lambda db: {worker: json.loads(said) for worker, said in db.execute(asked)})

    async def write(self, entry: Entry) -> bool:
        row = {
            "at": entry.at.isoformat(),
            "id": str(entry.id),
            "blueprint": blueprint_of(entry.subject)[:190],
            "said": text_of_entry(entry),
        }
        return await self._inserted(insert(journal_table).values(row))

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        asked = select(journal_table.c.said).order_by(journal_table.c.at.desc(), journal_table.c.id).limit(min(limit, ALL))
        if blueprint is not None:
            asked = asked.where(journal_table.c.blueprint == blueprint[:190])
        return await self._run(lambda db: [entry_of(said) for said in db.scalars(asked)])

    async def _inserted(self, row: Any) -> bool:
        """Whether there was no such row."""
        try:
            await self._run(lambda db: db.execute(row))
        except IntegrityError:
            return False
        return True

    async def _run(self, work: Callable[[Connection], T]) -> T:
        if self._thread is None or self._pid != os.getpid():  # a thread survives no fork, and a connection must not
            self._thread, self._engine, self._pid = ThreadPoolExecutor(1, "shared-state"), None, os.getpid()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        if self._engine is None:
            engine = create_engine(self.url, **self._options)
            _make_tables(engine)
            self._engine = engine
        with self._engine.begin() as db:
            return work(db)


def _make_tables(engine: Engine) -> None:
    """Another worker may be about to do so as well."""
    try:
        tables.create_all(engine)
    except Exception:
        tables.create_all(engine)  # they are there by now, or there is another reason


def _key(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()
