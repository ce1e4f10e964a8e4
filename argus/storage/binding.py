"""Checks and converts every value on its way into a store: one binder a column, the same in front of both engines.

Drivers coerce silently (`'12'` becomes 12, 1.7 becomes 1, 1e40 becomes infinity), so nothing reaches one unbound. What comes out is
canonical: UUID, str, int, float, bool, naive UTC `datetime` of whole milliseconds, bytes, list, set, dict, tuple, and of a user-defined
type a plain dict with all its fields, nulls included.
"""

from __future__ import annotations

import ipaddress
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

from argus.storage.errors import InvalidRequest, UnencodableText, WrongText, WrongValue
from argus.storage.table import Column, Table
from argus.storage.types import CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, Udt, UdtOf, VectorOf

Bind = Callable[[Any], Any]
EPOCH = datetime(1970, 1, 1)
SHORTEST = 1e-6  # length of a vector; below it Cassandra calls it near-zero


class _Misfit(Exception):
    """Why a value does not fit its type."""


# -- scalars ---------------------------------------------------------------------------------------------------------------------------


def _text(codec: str) -> Bind:
    def convert(value: Any) -> Any:
        if type(value) is not str:
            if isinstance(value, Enum):
                return convert(value.value)
            if not isinstance(value, str):
                kind = type(value)
                called = kind.__name__ if kind.__module__ in ("builtins", "uuid") else f"{kind.__module__}.{kind.__name__}"
                raise WrongText(f"'{called}' object has no attribute 'encode'")
            value = str.__str__(value)
        if not value.isascii():
            try:
                value.encode(codec)
            except UnicodeEncodeError as error:
                raise UnencodableText(*error.args) from None
        return value

    return convert


def _integer(bits: int, letter: str) -> Bind:
    low, high = -(1 << bits - 1), (1 << bits - 1) - 1
    too_far = f"{'byte' if letter == 'b' else repr(letter)} format requires {low} <= number <= {high}"

    def convert(value: Any) -> int:
        if type(value) is not int:
            value = _whole(value)
        if low <= value <= high:
            return int(value)
        raise _Misfit(too_far)

    return convert


def _whole(value: Any) -> int:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise _Misfit("required argument is not an integer")


