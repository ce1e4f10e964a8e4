"""A database file compared with the models: what it lacks, and every other difference. Nothing is ever dropped or retyped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

from argus.storage.schema import Finding
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


def drift(db: sqlite3.Connection, layouts: Iterable[Layout]) -> list[Finding]:
    """Every difference between file and models, both ways: tables, columns with type and place in the key, indexes."""
    there = {name: (kind, table) for kind, name, table in db.execute("SELECT type, name, tbl_name FROM sqlite_schema")}
    findings: list[Finding] = []
    known: set[str] = set()
    for layout in layouts:
        for name, (create, _) in layout.tables().items():
            known.add(name)
            if name not in there:
                findings.append(Finding("missing", f"table {name}"))
                continue
            findings += _column_drift(name, _columns(db, name), _expected(create, name))
            wanted = layout.indexes() if name == layout.sql_name[1:-1] else {}
            findings += [Finding("missing", f"index {index}") for index in wanted if index not in there]
            has = [i for i, (kind, table) in there.items() if kind == "index" and table == name and not i.startswith("sqlite_")]
            findings += [Finding("unknown", f"index {index}") for index in has if index not in wanted]
    tables = [name for name, (kind, _) in there.items() if kind == "table" and not name.startswith("sqlite_")]
    return findings + [Finding("unknown", f"table {name}") for name in tables if name not in known]


def _expected(create: str, name: str) -> dict[str, str]:
    """The columns that a CREATE statement makes, as SQLite itself tells them."""
    with closing(sqlite3.connect(":memory:")) as scratch:
        scratch.execute(create)
        return _columns(scratch, name)


def _columns(db: sqlite3.Connection, table: str) -> dict[str, str]:
    """Column → its declared type, and its place and direction in the key."""
    directions: dict[str, str] = {}
    for _, index, _, origin, _ in db.execute(f"PRAGMA index_list({quoted(table)})"):
        if origin == "pk":
            for place, _, name, descends, _, in_key in db.execute(f"PRAGMA index_xinfo({quoted(index)})"):
                if in_key:
                    directions[name] = f", key {place + 1} {'desc' if descends else 'asc'}"
    rows = db.execute(f"PRAGMA table_info({quoted(table)})")
    return {name: f"{declared or 'any'}{directions.get(name, '')}" for _, name, declared, _, _, _ in rows}


def _column_drift(table: str, has: dict[str, str], wanted: dict[str, str]) -> Iterator[Finding]:
    for name, form in wanted.items():
        if name not in has:
            yield Finding("missing", f"column {table}.{name}")
        elif has[name] != form:
            yield Finding("different", f"column {table}.{name}", f"{form} in the model, {has[name]} in the database")
    yield from (Finding("unknown", f"column {table}.{name}") for name in has if name not in wanted)
