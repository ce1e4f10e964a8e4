"""How CQL values stand in SQLite columns, such that SQL's order is CQL's order.

A uuid is a blob of its 16 bytes, rearranged so that `memcmp` orders as the CQL type does; a timestamp is its milliseconds since the epoch;
a float is a REAL (NaN, which SQLite would turn into NULL, a blob: it sorts last, as in CQL); collections, tuples and user-defined types
are JSON in one canonical spelling, so that equal values are equal texts.
"""

from __future__ import annotations

import ipaddress
import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from argus.storage.types import COLLECTIONS, CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, UdtOf, VectorOf

Convert = Callable[[Any], Any]

EPOCH = datetime(1970, 1, 1)
MILLISECOND = timedelta(milliseconds=1)
NAN = b"NaN"

dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


def loads(text: str) -> Any:
    """JSON of this module; pydantic's reader takes a third of the time of `json`'s."""
    return from_json(text, cache_strings="keys")


@dataclass(frozen=True, slots=True)
class Codec:
    """Conversions of non-null canonical values; None where a value stands as it is.

    Attributes:
        affinity: the declared type of the SQL column; empty where SQLite must not convert.
        encode, decode: to and from the SQL value.
        to_json, from_json: to and from the JSON value, where the type is part of another.
    """

    affinity: str
    encode: Convert | None = None
    decode: Convert | None = None
    to_json: Convert | None = None
    from_json: Convert | None = None


# -- uuids -----------------------------------------------------------------------------------------------------------------------------

_LOW76 = (1 << 76) - 1
_SIGNS = 0x8080808080808080


def encode_uuid(value: UUID) -> bytes:
    """CQL's order of `uuid`: version, then (version 1) time, else bytes."""
    n = value.int
    version = (n >> 76) & 15
    if version == 1:
        return (_by_time(n >> 64) << 64 | n & 0xFFFFFFFFFFFFFFFF).to_bytes(16, "big")
    return (version << 124 | (n >> 80) << 76 | n & _LOW76).to_bytes(16, "big")


@lru_cache(maxsize=65536)
def decode_uuid(value: bytes) -> UUID:
    n = int.from_bytes(value, "big")
    version = n >> 124
    if version == 1:
        return UUID(int=_from_time(n >> 64) << 64 | n & 0xFFFFFFFFFFFFFFFF)
    return UUID(int=((n >> 76) & 0xFFFFFFFFFFFF) << 80 | version << 76 | n & _LOW76)


def encode_timeuuid(value: UUID) -> bytes:
    """CQL's order of `timeuuid`: time, then the rest as signed bytes."""
    n = value.int
    return (_by_time(n >> 64) << 64 | (n & 0xFFFFFFFFFFFFFFFF) ^ _SIGNS).to_bytes(16, "big")


@lru_cache(maxsize=65536)
def decode_timeuuid(value: bytes) -> UUID:
    n = int.from_bytes(value, "big")
    return UUID(int=_from_time(n >> 64) << 64 | (n & 0xFFFFFFFFFFFFFFFF) ^ _SIGNS)


def _by_time(high: int) -> int:
    """The upper half of a version 1 uuid with its time in order: version and high, middle, low."""
    return (high & 0xFFFF) << 48 | (high >> 16 & 0xFFFF) << 32 | high >> 32


def _from_time(ordered: int) -> int:
    return (ordered & 0xFFFFFFFF) << 32 | (ordered >> 32 & 0xFFFF) << 16 | ordered >> 48


# -- other scalars ---------------------------------------------------------------------------------------------------------------------


def _encode_float(value: float) -> float | bytes:
    return NAN if value != value else value


def _decode_float(value: float | bytes) -> float:
    return math.nan if value == NAN else float(value)


