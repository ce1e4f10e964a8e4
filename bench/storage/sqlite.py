"""The embedded engine: SQLite called directly, and documents through the store, durable and on a real file."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from uuid import uuid4

from argus.models import ALL_MODELS, ALL_TYPES
from argus.plugins.sct.model import SCTTestRun
from argus.storage.open import open_store
from bench.storage.measure import PARTITION, Subject, document_costs, document_subject


async def subjects(folder: Path) -> list[Subject]:
    """The embedded engine's documents, and the same SQLite by hand on the calling thread."""
    store = open_store(f"sqlite:///{folder / 'documents.db'}", [*ALL_MODELS, SCTTestRun], ALL_TYPES)
    await store.start()
    return [_raw(folder / "raw.db"), await document_subject("sqlite: documents", store)]


def _raw(path: Path) -> Subject:
    """sqlite3 with one commit a write: what a program pays that shares nothing between its writes."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE user (id BLOB PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT, e INTEGER, f TEXT, g BLOB, h TEXT) WITHOUT ROWID")
    db.execute("CREATE TABLE run (build TEXT, start INTEGER, body TEXT, PRIMARY KEY (build, start)) WITHOUT ROWID")
    keys = [uuid4().bytes for _ in range(1000)]
    row = ("user", "name", "x" * 160, "ada@example.com", 1_700_000_000_000, '["ROLE_USER"]', uuid4().bytes, "t" * 64)
    db.execute("BEGIN")
    db.executemany("INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [(key, *row) for key in keys])
    db.executemany("INSERT INTO run VALUES ('b', ?, ?)", [(n, "x" * 1500) for n in range(PARTITION)])
    db.execute("COMMIT")
    turn = iter(range(1 << 60))

    async def point_read() -> object:
        return db.execute("SELECT * FROM user WHERE id = ?", (keys[next(turn) % 1000],)).fetchone()

    async def new_user() -> object:
        return db.execute("INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (uuid4().bytes, *row))

    async def partition() -> object:
        return db.execute("SELECT * FROM run WHERE build = 'b' ORDER BY start").fetchall()

    async def close() -> None:
        db.close()

    return Subject("sqlite3, one commit a write", {"point read": point_read, "insert": new_user, "500-row partition": partition}, close)


async def costs() -> dict[str, float]:
    """See `document_costs`."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'costs.db'}", [*ALL_MODELS, SCTTestRun], ALL_TYPES)
        await store.start()
        try:
            return await document_costs(store.engine)
        finally:
            await store.close()
