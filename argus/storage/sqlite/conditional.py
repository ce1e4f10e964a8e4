"""Lightweight transactions: IF NOT EXISTS, IF EXISTS and IF conditions, of one write or of a batch in one partition."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from argus.storage.binding import column_binder
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.changes import map_entry
from argus.storage.sqlite.encoding import codec
from argus.storage.sqlite.layout import Layout, quoted
from argus.storage.sqlite.rows import Decoder, static_view
from argus.storage.sqlite.writes import APPLIED, Mutation, Op
from argus.storage.statements import Condition, Delete, Insert, Outcome, Update, Write
from argus.storage.table import Column
from argus.storage.types import MapOf

Row = dict[str, Any]  # SQL values by column
Test = Callable[[Row | None], bool]

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
}


def is_conditional(write: Write) -> bool:
    """Whether a write has an IF."""
    match write:
        case Insert():
            return write.if_not_exists
        case Update():
            return write.exists or bool(write.conditions)
        case Delete():
            return write.exists or bool(write.only)


@dataclass(frozen=True, slots=True)
class Guard:
    """The IF of one write.

    Attributes:
        key: the row's whole key, or its partition's when only static columns are concerned.
        tests: all of them hold, or nothing is written.
        shown: the columns of a refused write's answer; None for the whole row.
    """

    layout: Layout
    key: list[Any]
    tests: tuple[Test, ...]
    shown: tuple[str, ...] | None


def guard(layout: Layout, write: Write, op: Op) -> Guard:
    """Checks a write's IF as Cassandra does.

    Raises:
        InvalidRequest: conditions on the key, on unknown columns, null where it has no order, …
        WrongValue: a value does not fit its column.
    """
    if isinstance(write, Insert):
        return Guard(layout, layout.key(write.values), (lambda row: row is None,), None)
    conditions = write.conditions if isinstance(write, Update) else write.only
    if write.exists and conditions:
        raise InvalidRequest("IF EXISTS stands alone: it has no further conditions")
    if isinstance(write, Delete):
        given = {c.column: c.value for c in write.conditions if c.op == "="}
        if len(given) != len(write.conditions) or (len(given) < len(layout.table.primary_key) and not isinstance(op, Mutation)):
            raise InvalidRequest(
                "DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non static columns"
            )
        key = op.key if isinstance(op, Mutation) else layout.key(given)
    else:
        assert isinstance(op, Mutation)
        key = op.key
    if write.exists:
        return Guard(layout, key, (lambda row: row is not None,), None)
    return Guard(layout, key, tuple(test_of(layout, c) for c in conditions), tuple(dict.fromkeys(c.column for c in conditions)))


def test_of(layout: Layout, condition: Condition) -> Test:
    """A condition as a test of a row's SQL values; a missing row has nulls only."""
    column = layout.column(condition.column)
    name = column.name
    if column.kind in ("partition", "clustering"):
        raise InvalidRequest(f"PRIMARY KEY column '{name}' cannot have IF conditions")
    param = layout.params[name]
    if condition.op == "entry":
        return _entry_test(column, condition)
    if condition.op == "=":
        wanted = param(condition.value)
        return lambda row: (row and row[name]) == wanted if row else wanted is None
    if condition.op == "in":
        choices = [param(value) for value in condition.value]
        if None in choices:
            raise InvalidRequest(f"Invalid null value in the IN condition of column {name}")
        return lambda row: (row[name] if row else None) in choices
    if condition.op in COMPARE:
        bound, compare = param(condition.value), COMPARE[condition.op]
        if bound is None:
            raise InvalidRequest(f'Invalid comparison with null for operator "{condition.op}"')
        return lambda row: row is not None and row[name] is not None and compare(_rank(row[name]), _rank(bound))
    raise InvalidRequest(f"{condition.op.upper()} is not offered in IF conditions")


def _rank(value: Any) -> Any:
    """NaN, stored as a blob, sorts behind every number."""
    return (isinstance(value, bytes), value)


def _entry_test(column: Column, condition: Condition) -> Test:
    if not isinstance(column.type, MapOf):
        raise InvalidRequest(f"Invalid element access syntax for non-collection column {column.name}")
    binder, to_json = column_binder(column), codec(column.type.value).to_json
    assert binder.key is not None
    assert binder.element is not None
    key, value = binder.key(condition.key), binder.element(condition.value)
    if key is None:
        raise InvalidRequest("Invalid null value for map element access")
    wanted = value if value is None or to_json is None else to_json(value)
    return lambda row: map_entry(column, row[column.name] if row else None, key) == wanted


class Transaction:
    """Writes of one partition that happen together if every condition holds."""

    def __init__(self, guards: Sequence[Guard], ops: Sequence[Op], *, batch: bool) -> None:
        self.guards, self.ops, self.batch = guards, ops, batch

    def run(self, db: sqlite3.Connection) -> Outcome:
        """Decide on the rows as they are, then write, or answer with the first conditioned row that is there."""
        rows = [current(db, g) for g in self.guards]
        if all(test(row) for g, row in zip(self.guards, rows, strict=True) for test in g.tests):
            for op in self.ops:
                op.run(db)
            return APPLIED
        there = [(g.key, g, row) for g, row in zip(self.guards, rows, strict=True) if row is not None]
        if not there:
            return Outcome(False)
        _, first, row = min(there, key=lambda entry: _clustering_rank(entry[1]))
        shown = self._shown(first.layout)
        return Outcome(False, Decoder(first.layout, shown).decode([row[name] for name in shown]))

    def _shown(self, layout: Layout) -> tuple[str, ...]:
        named: dict[str, None] = {}
        for each in self.guards:
            if each.shown is None:
                return tuple(layout.table.columns)
            named.update(dict.fromkeys(each.shown))
        return tuple(dict.fromkeys((*(layout.table.primary_key if self.batch else ()), *named)))


def _clustering_rank(each: Guard) -> list[Any]:
    layout = each.layout
    values = each.key[len(layout.partition_columns) :]
    columns = [layout.table.columns[name] for name in layout.table.clustering_key]
    return [_Descending(v) if c.order == "desc" else v for c, v in zip(columns, values, strict=False)]


class _Descending:
    """Turns the order of a value round."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment]


def current(db: sqlite3.Connection, each: Guard) -> Row | None:
    """The row as it is, its SQL values by column; None when it is not there."""
    layout = each.layout
    names = tuple(layout.table.columns)
    whole = len(each.key) == len(layout.key_columns)
    columns = ", ".join(map(quoted, names))
    if layout.statics:
        match = layout.key_match if whole else layout.partition_match
        sql = f"SELECT {columns} FROM ({static_view(layout, with_bare=not whole)}) WHERE {match} LIMIT 1"
    else:
        sql = f"SELECT {columns} FROM {layout.sql_name} WHERE {layout.key_match}"
    row = db.execute(sql, each.key).fetchone()
    return None if row is None else dict(zip(names, row, strict=True))