def _float_to_json(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def encode_timestamp(value: datetime) -> int:
    return (value - EPOCH) // MILLISECOND


def _decode_timestamp(value: int) -> datetime:
    return EPOCH + timedelta(0, 0, 0, value)


def encode_time(value: time) -> int:
    """Nanoseconds since midnight."""
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000_000 + value.microsecond * 1000


def _decode_time(value: int) -> time:
    return (EPOCH + timedelta(microseconds=value // 1000)).time()


def encode_varint(value: int) -> bytes:
    """Sign and length, then the digits (of a negative number their complement): `memcmp` orders as numbers do."""
    size = (abs(value).bit_length() + 7) // 8
    if value >= 0:
        return b"\x01" + size.to_bytes(4, "big") + value.to_bytes(size, "big")
    return b"\x00" + (0xFFFFFFFF - size).to_bytes(4, "big") + (value + (1 << 8 * size)).to_bytes(size, "big")


def _decode_varint(value: bytes) -> int:
    digits = int.from_bytes(value[5:], "big")
    return digits if value[0] else digits - (1 << 8 * (len(value) - 5))


_UUID_OF = lru_cache(maxsize=65536)(UUID)

SCALARS: dict[str, Codec] = {
    "ascii": Codec("TEXT"),
    "bigint": Codec("INTEGER"),
    "blob": Codec("BLOB", to_json=bytes.hex, from_json=bytes.fromhex),
    "boolean": Codec("INTEGER", decode=bool),
    "date": Codec("TEXT", date.isoformat, date.fromisoformat, date.isoformat, date.fromisoformat),
    "decimal": Codec("TEXT", str, Decimal, str, Decimal),
    "double": Codec("", _encode_float, _decode_float, _float_to_json, float),
    "float": Codec("", _encode_float, _decode_float, _float_to_json, float),
    "inet": Codec("BLOB", lambda v: ipaddress.ip_address(v).packed, lambda v: str(ipaddress.ip_address(v))),
    "int": Codec("INTEGER"),
    "smallint": Codec("INTEGER"),
    "text": Codec("TEXT"),
    "time": Codec("INTEGER", encode_time, _decode_time, encode_time, _decode_time),
    "timestamp": Codec("INTEGER", encode_timestamp, _decode_timestamp, encode_timestamp, _decode_timestamp),
    "timeuuid": Codec("BLOB", encode_timeuuid, decode_timeuuid, str, _UUID_OF),
    "tinyint": Codec("INTEGER"),
    "uuid": Codec("BLOB", encode_uuid, decode_uuid, str, _UUID_OF),
    "varint": Codec("BLOB", encode_varint, _decode_varint, str, int),
}


# -- collections, tuples, vectors, user-defined types ----------------------------------------------------------------------------------


@cache
def codec(kind: CqlType) -> Codec:
    """The conversions of a type."""
    match kind:
        case Scalar(name):
            return SCALARS[name]
        case VectorOf(size):
            form = struct.Struct(f">{size}f")
            return Codec("BLOB", lambda v: form.pack(*v), lambda b: list(form.unpack(b)), list, list)
    to_json, from_json = _json_of(kind)
    encode = dumps if to_json is None else lambda v: dumps(to_json(v))
    decode = loads if from_json is None else lambda v: from_json(loads(v))
    return Codec("TEXT", encode, decode, to_json, from_json)


def _json_of(kind: CqlType) -> tuple[Convert | None, Convert | None]:
    match kind:
        case ListOf(item):
            return _each(codec(item).to_json), _each(codec(item).from_json)
        case SetOf(item):
            place, part = sort_key(item), codec(item)
            there, back = part.to_json or _same, part.from_json
            return (lambda v: [there(x) for x in sorted(v, key=place)]), ((lambda v: {back(x) for x in v}) if back else set)
        case MapOf(key, value):
            return _map_json(key, value)
        case TupleOf(items):
            parts = [codec(item) for item in items]
            return _parts([p.to_json for p in parts], list), _parts([p.from_json for p in parts], tuple)
        case UdtOf(model):
            codecs = {name: codec(field) for name, field in model.fields_of().items()}
            there_by = {name: c.to_json for name, c in codecs.items() if c.to_json}
            back_by = {name: c.from_json for name, c in codecs.items() if c.from_json}
            collections = [name for name, field in model.fields_of().items() if isinstance(field, COLLECTIONS)]
            return _changing(there_by, []), _changing(back_by, collections)
    raise TypeError(f"no JSON form of {kind}")


def _each(convert: Convert | None) -> Convert | None:
    return None if convert is None else lambda v: [convert(x) for x in v]


def _parts(conversions: list[Convert | None], collect: Convert) -> Convert:
    """A tuple's parts, each converted in its way."""
    if not any(conversions):
        return collect
    parts = [part or _same for part in conversions]
    return lambda v: collect([None if x is None else part(x) for part, x in zip(parts, v, strict=True)])


def _map_json(key: CqlType, value: CqlType) -> tuple[Convert, Convert | None]:
    place, to_key, from_key = sort_key(key), key_text(key), _key_from_text(key)
    there, back = codec(value).to_json or _same, codec(value).from_json
    if from_key is _same and back is None:
        return (lambda v: {to_key(k): there(v[k]) for k in sorted(v, key=place)}), None
    back_again = back or _same
    return (
        lambda v: {to_key(k): there(v[k]) for k in sorted(v, key=place)},
        lambda v: {from_key(k): back_again(x) for k, x in v.items()},
    )


def _changing(fields: dict[str, Convert], collections: list[str]) -> Convert | None:
    """Convert some fields of an object, where they are not null, and leave out these collections where they are."""
    if not fields and not collections:
        return None

    def convert(value: dict[str, Any]) -> dict[str, Any]:
        changed = dict(value)
        for name, change in fields.items():
            if changed.get(name) is not None:
                changed[name] = change(changed[name])
        for name in collections:
            if name in changed and changed[name] is None:
                del changed[name]
        return changed

    return convert


def _same(value: Any) -> Any:
    return value


@cache
def sort_key(kind: CqlType) -> Convert:
    """A key function that sorts values of a type as CQL does."""
    if isinstance(kind, TupleOf):
        parts = [sort_key(item) for item in kind.items]
        return lambda v: tuple((x is not None, None if x is None else part(x)) for part, x in zip(parts, v, strict=True))
    encode = codec(kind).encode
    if isinstance(kind, Scalar) and kind.name in ("float", "double"):
        return lambda v: (v != v, v)
    return encode or _same


@cache
def key_text(kind: CqlType) -> Convert:
    """A map's key as the key of a JSON object."""
    to_json = codec(kind).to_json
    if isinstance(kind, Scalar) and (kind.name in ("text", "ascii", "inet") or to_json in (str, bytes.hex, date.isoformat)):
        return to_json or _same
    return dumps if to_json is None else lambda v: dumps(to_json(v))


def _key_from_text(kind: CqlType) -> Convert:
    from_json = codec(kind).from_json
    if isinstance(kind, Scalar) and (kind.name in ("text", "ascii", "inet") or codec(kind).to_json in (str, bytes.hex, date.isoformat)):
        return from_json or _same
    return loads if from_json is None else lambda v: from_json(loads(v))
