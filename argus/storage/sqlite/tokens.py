"""The token of a partition: Murmur3 of its serialised key, which decides where it stands among the others."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from ipaddress import ip_address
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.encoding import encode_time, encode_timestamp
from argus.storage.table import Table
from argus.storage.types import CqlType, Scalar

try:
    from cassandra.cmurmur3 import murmur3
except ImportError:  # the driver was installed without its C extensions
    from cassandra.murmur3 import murmur3  # type: ignore[attr-defined]

LOWEST, HIGHEST = -(1 << 63), (1 << 63) - 1
LONGEST = 65535  # bytes of a serialised key


def _packer(form: str) -> Callable[[Any], bytes]:
    return struct.Struct(form).pack


def _varint(value: int) -> bytes:
    return value.to_bytes((value + (value < 0)).bit_length() // 8 + 1, "big", signed=True)


def _decimal(value: Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    return struct.pack(">i", -int(exponent)) + _varint(unscaled)


SERIALISERS: dict[str, Callable[[Any], bytes]] = {
    "ascii": str.encode,
    "bigint": _packer(">q"),
    "blob": bytes,
    "boolean": _packer(">?"),
    "date": lambda v: struct.pack(">I", v.toordinal() - 719163 + (1 << 31)),
    "decimal": _decimal,
    "double": _packer(">d"),
    "float": _packer(">f"),
    "inet": lambda v: ip_address(v).packed,
    "int": _packer(">i"),
    "smallint": _packer(">h"),
    "text": str.encode,
    "time": lambda v: struct.pack(">q", encode_time(v)),
    "timestamp": lambda v: struct.pack(">q", encode_timestamp(v)),
    "timeuuid": lambda v: v.bytes,
    "tinyint": _packer(">b"),
    "uuid": lambda v: v.bytes,
    "varint": _varint,
}


def _serialiser(kind: CqlType) -> Callable[[Any], bytes]:
    if not isinstance(kind, Scalar):
        raise TypeError(f"{kind} as part of a partition key")
    return SERIALISERS[kind.name]


def partitioner(table: Table) -> Callable[[Sequence[Any]], int]:
    """A function from the canonical values of a table's partition key, in declared order, to the partition's token.

    It raises `InvalidRequest` where Cassandra refuses the key: empty, or longer than 65,535 bytes.
    """
    parts = [_serialiser(table.columns[name].type) for name in table.partition_key]
    if len(parts) == 1:
        only = parts[0]
        return lambda values: _token(only(values[0]))
    return lambda values: _token(b"".join([_component(part(value)) for part, value in zip(parts, values, strict=True)]))


def _component(part: bytes) -> bytes:
    if len(part) > LONGEST:
        raise InvalidRequest(f"Key length of {len(part)} is longer than maximum of {LONGEST}")
    return len(part).to_bytes(2, "big") + part + b"\0"


def _token(key: bytes) -> int:
    if not key:
        raise InvalidRequest("Key may not be empty")
    if len(key) > LONGEST:
        raise InvalidRequest(f"Key length of {len(key)} is longer than maximum of {LONGEST}")
    token: int = murmur3(key)
    return HIGHEST if token == LOWEST else token
