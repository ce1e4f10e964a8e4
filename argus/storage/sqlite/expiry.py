"""Time to live: seconds, as Cassandra counts them, of columns and of the row marker.

Nothing expired is ever read: a read of a table whose rows may expire first asks whether something is due, and then has the writer reap it.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.layout import DUE, EXPIRY, LIVE, Layout, quoted
from argus.storage.table import Table

LONGEST = 20 * 365 * 24 * 60 * 60  # seconds; Cassandra's limit
MARKER = ""


@dataclass(frozen=True, slots=True)
class Expiry:
    """When what a statement writes expires."""

    ttl: int | None

    def columns(
        self, db: sqlite3.Connection, layout: Layout, key: list[Any], values: dict[str, Any], marker: bool
    ) -> tuple[tuple[str, Any], ...]:
        """The new `#expiry` and `#due` of the row: what is written anew expires anew, or no longer."""
        row = db.execute(f"SELECT {EXPIRY} FROM {layout.sql_name} WHERE {layout.key_match}", key).fetchone()
        times: dict[str, int] = json.loads(row[0]) if row and row[0] else {}
        written = {name: value is not None for name, value in values.items()} | ({MARKER: True} if marker else {})
        for name, is_there in written.items():
            times.pop(name, None)
            if self.ttl and is_there:
                times[name] = now() + self.ttl
        return _stored(times)


def _stored(times: dict[str, int]) -> tuple[tuple[str, Any], ...]:
    return ((EXPIRY, json.dumps(times) if times else None), (DUE, min(times.values(), default=None)))


def expiry_of(table: Table, ttl: int | None) -> Expiry | None:
    """The expiry of a write, None on tables that do not expire.

    Raises:
        InvalidRequest: no valid time to live, or the table is not declared `uses_ttl`.
    """
    if ttl is not None:
        if ttl <= 0:
            raise InvalidRequest(f"A TTL must be a strictly positive number, not {ttl}")
        if ttl > LONGEST:
            raise InvalidRequest(f"ttl is too large. requested ({ttl}) maximum ({LONGEST})")
        if not table.uses_ttl:
            raise InvalidRequest(f"rows of {table.name} do not expire: its model does not say uses_ttl")
    return Expiry(ttl) if table.uses_ttl else None


def now() -> int:
    """Unix seconds."""
    return int(time.time())


def seconds_left(stored: str) -> int:
    """How long what lives longest in a row has left, of its stored `#expiry`."""
    times: dict[str, int] = json.loads(stored)
    return max(times.values()) - now()


def is_due(db: sqlite3.Connection, layout: Layout) -> bool:
    """Whether something has expired and is still there."""
    return db.execute(f"SELECT 1 FROM {layout.sql_name} WHERE {DUE} <= ? LIMIT 1", (now(),)).fetchone() is not None


def reap(db: sqlite3.Connection, layout: Layout) -> None:
    """Remove what has expired: columns become null, markers go, rows without either cease to exist."""
    clock = now()
    keys = ", ".join(layout.key_columns)
    for expiry, *key in db.execute(f"SELECT {EXPIRY}, {keys} FROM {layout.sql_name} WHERE {DUE} <= ?", (clock,)).fetchall():
        times: dict[str, int] = json.loads(expiry)
        gone = [name for name, at in times.items() if at <= clock]
        changes = [(LIVE, 0) if name == MARKER else (quoted(name), None) for name in gone]
        changes += _stored({name: at for name, at in times.items() if at > clock})
        assignments = ", ".join(f"{column} = ?" for column, _ in changes)
        db.execute(f"UPDATE {layout.sql_name} SET {assignments} WHERE {layout.key_match}", [*(v for _, v in changes), *key])
        db.execute(layout.drop_if_dead, key)
