"""The shared state of all workers of one host, in an SQLite file.

Each call is one short transaction in a thread of its own, so that the event loop never waits for the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from strangler.state import ALL, Entry, Override, blueprint_of
from strangler.state_text import entry_of, override_of, text_of_entry, text_of_override

T = TypeVar("T")

BUSY = 5.0  # seconds that a call waits for another worker's transaction
SCHEMA = """
CREATE TABLE IF NOT EXISTS overrides (subject TEXT PRIMARY KEY, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reports (topic TEXT, worker TEXT, until REAL NOT NULL, said TEXT NOT NULL, PRIMARY KEY (topic, worker));
CREATE TABLE IF NOT EXISTS journal (at TEXT, id TEXT, blueprint TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (at, id));
"""


class SqliteState:
    """A `SharedState` in a file; every worker opens it by the same path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    async def overrides(self) -> list[Override]:
        return await self._run(lambda db: [override_of(said) for (said,) in db.execute("SELECT said FROM overrides")])

    async def place(self, override: Override, instead_of: Override | None = None) -> bool:
        def placed(db: sqlite3.Connection) -> bool:
            if _standing(db, override.subject) != instead_of:
                return False
            db.execute("INSERT OR REPLACE INTO overrides VALUES (?, ?)", (override.subject, text_of_override(override)))
            return True

        return await self._run(placed)

    async def lift(self, override: Override) -> bool:
        def lifted(db: sqlite3.Connection) -> bool:
            if _standing(db, override.subject) != override:
                return False
            db.execute("DELETE FROM overrides WHERE subject = ?", (override.subject,))
            return True

        return await self._run(lifted)

    async def publish(self, topic: str, worker: str, value: Any, keep: int) -> None:
        row = (topic, worker, time.time() + keep, json.dumps(value))

        def published(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM reports WHERE until < ?", (time.time(),))
            db.execute("INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?)", row)

        await self._run(published)

    async def published(self, topic: str) -> dict[str, Any]:
        asked = "SELECT worker, said FROM reports WHERE topic = ? AND until > ?"
        return await self._run(lambda db: {worker: json.loads(said) for worker, said in db.execute(asked, (topic, time.time()))})

    async def write(self, entry: Entry) -> bool:
        row = (entry.at.isoformat(), str(entry.id), blueprint_of(entry.subject), text_of_entry(entry))
        return await self._run(lambda db: db.execute("INSERT OR IGNORE INTO journal VALUES (?, ?, ?, ?)", row).rowcount == 1)

    async def journal(self, limit: int = 100, blueprint: str | None = None) -> list[Entry]:
        asked = "SELECT said FROM journal WHERE ? IN ('', blueprint) ORDER BY at DESC, id LIMIT ?"
        chosen = (blueprint or "", min(limit, ALL))
        return await self._run(lambda db: [entry_of(said) for (said,) in db.execute(asked, chosen)])

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._thread is None or self._pid != os.getpid():  # a thread survives no fork, and a connection must not
            self._thread, self._connection, self._pid = ThreadPoolExecutor(1, "shared-state"), None, os.getpid()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._in_transaction, work)

    def _in_transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            self._connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {SCHEMA}")
        with _transaction(self._connection) as db:
            return work(db)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _standing(db: sqlite3.Connection, subject: str) -> Override | None:
    row = db.execute("SELECT said FROM overrides WHERE subject = ?", (subject,)).fetchone()
    return override_of(row[0]) if row else None


def of_host(registry: Path) -> SqliteState:
    """The state of all workers of this host that follow a registry, in a folder of this user's below the one for temporary files.

    Raises:
        OSError: there is no such folder that is this user's alone.
    """
    folder = Path(tempfile.gettempdir()) / f"strangler-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{folder} is not a folder of this user's alone")
    name = hashlib.sha256(str(registry.resolve()).encode()).hexdigest()[:16]
    return SqliteState(folder / f"{name}.sqlite")
