"""Compiles Insert, Update and Delete: once per shape into SQL, then per statement into something the writer thread can run."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.changes import JsonChange, json_change
from argus.storage.sqlite.expiry import Expiry, expiry_of
from argus.storage.sqlite.layout import LIVE, Layout, quoted
from argus.storage.sqlite.where import key_ranges
from argus.storage.statements import Delete, Insert, Outcome, Update
from argus.storage.types import ListOf

APPLIED = Outcome(True)

Sql = tuple[str, tuple[Any, ...] | list[Any]]


@dataclass(slots=True)
class Mutation:
    """A write of one row, its values already SQL values.

    Attributes:
        key: token, partition key and clustering key; only the partition's part when nothing but static columns change.
        values: regular columns set, None where they become null.
        changes: regular collections changed element by element.
        statics: static columns set.
        marker: whether the row gets its row marker (INSERT).
        expiry: when what is written expires, on tables whose rows may.
    """

    layout: Layout
    key: list[Any]
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, list[JsonChange]] = field(default_factory=dict)
    statics: dict[str, Any] = field(default_factory=dict)
    static_changes: dict[str, list[JsonChange]] = field(default_factory=dict)
    marker: bool = False
    expiry: Expiry | None = None

    @property
    def whole(self) -> bool:
        """Whether there is a row beside the static columns."""
        return len(self.key) == len(self.layout.key_columns)

    def run(self, db: sqlite3.Connection) -> None:
        layout = self.layout
        if self.statics or self.static_changes:
            width = len(layout.partition_columns)
            _store(db, layout.static_name, layout.partition_columns, layout.partition_match, self.key[:width], self._static_values(db), ())
            db.execute(layout.drop_static_if_dead, self.key[:width])
        if self.whole and (self.values or self.changes or self.marker):
            values = self.values | _changed(db, layout.sql_name, layout.key_match, self.key, self.changes)
            marker: tuple[tuple[str, Any], ...] = ((LIVE, 1),) if self.marker else ()
            if self.expiry is not None:
                marker += self.expiry.columns(db, layout, self.key, values, self.marker)
            _store(db, layout.sql_name, layout.key_columns, layout.key_match, self.key, values, marker)
            if not self.marker and None in values.values():
                db.execute(layout.drop_if_dead, self.key)

    def _static_values(self, db: sqlite3.Connection) -> dict[str, Any]:
        layout = self.layout
        key = self.key[: len(layout.partition_columns)]
        return self.statics | _changed(db, layout.static_name, layout.partition_match, key, self.static_changes)


def _changed(db: sqlite3.Connection, table: str, match: str, key: list[Any], changes: Mapping[str, list[JsonChange]]) -> dict[str, Any]:
    """The new values of collections that change element by element."""
    if not changes:
        return {}
    row = db.execute(f"SELECT {', '.join(map(quoted, changes))} FROM {table} WHERE {match}", key).fetchone()
    values = {}
    for place, (name, steps) in enumerate(changes.items()):
        value = row and row[place]
        for step in steps:
            value = step(value)
        values[name] = value
    return values


def _store(
    db: sqlite3.Connection,
    table: str,
    key_columns: tuple[str, ...],
    match: str,
    key: list[Any],
    values: Mapping[str, Any],
    extra: tuple[tuple[str, Any], ...],
) -> None:
    """Upsert columns of a row. A row that would be born with nulls only is not."""
    columns = [*map(quoted, values), *(name for name, _ in extra)]
    params = [*values.values(), *(value for _, value in extra)]
    if any(value is not None for value in params):
        db.execute(upsert(table, key_columns, columns), key + params)
    elif columns:
        db.execute(f"UPDATE {table} SET {', '.join(f'{c} = NULL' for c in columns)} WHERE {match}", key)


def upsert(table: str, key_columns: tuple[str, ...], columns: list[str]) -> str:
    """`INSERT … ON CONFLICT DO UPDATE` of some columns of a row."""
    names = [*key_columns, *columns]
    action = f"UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in columns)}" if columns else "NOTHING"
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        f" ON CONFLICT ({', '.join(key_columns)}) DO {action}"
    )


# -- INSERT ----------------------------------------------------------------------------------------------------------------------------


class InsertShape:
    """An insert of certain columns: checked and compiled once."""

    def __init__(self, layout: Layout, columns: tuple[str, ...]) -> None:
        for name in columns:
            layout.column(name)
        kinds = {name: layout.table.columns[name].kind for name in columns}
        self.layout = layout
        self.regulars = [(name, layout.params[name]) for name in columns if kinds[name] == "regular"]
        self.statics = [(name, layout.params[name]) for name in columns if kinds[name] == "static"]
        self.simple = not (self.statics or layout.table.uses_ttl)
        self.sql = upsert(layout.sql_name, layout.key_columns, [*(quoted(name) for name, _ in self.regulars), LIVE])

    def plain(self, values: Mapping[str, Any]) -> Sql:
        """The one SQL statement of an insert without statics and expiry."""
        params = self.layout.key(values)
        params += [param(values[name]) for name, param in self.regulars]
        params.append(1)
        return self.sql, params

    def mutation(self, statement: Insert) -> Mutation:
        values = statement.values
        return Mutation(
            self.layout,
            self.layout.key(values),
            values={name: param(values[name]) for name, param in self.regulars},
            statics={name: param(values[name]) for name, param in self.statics},
            marker=True,
            expiry=expiry_of(self.layout.table, statement.ttl),
        )


# -- UPDATE ----------------------------------------------------------------------------------------------------------------------------


class UpdateShape:
    """An update of certain columns in certain ways: checked and compiled once."""

    def __init__(self, layout: Layout, key: tuple[str, ...], changes: tuple[tuple[str, str], ...]) -> None:
        if not changes:
            raise InvalidRequest("An UPDATE has to set something")
        columns = layout.table.columns
        kinds = set()
        for place, (change, name) in enumerate(changes):
            kinds.add(layout.column(name).kind)
            if name in layout.table.primary_key:
                raise InvalidRequest(f"PRIMARY KEY part {name} found in SET part")
            if any(other == name and "set" in (change, earlier) for earlier, other in changes[:place]):
                raise InvalidRequest(f"Multiple incompatible setting of column {name}")
        for name in key:
            layout.column(name)
        if extra := [name for name in key if columns[name].kind not in ("partition", "clustering")]:
            raise InvalidRequest(f"Non PRIMARY KEY columns found in where clause: {', '.join(extra)}")
        self.layout = layout
        self.only_static = kinds == {"static"}
        if self.only_static and any(name in layout.table.clustering_key for name in key):
            raise InvalidRequest("Invalid restrictions on clustering columns since the UPDATE statement modifies only static columns")
        self.makers = [None if change == "set" else json_change(columns[name], change) for change, name in changes]
        takes = [change in ("discard", "drop") and not isinstance(columns[name].type, ListOf) for change, name in changes]
        self.order = sorted(range(len(changes)), key=takes.__getitem__)
        names = [name for _, name in changes]
        self.simple = all(change == "set" and columns[name].kind == "regular" for change, name in changes) and not layout.table.uses_ttl
        self.sql = upsert(layout.sql_name, layout.key_columns, [quoted(name) for name in names]) if self.simple else ""

    def plain(self, statement: Update) -> Sql | None:
        """The one SQL statement of an update that sets regular columns to values; None when it does more than that."""
        values = [self.layout.params[a.column](a.value) for a in statement.assignments]
        return None if None in values else (self.sql, self.layout.key(statement.key) + values)

    def mutation(self, statement: Update) -> Mutation:
        layout = self.layout
        key = layout.partition(statement.key) if self.only_static else layout.key(statement.key)
        mutation = Mutation(layout, key, expiry=expiry_of(layout.table, statement.ttl))
        # a statement has one timestamp, and at one timestamp what takes out of a set or map wins; lists change in order
        for place in self.order:
            assignment, maker = statement.assignments[place], self.makers[place]
            name = assignment.column
            static = layout.table.columns[name].kind == "static"
            if maker is None:
                (mutation.statics if static else mutation.values)[name] = layout.params[name](assignment.value)
            else:
                step = maker(assignment)
                if statement.ttl and mutation.expiry:
                    raise InvalidRequest(f"USING TTL on elements of the collection column {name} is not offered")
                (mutation.static_changes if static else mutation.changes).setdefault(name, []).append(step)
        return mutation


# -- DELETE ----------------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class RangeDelete:
    """Deletes whatever rows match: a partition, a key prefix, a range."""

    statements: list[Sql]

    def run(self, db: sqlite3.Connection) -> None:
        for sql, params in self.statements:
            db.execute(sql, params)


Op = Mutation | RangeDelete


def row_delete(layout: Layout, key: list[Any]) -> RangeDelete:
    """Deletes one row by its whole key."""
    return RangeDelete([(f"DELETE FROM {layout.sql_name} WHERE {layout.key_match}", key)])


def delete_op(layout: Layout, statement: Delete) -> Op:
    """Checks a delete as Cassandra does and gives what the writer runs."""
    table = layout.table
    for name in statement.columns:
        if layout.column(name).kind in ("partition", "clustering"):
            raise InvalidRequest(f"Invalid identifier {name} for deletion (should not be a PRIMARY KEY part)")
    for condition in statement.conditions:
        layout.column(condition.column)
    if extra := [c.column for c in statement.conditions if c.column not in table.primary_key]:
        raise InvalidRequest(f"Non PRIMARY KEY columns found in where clause: {', '.join(extra)}")
    equal = {c.column: c.value for c in statement.conditions if c.op == "="}
    if len(equal) == len(statement.conditions) == len(table.primary_key):
        key = layout.key(equal)
        return _delete_columns(layout, key, statement.columns) if statement.columns else row_delete(layout, key)
    if statement.columns:
        if all(table.columns[name].kind == "static" for name in statement.columns) and equal.keys() == set(table.partition_key):
            return _delete_columns(layout, layout.partition(equal), statement.columns)
        raise InvalidRequest("Range deletions are not supported for specific columns")
    statements: list[Sql] = []
    for partition, clause, params in key_ranges(layout, statement.conditions):
        statements.append((f"DELETE FROM {layout.sql_name} WHERE {layout.partition_match}{clause}", [*partition, *params]))
        if layout.statics and not clause:
            statements.append((f"DELETE FROM {layout.static_name} WHERE {layout.partition_match}", partition))
    return RangeDelete(statements)


def _delete_columns(layout: Layout, key: list[Any], columns: tuple[str, ...]) -> Mutation:
    mutation = Mutation(layout, key, expiry=expiry_of(layout.table, None))
    for name in columns:
        static = layout.table.columns[name].kind == "static"
        (mutation.statics if static else mutation.values)[name] = None
    return mutation
