"""Statement objects to CQL text, once per shape. Every value is bound: limits, times to live and lists of `IN` too."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argus.storage.binding import ColumnBinder, binder_of, row_limit
from argus.storage.errors import InvalidRequest
from argus.storage.scalars import Bind
from argus.storage.statements import TTL, Aggregate, Assignment, Condition, Delete, Insert, Select, Update, Write
from argus.storage.table import Column, Table
from argus.storage.types import CqlType, ListOf, MapOf, Scalar, SetOf, UdtOf, VectorOf

IN_LIMIT = 100  # key values of one statement; ScyllaDB's default limit, held on Cassandra too
FITS: dict[str, tuple[type[ListOf | SetOf | MapOf], ...]] = {
    "append": (ListOf,),
    "prepend": (ListOf,),
    "add": (SetOf, MapOf),
    "discard": (ListOf, SetOf, MapOf),
    "put": (MapOf,),
    "drop": (MapOf,),
}
Encoder = Callable[[CqlType], Bind | None]
"""How a driver wants the canonical values of a type; None: as they are."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text of a shape, and what turns the raw values of such a statement into bound ones.

    Attributes:
        whole: positions of values that replace all of a column that holds user-defined types.
        has_in: whether it asks for several keys at once (`check_in`).
    """

    text: str
    binders: tuple[Bind, ...]
    whole: tuple[int, ...] = ()
    has_in: bool = False

    def bind(self, raw: Sequence[Any]) -> list[Any]:
        """
        Raises:
            WrongValue: a value does not fit its column.
        """
        return [binder(value) for binder, value in zip(self.binders, raw, strict=True)]


class _Text:
    """CQL in the making: pieces of text, and a binder for every `?`."""

    def __init__(self, table: Table, encoder: Encoder) -> None:
        self.table = table
        self.encoder = encoder
        self.binders: list[Bind] = []
        self.whole: list[int] = []
        self.has_in = False

    def column(self, name: str) -> ColumnBinder:
        return binder_of(self.table, name)

    def mark(self, check: Bind, kind: CqlType) -> str:
        encode = self.encoder(kind)
        self.binders.append(check if encode is None else _then(check, encode))
        return "?"

    def value(self, name: str) -> str:
        binder = self.column(name)
        return self.mark(binder.value, binder.column.type)

    def replacing(self, name: str) -> str:
        if holds_udt(self.column(name).column.type):
            self.whole.append(len(self.binders))
        return self.value(name)

    def integer(self, check: Bind) -> str:
        return self.mark(check, Scalar("int"))

    def condition(self, condition: Condition) -> str:
        binder = self.column(condition.column)
        name, kind = quoted(condition.column), binder.column.type
        if condition.op == "in":
            self.has_in = True
            return f"{name} IN {self.mark(_each(binder.value), ListOf(kind))}"
        if condition.op == "contains":
            return f"{name} CONTAINS {self.mark(_part(binder, binder.element), _element(kind))}"
        if condition.op in ("contains key", "entry"):
            if not isinstance(kind, MapOf):
                raise InvalidRequest(f"{condition.column} of {self.table.name} is not a map")
            if condition.op == "contains key":
                return f"{name} CONTAINS KEY {self.mark(_part(binder, binder.key), kind.key)}"
            return f"{name}[{self.mark(_part(binder, binder.key), kind.key)}] = {self.mark(_part(binder, binder.element), kind.value)}"
        return f"{name} {condition.op} {self.value(condition.column)}"

    def all_of(self, conditions: Sequence[Condition]) -> str:
        return " AND ".join(map(self.condition, conditions))

    def assignment(self, change: Assignment) -> str:
        binder = self.column(change.column)
        name, kind = quoted(change.column), binder.column.type
        if change.change != "set" and (not isinstance(kind, FITS[change.change]) or kind.frozen):
            raise InvalidRequest(f"Invalid operation ({change.change}) for column {change.column} of type {kind}")
        match change.change:
            case "set":
                return f"{name} = {self.replacing(change.column)}"
            case "append" | "add":
                return f"{name} = {name} + {self.value(change.column)}"
            case "prepend":
                return f"{name} = {self.value(change.column)} + {name}"
            case "discard":
                return f"{name} = {name} - {self.mark(_part(binder, binder.keys), _taken(kind))}"
        assert isinstance(kind, MapOf)
        key = self.mark(_part(binder, binder.key), kind.key)
        if change.change == "put" and holds_udt(kind.value):
            self.whole.append(len(self.binders))
        return f"{name}[{key}] = {self.mark(_part(binder, binder.element), kind.value)}"

    def done(self, *parts: str) -> Rendered:
        return Rendered(" ".join(part for part in parts if part), tuple(self.binders), tuple(self.whole), self.has_in)


def quoted(name: str) -> str:
    """A column's or table's name as CQL takes it whatever word it is."""
    return f'"{name}"'


def holds_udt(kind: CqlType) -> bool:
    match kind:
        case UdtOf():
            return True
        case ListOf(item) | SetOf(item):
            return holds_udt(item)
        case MapOf(_, value):
            return holds_udt(value)
    return False


def _then(check: Bind, encode: Bind) -> Bind:
    def bind(value: Any) -> Any:
        value = check(value)
        return None if value is None else encode(value)

    return bind


def _each(check: Bind) -> Bind:
    return lambda values: [check(v) for v in values]


def _ttl(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 1 << 31:
        raise InvalidRequest(f"A TTL must be a strictly positive number, not {value!r}")
    return value


def _part(binder: ColumnBinder, part: Bind | None) -> Bind:
    if part is None:
        raise InvalidRequest(f"{binder.column.name} is not a collection that this is asked of")
    return part


def _element(kind: CqlType) -> CqlType:
    match kind:
        case ListOf(item) | SetOf(item):
            return item
        case MapOf(_, value):
            return value
    return kind


def _taken(kind: CqlType) -> CqlType:
    return ListOf(kind.key if isinstance(kind, MapOf) else _element(kind))


# -- statements ------------------------------------------------------------------------------------------------------------------------


def aggregated_type(table: Table, aggregate: Aggregate) -> CqlType:
    """What an aggregate gives: of whatever is counted, a number."""
    if aggregate.column is None or aggregate.function == "count":
        return Scalar("bigint")
    kind: CqlType = table.columns[aggregate.column].type
    return kind


def read_columns(statement: Select[Any]) -> list[Column]:
    """The columns that a read without aggregates names, in this order."""
    table: Table = statement.model.__table__
    if statement.columns:
        return [binder_of(table, name).column for name in statement.columns]
    return list(table.columns.values())


def ttl_columns(table: Table) -> list[str]:
    """The columns whose remaining time to live tells a row's: all that are no keys and no collections."""
    return [c.name for c in table.columns.values() if c.kind == "regular" and not c.is_collection]


