"""What a database lacks, and where it and the models differ: compared as data, whatever the engine.

Nothing here ever drops or retypes: `plan` creates and adds, `drift` tells the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from argus.storage.errors import InvalidRequest
from argus.storage.table import Column, Index, Row, Table
from argus.storage.types import CqlType, ListOf, MapOf, SetOf, TupleOf, Udt, UdtOf

Role = Literal["main", "tablets"]
Keyspaces = Mapping[Role, str]


@dataclass(frozen=True, slots=True)
class ColumnState:
    """A column as the database has it."""

    type: str
    kind: str
    position: int
    order: str


@dataclass(frozen=True, slots=True)
class IndexState:
    """An index as the database has it; target as in `table.Index`."""

    column: str
    target: str


@dataclass(frozen=True, slots=True)
class TableState:
    columns: dict[str, ColumnState]
    indexes: dict[str, IndexState]


@dataclass(frozen=True, slots=True)
class Existing:
    """What is there: by keyspace (a keyspace that does not exist has no entry), then by name."""

    server: Literal["scylladb", "cassandra"]
    keyspaces: Keyspaces
    types: dict[Role, dict[str, dict[str, str]]] = field(default_factory=dict)
    tables: dict[Role, dict[str, TableState]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between models and database.

    Attributes:
        kind: `missing` in the database, `unknown` to the models, or there in both and `different`.
        subject: what: `type x`, `table y`, `column y.z`, `index y_z_idx`, …
        detail: of a difference both sides; else empty.
    """

    kind: Literal["missing", "unknown", "different"]
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}" + (f": {self.detail}" if self.detail else "")


# -- what to do ------------------------------------------------------------------------------------------------------------------------


def plan(models: Sequence[type[Row]], types: Sequence[type[Udt]], existing: Existing) -> list[str]:
    """The statements that add what is missing: types (nested first) and their fields, tables and their columns, indexes.

    Raises:
        InvalidRequest: a keyspace does not exist.
    """
    _need_keyspaces(models, types, existing)
    statements: list[str] = []
    for model in nested_first(types):
        statements += _plan_type(model, existing)
    for row in models:
        statements += _plan_table(row.__table__, existing)
    return statements


def _need_keyspaces(models: Sequence[type[Row]], types: Sequence[type[Udt]], existing: Existing) -> None:
    needed = {model.__table__.keyspace for model in models}
    for role in existing.keyspaces:
        if role not in existing.tables and (role in needed or (role == "main" and types)):
            name = existing.keyspaces[role]
            how = "{'class': 'NetworkTopologyStrategy', 'replication_factor': 3}"
            raise InvalidRequest(f"Keyspace {name} does not exist. An operator creates it: CREATE KEYSPACE {name} WITH replication = {how}")


def nested_first(types: Sequence[type[Udt]]) -> list[type[Udt]]:
    """The types in an order in which each can be created."""
    ordered: dict[type[Udt], None] = {}

    def visit(model: type[Udt]) -> None:
        if model not in ordered:
            for kind in model.fields_of().values():
                for inner in udts_in(kind):
                    visit(inner)
            ordered[model] = None

    for model in types:
        visit(model)
    return list(ordered)


def udts_in(kind: CqlType) -> Iterator[type[Udt]]:
    """The user-defined types that a type names, not those within them."""
    match kind:
        case UdtOf(model):
            yield model
        case ListOf(item) | SetOf(item):
            yield from udts_in(item)
        case MapOf(key, value):
            yield from udts_in(key)
            yield from udts_in(value)
        case TupleOf(items):
            for item in items:
                yield from udts_in(item)


def _plan_type(model: type[Udt], existing: Existing) -> list[str]:
    name = f'"{existing.keyspaces["main"]}"."{model.type_name()}"'
    has = existing.types["main"].get(model.type_name())
    if has is None:
        fields = ", ".join(f'"{field}" {kind}' for field, kind in model.fields_of().items())
        return [f"CREATE TYPE IF NOT EXISTS {name} ({fields})"]
    return [f'ALTER TYPE {name} ADD "{field}" {kind}' for field, kind in model.fields_of().items() if field not in has]


def _plan_table(table: Table, existing: Existing) -> list[str]:
    name = f'"{existing.keyspaces[table.keyspace]}"."{table.name}"'
    has = existing.tables[table.keyspace].get(table.name)
    if has is None:
        statements = [_create_table(table, name)]
    else:
        statements = [f"ALTER TABLE {name} ADD {_declared(c)}" for c in table.columns.values() if c.name not in has.columns]
    present = {(index.column, index.target) for index in has.indexes.values()} if has else set()
    return statements + [_create_index(i, name, existing.server) for i in table.indexes if _key(table, i) not in present]


def _declared(column: Column) -> str:
    return f'"{column.name}" {column.type}' + (" STATIC" if column.kind == "static" else "")


def _create_table(table: Table, name: str) -> str:
    columns = ", ".join(map(_declared, table.columns.values()))
    partition = ", ".join(f'"{c}"' for c in table.partition_key)
    key = ", ".join([f"({partition})", *(f'"{c}"' for c in table.clustering_key)])
    orders = ", ".join(f'"{c}" {table.columns[c].order.upper()}' for c in table.clustering_key)
    options = f" WITH CLUSTERING ORDER BY ({orders})" if orders else ""
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}, PRIMARY KEY ({key})){options}"


