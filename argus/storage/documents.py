"""Turns rows of an engine into models, without validating again what the binder checked on its way in.

Stored data may hold what a model's annotations do not allow (a null in a ghost row, a column that was not selected), and must still be
readable: a null scalar stays null, what is missing takes its declared default. It is also several times cheaper than validation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from argus.storage.types import CqlType, ListOf, MapOf, SetOf, TupleOf, UdtOf, annotation, bare, cql_type

M = TypeVar("M", bound=BaseModel)
Convert = Callable[[Any], Any]

_assign = object.__setattr__


@cache
def builder(model: type[M]) -> Callable[[Mapping[str, Any]], M]:
    """A function from canonical values by column (or field) to an instance."""
    defaults: dict[str, Any] = {}
    factories: list[tuple[str, Callable[[], Any]]] = []
    conversions: list[tuple[str, Convert]] = []
    for name, field in model.model_fields.items():
        defaults[name] = None if field.default is PydanticUndefined else field.default
        if field.default_factory is not None:
            factories.append((name, field.default_factory))  # type: ignore[arg-type] # none takes the validated data
        elif isinstance(field.default, (list, dict, set)):
            factories.append((name, field.default.copy))
        hint = annotation(model, name)
        if (convert := _conversion(hint, cql_type(hint))) is not None:
            conversions.append((name, convert))
    new, width = model.__new__, len(defaults)

    def build(row: Mapping[str, Any]) -> M:
        values = {**defaults, **row}
        for name, factory in factories:
            if name not in row:
                values[name] = factory()
        for name, convert in conversions:
            value = values[name]
            if value is not None and name in row:
                values[name] = convert(value)
        if len(values) > width:  # fields that another version of the program has added
            values = {name: values[name] for name in defaults}
        made = new(model)
        _assign(made, "__dict__", values)
        _assign(made, "__pydantic_fields_set__", set(row))
        _assign(made, "__pydantic_extra__", None)
        _assign(made, "__pydantic_private__", None)
        return made

    return build


def _conversion(hint: Any, kind: CqlType) -> Convert | None:
    """What makes models of user-defined types and members of enums; None where a value stands as it is."""
    plain = bare(hint)
    args = get_args(plain)
    match kind:
        case UdtOf(model):
            return builder(model)
        case ListOf(item):
            return _each(_conversion(args[0], item), list)
        case SetOf(item):
            return _each(_conversion(args[0], item), set)
        case MapOf(key, item):
            return _map_conversion(_conversion(args[0], key), _conversion(args[1], item))
        case TupleOf(items):
            parts = [_conversion(arg, item) for arg, item in zip(args, items, strict=True)]
            return _tuple_conversion(parts) if any(parts) else None
    return plain if isinstance(plain, type) and issubclass(plain, Enum) else None


def _each(convert: Convert | None, collect: Convert) -> Convert | None:
    return None if convert is None else lambda value: collect([convert(v) for v in value])


def _map_conversion(key: Convert | None, item: Convert | None) -> Convert | None:
    if key is None and item is None:
        return None
    first, second = key or _same, item or _same
    return lambda value: {first(k): second(v) for k, v in value.items()}


def _tuple_conversion(parts: list[Convert | None]) -> Convert:
    convert = [part or _same for part in parts]
    return lambda value: tuple([None if v is None else part(v) for part, v in zip(convert, value, strict=True)])


def _same(value: Any) -> Any:
    return value