def shape(statement: Select[Any] | Write) -> Hashable:
    """What two statements share when they are the same text with other values."""
    match statement:
        case Select():
            return (
                statement.model,
                statement.columns,
                _conditions(statement.conditions),
                statement.max_rows is None,
                statement.max_per_partition is None,
                statement.order,
                statement.is_distinct,
                statement.filtering,
                statement.aggregates,
                statement.nearest and statement.nearest.column,
                statement.ttl,
            )
        case Insert():
            return (Insert, statement.model, *statement.values, statement.ttl is None, statement.if_not_exists)
        case Update():
            changes = tuple([(a.change, a.column) for a in statement.assignments])
            only = _conditions(statement.conditions)
            return (Update, statement.model, *statement.key, changes, statement.ttl is None, statement.exists, only)
        case Delete():
            where, only = _conditions(statement.conditions), _conditions(statement.only)
            return (Delete, statement.model, statement.columns, where, statement.exists, only)


def _conditions(conditions: Sequence[Condition]) -> tuple[tuple[str, str], ...]:
    return tuple([(c.column, c.op) for c in conditions])


def raw_values(statement: Select[Any] | Write) -> list[Any]:
    """The statement's values in the order of the marks of its text."""
    match statement:
        case Select():
            values = _condition_values(statement.conditions)
            if statement.nearest is not None:
                values.append(list(statement.nearest.vector))
            if statement.max_per_partition is not None:
                values.append(statement.max_per_partition)
            if statement.max_rows is not None:
                values.append(statement.max_rows)
            return values
        case Insert():
            return [*statement.values.values(), *_given(statement.ttl)]
        case Update():
            values = _given(statement.ttl)
            for change in statement.assignments:
                if change.change in ("put", "drop"):
                    values.append(change.key)
                values.append(change.value)
            return [*values, *statement.key.values(), *_condition_values(statement.conditions)]
        case Delete():
            return [*_condition_values(statement.conditions), *_condition_values(statement.only)]


def _given(value: int | None) -> list[Any]:
    return [] if value is None else [value]


def _condition_values(conditions: Sequence[Condition]) -> list[Any]:
    values: list[Any] = []
    for condition in conditions:
        if condition.op == "entry":
            values.append(condition.key)
        values.append(condition.value)
    return values