def _create_index(index: Index, table: str, server: str) -> str:
    if index.target == "vector":
        kind = "vector_index" if server == "scylladb" else "StorageAttachedIndex"
        options = "{'similarity_function': 'COSINE'}"
        return f'CREATE CUSTOM INDEX IF NOT EXISTS "{index.name}" ON {table} ("{index.column}") USING \'{kind}\' WITH OPTIONS = {options}'
    column = f'"{index.column}"' if index.target == "values" else f'{index.target.upper()}("{index.column}")'
    return f'CREATE INDEX IF NOT EXISTS "{index.name}" ON {table} ({column})'


# -- what differs ----------------------------------------------------------------------------------------------------------------------


def drift(models: Sequence[type[Row]], types: Sequence[type[Udt]], existing: Existing) -> list[Finding]:
    """Every difference, both ways. Options of tables, the order of plain columns and names of indexes are no differences."""
    findings: list[Finding] = []
    wanted_types = {model.type_name(): model.fields_of() for model in nested_first(types)}
    for role in existing.keyspaces:
        tables = {m.__table__.name: m.__table__ for m in models if m.__table__.keyspace == role}
        own_types = wanted_types if role == "main" else {}
        if role not in existing.tables:
            if tables or own_types:
                findings.append(Finding("missing", f"keyspace {existing.keyspaces[role]}"))
            continue
        findings += _type_drift(own_types, existing.types[role])
        has = existing.tables[role]
        for name, table in tables.items():
            findings += _table_drift(table, has[name]) if name in has else [Finding("missing", f"table {name}")]
        findings += [Finding("unknown", f"table {name}") for name in has if name not in tables]
    return findings


def _type_drift(wanted: Mapping[str, Mapping[str, CqlType]], has: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    for name, fields in wanted.items():
        if name not in has:
            yield Finding("missing", f"type {name}")
            continue
        for field_name, kind in fields.items():
            if field_name not in has[name]:
                yield Finding("missing", f"field {name}.{field_name}")
            elif normal_type(str(kind)) != normal_type(has[name][field_name]):
                yield Finding("different", f"field {name}.{field_name}", f"{kind} in the model, {has[name][field_name]} in the database")
        yield from (Finding("unknown", f"field {name}.{field_name}") for field_name in has[name] if field_name not in fields)
    yield from (Finding("unknown", f"type {name}") for name in has if name not in wanted)


def _table_drift(table: Table, has: TableState) -> Iterator[Finding]:
    positions = {name: i for key in (table.partition_key, table.clustering_key) for i, name in enumerate(key)}
    for name, column in table.columns.items():
        state = has.columns.get(name)
        if state is None:
            yield Finding("missing", f"column {table.name}.{name}")
            continue
        if normal_type(str(column.type)) != normal_type(state.type):
            yield Finding("different", f"column {table.name}.{name}", f"{column.type} in the model, {state.type} in the database")
        ours, theirs = (column.kind, positions.get(name, -1), column.order), (state.kind, state.position, state.order)
        if ours != theirs:
            yield Finding("different", f"column {table.name}.{name}", f"{_place(*ours)} in the model, {_place(*theirs)} in the database")
    yield from (Finding("unknown", f"column {table.name}.{name}") for name in has.columns if name not in table.columns)
    present = {(state.column, state.target) for state in has.indexes.values()}
    wanted = {_key(table, index): index for index in table.indexes}
    yield from (Finding("missing", f"index {index.name}") for key, index in wanted.items() if key not in present)
    yield from (Finding("unknown", f"index {name}") for name, s in has.indexes.items() if (s.column, s.target) not in wanted)


def _place(kind: str, position: int, order: str) -> str:
    return f"{kind} key {position + 1} {order}" if position >= 0 else kind


def _key(table: Table, index: Index) -> tuple[str, str]:
    return index.column, index.target


def index_target(options: Mapping[str, str]) -> tuple[str, str]:
    """Column and target of an index from its row in `system_schema.indexes`: `values(c)` and `c` are one."""
    found = re.fullmatch(r"(?:(keys|values|entries|full)\()?\"?(.+?)\"?\)?", options["target"])
    assert found is not None
    if re.search(r"vector|StorageAttached|sai", options.get("class_name", ""), re.IGNORECASE):
        return found[2], "vector"
    return found[2], found[1] or "values"


def normal_type(text: str) -> str:
    """A CQL type's text without what means nothing: spaces, quotes, and `frozen` where it is implied."""
    tokens = re.findall(r"[<>,]|[^<>,\s\"]+", text)
    kind, rest = _parse(tokens, frozen=False)
    assert not rest, text
    return kind


def _parse(tokens: list[str], frozen: bool) -> tuple[str, list[str]]:
    name, tokens = tokens[0].lower(), tokens[1:]
    if not tokens or tokens[0] != "<":
        return name, tokens
    parts: list[str] = []
    implied = frozen or name in ("frozen", "tuple")
    while tokens[0] != ">":
        part, tokens = _parse(tokens[1:], implied)
        parts.append(part)
    inner = ",".join(parts)
    if name == "frozen":
        return (inner if frozen or inner.startswith("frozen<") else f"frozen<{inner}>"), tokens[1:]
    made = f"{name}<{inner}>"
    return (f"frozen<{made}>" if name == "tuple" and not frozen else made), tokens[1:]
