"""Conversions of elements, carried through collections, tuples and user-defined types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argus.storage.scalars import Bind
from argus.storage.types import COLLECTIONS, CqlType, ListOf, MapOf, SetOf, TupleOf, UdtOf


def mapped(kind: CqlType, of: Callable[[CqlType], Bind | None], *, drop_null_collections: bool) -> Bind | None:
    """The conversion of a composite type, made of its parts'; None when no part needs one.

    Args:
        drop_null_collections: leave out a user-defined type's null collections, so that the model's default stands in.
    """
    match kind:
        case ListOf(item):
            one = of(item)
            return None if one is None else _list(one)
        case SetOf(item):
            one = of(item)
            return None if one is None else _set(one)
        case MapOf(key, item):
            first, second = of(key) or _same, of(item) or _same
            if first is second is _same:
                return None
            return lambda value: {first(k): second(v) for k, v in value.items()}
        case TupleOf(items):
            parts = [of(item) for item in items]
            if not any(parts):
                return None
            return lambda value: tuple([v if v is None or part is None else part(v) for part, v in zip(parts, value, strict=True)])
        case UdtOf(model):
            fields = model.fields_of()
            found = [(name, part) for name, field in fields.items() if (part := of(field)) is not None]
            collections = [name for name, field in fields.items() if isinstance(field, COLLECTIONS)] if drop_null_collections else []
            return _udt(found, collections) if found or collections else None
    return None


def _list(one: Bind) -> Bind:
    return lambda value: [one(v) for v in value]


def _set(one: Bind) -> Bind:
    return lambda value: {one(v) for v in value}


def _same(value: Any) -> Any:
    return value


def _udt(fields: list[tuple[str, Bind]], collections: list[str]) -> Bind:
    def convert(value: dict[str, Any]) -> dict[str, Any]:
        made = dict(value)
        for name, part in fields:
            inner = made.get(name)
            if inner is not None:
                made[name] = part(inner)
        for name in collections:
            if made.get(name, made) is None:
                del made[name]
        return made

    return convert