def _double(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise _Misfit("int too large to convert to float") from None
    raise _Misfit("required argument is not a float")


_FLOAT32 = struct.Struct(">f")


def _float(value: Any) -> float:
    try:
        packed: float = _FLOAT32.unpack(_FLOAT32.pack(_double(value)))[0]
    except OverflowError:
        raise _Misfit("float too large to pack with f format") from None
    return packed


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise _Misfit("required argument is not a boolean")


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    raise _Misfit("Got a non-UUID object for a UUID value")


def _timeuuid(value: Any) -> UUID:
    if _uuid(value).version != 1:
        raise _Misfit("Got a UUID that is not time-based (version 1) for a timeuuid value")
    found: UUID = value
    return found


def _timestamp(value: Any) -> Any:
    """A datetime (naive ones are UTC), a date (its midnight), or milliseconds since the epoch."""
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(UTC).replace(tzinfo=None)
        extra = value.microsecond % 1000
        return value.replace(microsecond=value.microsecond - extra) if extra else value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return EPOCH + timedelta(milliseconds=int(value))
        except (OverflowError, ValueError):
            raise _Misfit("int too large to convert") from None
    raise _Misfit("DateType arguments must be a datetime, date, or timestamp")


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise _Misfit("Date arguments must be a datetime.date")


def _time(value: Any) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    raise _Misfit("Time arguments must be a datetime.time without zone")


def _blob(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise _Misfit("Got a non-bytes object for a blob value")


def _inet(value: Any) -> str:
    if isinstance(value, (str, ipaddress.IPv4Address, ipaddress.IPv6Address)):
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            pass  # falls through to the one error below
    raise _Misfit(f"can't interpret {value!r} as an inet address")


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise _Misfit("Got something other than a finite decimal.Decimal for a decimal value")


SCALARS: dict[str, tuple[Bind, str]] = {  # CQL name → converter, name of the class that the contract's error shows
    "ascii": (_text("ascii"), "AsciiType"),
    "bigint": (_integer(64, "q"), "LongType"),
    "blob": (_blob, "BytesType"),
    "boolean": (_boolean, "BooleanType"),
    "date": (_date, "SimpleDateType"),
    "decimal": (_decimal, "DecimalType"),
    "double": (_double, "DoubleType"),
    "float": (_float, "FloatType"),
    "inet": (_inet, "InetAddressType"),
    "int": (_integer(32, "i"), "Int32Type"),
    "smallint": (_integer(16, "h"), "ShortType"),
    "text": (_text("utf-8"), "VarcharType"),
    "time": (_time, "TimeType"),
    "timestamp": (_timestamp, "DateType"),
    "timeuuid": (_timeuuid, "TimeUUIDType"),
    "tinyint": (_integer(8, "b"), "ByteType"),
    "uuid": (_uuid, "UUIDType"),
    "varint": (_whole, "IntegerType"),
}


# -- collections, tuples, vectors, user-defined types ----------------------------------------------------------------------------------


def _sequence(item: Bind) -> Callable[[Any], list[Any]]:
    def convert(value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple, set, frozenset)):
            raise _Misfit("Received a string for a type that expects a sequence" if isinstance(value, str) else "expected a list or a set")
        return [item(_present(v)) for v in value]

    return convert


def _set(item: Bind) -> Bind:
    items = _sequence(item)
    return lambda value: set(items(value))


def _map(key: Bind, item: Bind) -> Bind:
    def convert(value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise _Misfit("Got a non-map object for a map value")
        return {key(_present(k)): item(_present(v)) for k, v in value.items()}

    return convert


def _present(value: Any) -> Any:
    if value is None:
        raise _Misfit("null is not supported inside collections")
    return value


def _tuple(items: tuple[Bind, ...]) -> Bind:
    def convert(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, (tuple, list)):
            raise _Misfit("Got a non-tuple object for a tuple value")
        if len(value) > len(items):
            raise _Misfit(f"Expected {len(items)} items in a tuple, but got {len(value)}")
        filled = [*value, *[None] * (len(items) - len(value))]
        return tuple(None if v is None else item(v) for item, v in zip(items, filled, strict=True))

    return convert


def _vector(size: int) -> Bind:
    """Vectors are compared by their direction, so they have one: a server that finds out later fails in unclear ways."""

    def convert(value: Any) -> list[float]:
        if not isinstance(value, (list, tuple)):
            raise _Misfit("Got a non-sequence object for a vector value")
        if len(value) != size:
            raise _Misfit(
                f"Expected sequence of size {size} for vector of type float and dimension {size}, observed sequence of length {len(value)}"
            )
        vector = [_float(v) for v in value]
        for place, component in enumerate(vector):
            if not math.isfinite(component):
                raise _Misfit(f"non-finite value at vector[{place}]={component}")
        if math.hypot(*vector) < SHORTEST:
            raise _Misfit("Zero and near-zero vectors cannot be indexed or queried with cosine similarity")
        return vector

    return convert


def _udt(model: type[Udt]) -> Bind:
    fields = {name: converter(kind) for name, kind in model.fields_of().items()}

    def convert(value: Any) -> dict[str, Any]:
        if isinstance(value, model):
            value = value.__dict__
        elif not isinstance(value, dict):
            raise _Misfit(f"Got a non-{model.__name__} object for a {model.type_name()} value")
        elif not value.keys() <= fields.keys():
            raise _Misfit(f"{model.type_name()} has no field {', '.join(sorted(map(str, value.keys() - fields.keys())))}")
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
        except _Misfit as reason:
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
