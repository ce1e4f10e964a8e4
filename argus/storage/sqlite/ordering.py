"""CQL's order of values whose stored form SQL orders otherwise: collections, tuples, user-defined types, decimals."""

from __future__ import annotations

from typing import Any

from argus.storage.sqlite.encoding import NAN, codec
from argus.storage.types import CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, UdtOf


def in_cql_order(kind: CqlType, value: Any) -> Any:
    """What stands for a canonical value in comparisons: element by element, a null before everything, the shorter before the longer."""
    if value is None:
        return (0,)
    match kind:
        case ListOf(item):
            return (1, [in_cql_order(item, v) for v in value])
        case SetOf(item):
            return (1, sorted(in_cql_order(item, v) for v in value))
        case MapOf(key, item):
            return (1, sorted((in_cql_order(key, k), in_cql_order(item, v)) for k, v in value.items()))
        case TupleOf(items):
            return (1, [in_cql_order(part, v) for part, v in zip(items, value, strict=True)])
        case UdtOf(model):
            return (1, [in_cql_order(part, value.get(name)) for name, part in model.fields_of().items()])
        case Scalar("decimal"):
            return (1, value)
    encode = codec(kind).encode
    stored = value if encode is None else encode(value)
    return (1, stored == NAN, stored)
