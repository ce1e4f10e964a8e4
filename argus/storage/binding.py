"""Checks and converts every value on its way into a store: one binder a column, the same in front of both engines.

Drivers coerce silently (`'12'` becomes 12, 1.7 becomes 1, 1e40 becomes infinity), so nothing reaches one unbound. What comes out is
canonical: UUID, str, int, float, bool, naive UTC `datetime` of whole milliseconds, bytes, list, set, dict, tuple, and of a user-defined
type a plain dict with all its fields, nulls included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from argus.storage.errors import InvalidRequest, WrongValue
from argus.storage.scalars import SCALARS, Bind, Misfit, single
from argus.storage.table import Column, Table
from argus.storage.types import CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, Udt, UdtOf, VectorOf

SHORTEST = 1e-6  # length of a vector; below it Cassandra calls it near-zero


# -- collections, tuples, vectors, user-defined types ----------------------------------------------------------------------------------


def _sequence(item: Bind) -> Callable[[Any], list[Any]]:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise Misfit("Received a string for a type that expects a sequence" if isinstance(value, str) else "expected a list or a set")
        return [item(_present(v)) for v in value]

    return convert


def _set(item: Bind) -> Bind:
    items = _sequence(item)
    return lambda value: set(items(value))


def _map(key: Bind, item: Bind) -> Bind:
    def convert(value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise Misfit("Got a non-map object for a map value")
        return {key(_present(k)): item(_present(v)) for k, v in value.items()}

    return convert


def _present(value: Any) -> Any:
    if value is None:
        raise Misfit("null is not supported inside collections")
    return value


def _tuple(items: tuple[Bind, ...]) -> Bind:
    def convert(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (tuple, list)):
            raise Misfit("Got a non-tuple object for a tuple value")
        if len(value) > len(items):
            raise Misfit(f"Expected {len(items)} items in a tuple, but got {len(value)}")
        filled = [*value, *[None] * (len(items) - len(value))]
        return tuple(None if v is None else item(v) for item, v in zip(items, filled, strict=True))

    return convert


def _vector(size: int) -> Bind:
    """Vectors are compared by their direction, so they have one: a server that finds out later fails in unclear ways."""

    def convert(value: Any) -> list[float]:
        if not isinstance(value, (list, tuple)):
            raise Misfit("Got a non-sequence object for a vector value")
        if len(value) != size:
            raise Misfit(
                f"Expected sequence of size {size} for vector of type float and dimension {size}, observed sequence of length {len(value)}"
            )
        vector = [single(v) for v in value]
        for place, component in enumerate(vector):
            if not math.isfinite(component):
                raise Misfit(f"non-finite value at vector[{place}]={component}")
        if math.hypot(*vector) < SHORTEST:
            raise Misfit("Zero and near-zero vectors cannot be indexed or queried with cosine similarity")
        return vector

    return convert


def _udt(model: type[Udt]) -> Bind:
    fields = {name: converter(kind) for name, kind in model.fields_of().items()}

    def convert(value: Any) -> dict[str, Any]:
        if isinstance(value, model):
            value = value.__dict__
        elif not isinstance(value, dict):
            raise Misfit(f"Got a non-{model.__name__} object for a {model.type_name()} value")
        elif not value.keys() <= fields.keys():
            raise Misfit(f"{model.type_name()} has no field {', '.join(sorted(map(str, value.keys() - fields.keys())))}")
        get = value.get
        return {name: None if (v := get(name)) is None else bind(v) for name, bind in fields.items()}

    return convert


@cache
def converter(kind: CqlType) -> Bind:
    """The conversion of non-null values of a type; engines use `ColumnBinder`, which names the column in its errors.

    Raises:
        TypeError: the type holds unhashable elements in a set or as map keys.
    """
    match kind:
        case Scalar(name):
            return SCALARS[name][0]
        case ListOf(item):
            return _sequence(converter(item))
        case SetOf(item):
            return _set(converter(_hashable(item)))
        case MapOf(key, value):
            return _map(converter(_hashable(key)), converter(value))
        case TupleOf(items):
            return _tuple(tuple(map(converter, items)))
        case VectorOf(size):
            return _vector(size)
        case UdtOf(model):
            return _udt(model)


def _hashable(kind: CqlType) -> CqlType:
    if not isinstance(kind, (Scalar, TupleOf)):
        raise TypeError(f"{kind} as the element of a set or the key of a map")
    return kind


def shown_class(kind: CqlType) -> str:
    """How the contract's error prints the class of a type."""
    return f"<class 'cassandra.cqltypes.{_class_name(kind)}'>"


def _class_name(kind: CqlType) -> str:
    match kind:
        case Scalar(name):
            return SCALARS[name][1]
        case ListOf(item):
            return f"ListType({_class_name(item)})"
        case SetOf(item):
            return f"SetType({_class_name(item)})"
        case MapOf(key, value):
            return f"MapType({_class_name(key)}, {_class_name(value)})"
        case TupleOf(items):
            return f"TupleType({', '.join(map(_class_name, items))})"
        case VectorOf(size):
            return f"VectorType({size})"
        case UdtOf(model):
            return model.type_name()


# -- columns ---------------------------------------------------------------------------------------------------------------------------


def _named(column: str, kind: CqlType) -> Bind:
    convert = converter(kind)

    def bind(value: Any) -> Any:
        if value is None:
            return None
        try:
            return convert(value)
        except Misfit as reason:
            raise WrongValue(
                f'Received an argument of invalid type for column "{column}". Expected: {shown_class(kind)}, Got: {type(value)}; ({reason})'
            ) from None

    return bind


@dataclass(frozen=True, slots=True)
class ColumnBinder:
    """The binders of one column. Null stays null; whether it may be is the statement's affair.

    Attributes:
        value: the column's whole value; of lists, sets and maps also what is appended or added.
        element: one element of a list or set, one value of a map (CONTAINS, `m[k] = ?`).
        key: one key of a map.
        keys: keys to be taken out of a map, or elements out of a list or set; gives a list.
    """

    column: Column
    value: Bind
    element: Bind | None = None
    key: Bind | None = None
    keys: Bind | None = None


@cache
def column_binder(column: Column) -> ColumnBinder:
    """The binders of a column, compiled once."""
    name, kind = column.name, column.type
    whole = _named(name, kind)
    match kind:
        case ListOf(item) | SetOf(item):
            return ColumnBinder(column, whole, _named(name, item), None, _named(name, ListOf(item)))
        case MapOf(key, value):
            return ColumnBinder(column, whole, _named(name, value), _named(name, key), _named(name, ListOf(key)))
    return ColumnBinder(column, whole)


def binder_of(table: Table, column: str) -> ColumnBinder:
    """The binders of a table's column.

    Raises:
        InvalidRequest: the table has no such column.
    """
    try:
        return column_binder(table.columns[column])
    except KeyError:
        raise InvalidRequest(f"Undefined column name {column} in table {table.name}") from None


def check(table: Table, values: Mapping[str, Any]) -> None:
    """Refuse now what a store would refuse when a row with these values is written.

    Raises:
        WrongValue: a value does not fit its column.
        InvalidRequest: the table has no such column.
    """
    for column, value in values.items():
        binder_of(table, column).value(value)


def row_limit(value: Any) -> int:
    """How many rows a read may give, as a bound `LIMIT` takes it.

    Raises:
        InvalidRequest: it is below 1, or no 32-bit integer.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidRequest("LIMIT must be strictly positive")
    if value >= 1 << 31:
        raise InvalidRequest(f"LIMIT must be less than {1 << 31}, not {value}")
    return value
