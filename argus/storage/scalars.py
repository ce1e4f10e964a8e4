"""Conversions of single values, one a CQL scalar: what it may be given, and the canonical value that comes out (`binding.py`)."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from argus.storage.errors import UnencodableText, WrongText

Bind = Callable[[Any], Any]
EPOCH = datetime(1970, 1, 1)


class Misfit(Exception):
    """Why a value does not fit its type."""


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
        raise Misfit(too_far)

    return convert


def _whole(value: Any) -> int:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise Misfit("required argument is not an integer")


def _double(value: Any) -> float:
    if type(value) is float:
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise Misfit("int too large to convert to float") from None
    raise Misfit("required argument is not a float")


_FLOAT32 = struct.Struct(">f")


def single(value: Any) -> float:
    """A number of single precision, rounded as the server would round it; also what a vector is made of."""
    try:
        packed: float = _FLOAT32.unpack(_FLOAT32.pack(_double(value)))[0]
    except OverflowError:
        raise Misfit("float too large to pack with f format") from None
    return packed


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise Misfit("required argument is not a boolean")


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    raise Misfit("Got a non-UUID object for a UUID value")


def _timeuuid(value: Any) -> UUID:
    if _uuid(value).version != 1:
        raise Misfit("Got a UUID that is not time-based (version 1) for a timeuuid value")
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
            raise Misfit("int too large to convert") from None
    raise Misfit("DateType arguments must be a datetime, date, or timestamp")


def _date(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    raise Misfit("Date arguments must be a datetime.date")


def _time(value: Any) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    raise Misfit("Time arguments must be a datetime.time without zone")


def _blob(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise Misfit("Got a non-bytes object for a blob value")


def _inet(value: Any) -> str:
    if isinstance(value, (str, ipaddress.IPv4Address, ipaddress.IPv6Address)):
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            pass  # falls through to the one error below
    raise Misfit(f"can't interpret {value!r} as an inet address")


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise Misfit("Got something other than a finite decimal.Decimal for a decimal value")


SCALARS: dict[str, tuple[Bind, str]] = {  # CQL name → converter, name of the class that the contract's error shows
    "ascii": (_text("ascii"), "AsciiType"),
    "bigint": (_integer(64, "q"), "LongType"),
    "blob": (_blob, "BytesType"),
    "boolean": (_boolean, "BooleanType"),
    "date": (_date, "SimpleDateType"),
    "decimal": (_decimal, "DecimalType"),
    "double": (_double, "DoubleType"),
    "float": (single, "FloatType"),
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
