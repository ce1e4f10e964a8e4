"""What a database file lacks, compared with the models. Nothing is ever dropped or retyped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from argus.storage.sqlite.layout import Layout, quoted


def missing(db: sqlite3.Connection, layouts: Iterable[Layout]) -> list[str]:
    """The statements that create the tables, columns and indexes that are not there."""
    names = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    statements: list[str] = []
    for layout in layouts:
        for name, (create, columns) in layout.tables().items():
            if name not in names:
                statements.append(create)
                continue
            there = {row[1] for row in db.execute(f"PRAGMA table_info({quoted(name)})")}
            statements += [f"ALTER TABLE {quoted(name)} ADD COLUMN {columns[c]}" for c in columns if c not in there]
        statements += [create for name, create in layout.indexes().items() if name not in names]
    return statements