def render(statement: Select[Any] | Write, keyspace: str, encoder: Encoder) -> Rendered:
    """The text of a statement's shape.

    Raises:
        InvalidRequest: it names an unknown column, or asks of a column what its type cannot.
    """
    table: Table = statement.model.__table__
    text, name = _Text(table, encoder), f"{quoted(keyspace)}.{quoted(table.name)}"
    match statement:
        case Select():
            return _select(text, statement, name)
        case Insert():
            columns = ", ".join(map(quoted, statement.values))
            marks = ", ".join(text.replacing(column) if not statement.if_not_exists else text.value(column) for column in statement.values)
            condition = "IF NOT EXISTS" if statement.if_not_exists else ""
            return text.done(f"INSERT INTO {name} ({columns}) VALUES ({marks})", condition, _using(text, statement.ttl))
        case Update():
            if not statement.assignments:
                raise InvalidRequest(f"An update of {table.name} changes nothing")
            using = _using(text, statement.ttl)
            changes = ", ".join(map(text.assignment, statement.assignments))
            where = " AND ".join(f"{quoted(column)} = {text.value(column)}" for column in statement.key)
            return text.done(f"UPDATE {name}", using, f"SET {changes} WHERE {where}", _if(text, statement.exists, statement.conditions))
        case Delete():
            columns = ", ".join(quoted(text.column(column).column.name) for column in statement.columns)
            where = f"WHERE {text.all_of(statement.conditions)}" if statement.conditions else ""
            if not where:
                raise InvalidRequest(f"A delete from {table.name} says no rows")
            return text.done("DELETE", columns, f"FROM {name}", where, _if(text, statement.exists, statement.only))


def _using(text: _Text, ttl: int | None) -> str:
    return "" if ttl is None else f"USING TTL {text.integer(_ttl)}"


def _if(text: _Text, exists: bool, conditions: Sequence[Condition]) -> str:
    return "IF EXISTS" if exists else f"IF {text.all_of(conditions)}" if conditions else ""


def _select(text: _Text, statement: Select[Any], name: str) -> Rendered:
    if statement.aggregates:
        columns = ", ".join(
            f"{a.function}({'*' if a.column is None else quoted(text.column(a.column).column.name)}) AS {quoted(a.label)}"
            for a in statement.aggregates
        )
    else:
        names = [quoted(column.name) for column in read_columns(statement)]
        names += [f"TTL({quoted(column)}) AS {quoted(TTL + column)}" for column in ttl_columns(text.table) if statement.ttl]
        columns = ", ".join(names)
    where = f"WHERE {text.all_of(statement.conditions)}" if statement.conditions else ""
    order = ""
    if statement.nearest is not None:
        kind = text.column(statement.nearest.column).column.type
        if not isinstance(kind, VectorOf) or statement.max_rows is None:
            raise InvalidRequest("A search for the nearest needs a vector column and a limit")
        order = f"ORDER BY {quoted(statement.nearest.column)} ANN OF {text.value(statement.nearest.column)}"
    elif statement.order is not None:
        if not text.table.clustering_key:
            raise InvalidRequest(f"{text.table.name} has no clustering columns to order by")
        order = f"ORDER BY {quoted(text.table.clustering_key[0])} {statement.order.upper()}"
    per_partition = "" if statement.max_per_partition is None else f"PER PARTITION LIMIT {text.integer(row_limit)}"
    limit = "" if statement.max_rows is None else f"LIMIT {text.integer(row_limit)}"
    filtering = "ALLOW FILTERING" if statement.filtering else ""
    head = "SELECT DISTINCT" if statement.is_distinct else "SELECT"
    return text.done(head, columns, f"FROM {name}", where, order, per_partition, limit, filtering)


def check_in(statement: Select[Any] | Delete) -> None:
    """
    Raises:
        InvalidRequest: more combinations of key values than the server takes.
    """
    columns: Mapping[str, Column] = statement.model.__table__.columns
    for kind in ("partition", "clustering"):
        combinations = 1
        for condition in statement.conditions:
            if condition.op == "in" and condition.column in columns and columns[condition.column].kind == kind:
                combinations *= len(condition.value)
        if combinations > IN_LIMIT:
            raise InvalidRequest(f"{kind} key cartesian product size {combinations} is greater than maximum {IN_LIMIT}")


def is_idempotent(write: Write) -> bool:
    """Whether the write may be said twice: not what appends to a list, and no lightweight transaction."""
    match write:
        case Insert():
            return not write.if_not_exists
        case Update():
            return not is_conditional(write) and all(a.change not in ("append", "prepend") for a in write.assignments)
        case Delete():
            return not is_conditional(write)


def is_conditional(write: Write) -> bool:
    """Whether the write is a lightweight transaction."""
    match write:
        case Insert():
            return write.if_not_exists
        case Update():
            return write.exists or bool(write.conditions)
        case Delete():
            return write.exists or bool(write.only)
