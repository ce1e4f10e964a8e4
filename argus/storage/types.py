"""CQL types, and how a Python annotation names one.

`str | None` is `text`; what Python cannot say is said by a marker: `Ascii`, `Float32`, `TinyInt`, `TimeUuid`, ….
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Scalar:
    """A native type: `text`, `uuid`, `int`, …"""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListOf:
    item: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"list<{self.item}>", self.frozen)


@dataclass(frozen=True, slots=True)
class SetOf:
    item: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"set<{self.item}>", self.frozen)


@dataclass(frozen=True, slots=True)
class MapOf:
    key: CqlType
    value: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"map<{self.key}, {self.value}>", self.frozen)


@dataclass(frozen=True, slots=True)
class TupleOf:
    """Always frozen in CQL; `system_schema` prints it frozen as well."""

    items: tuple[CqlType, ...]

    def __str__(self) -> str:
        return f"frozen<tuple<{', '.join(map(str, self.items))}>>"


@dataclass(frozen=True, slots=True)
class VectorOf:
    size: int

    def __str__(self) -> str:
        return f"vector<float, {self.size}>"


@dataclass(frozen=True, slots=True)
class UdtOf:
    """A user-defined type, always used frozen."""

    model: type[Udt]

    def __str__(self) -> str:
        return f"frozen<{self.model.type_name()}>"


CqlType = Scalar | ListOf | SetOf | MapOf | TupleOf | VectorOf | UdtOf
COLLECTIONS = (ListOf, SetOf, MapOf)


def _frozen(text: str, frozen: bool) -> str:
    return f"frozen<{text}>" if frozen else text


class Udt(BaseModel):
    """Base of a user-defined type: `class Node(Udt, name="nodedescription")`. Fields are columns; all may be null."""

    __cql_name__: ClassVar[str]
    __cql_fields__: ClassVar[dict[str, CqlType]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()  # the keywords are for the hook below, which runs once the fields are known

    @classmethod
    def __pydantic_init_subclass__(cls, name: str | None = None, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.__cql_name__ = name or cls.__name__.lower()
        cls.__cql_fields__ = {field: cql_type(annotation(cls, field)) for field in cls.model_fields}

    @classmethod
    def type_name(cls) -> str:
        """The type's name in CQL."""
        return cls.__cql_name__

    @classmethod
    def fields_of(cls) -> dict[str, CqlType]:
        """Field name → CQL type, in declared order."""
        return cls.__cql_fields__


@dataclass(frozen=True, slots=True)
class Cql:
    """Marker: the CQL type of a value whose Python type could stand for several."""

    name: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """Marker: a frozen collection."""


@dataclass(frozen=True, slots=True)
class Vector:
    """Marker: `vector<float, size>`, held as a list of floats."""

    size: int


Ascii = Annotated[str, Cql("ascii")]
TimeUuid = Annotated[UUID, Cql("timeuuid")]
Float32 = Annotated[float, Cql("float")]
TinyInt = Annotated[int, Cql("tinyint")]
SmallInt = Annotated[int, Cql("smallint")]
BigInt = Annotated[int, Cql("bigint")]

NATIVE: dict[type, str] = {
    str: "text",
    int: "int",
    float: "double",
    bool: "boolean",
    bytes: "blob",
    UUID: "uuid",
    datetime: "timestamp",
    date: "date",
    time: "time",
    Decimal: "decimal",
}


def annotation(model: type[BaseModel], field: str) -> Any:
    """The field's annotation with its markers put back (pydantic moves the outer ones into `metadata`)."""
    info = model.model_fields[field]
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def markers(hint: Any) -> Iterator[Any]:
    """Every marker of an annotation's outer levels: `Annotated[Ascii | None, Indexed()]` yields both."""
    if get_origin(hint) is Annotated:
        inner, *found = get_args(hint)
        yield from found
        yield from markers(inner)
    elif get_origin(hint) in (Union, types.UnionType):
        for arm in get_args(hint):
            if arm is not type(None):
                yield from markers(arm)


def bare(hint: Any) -> Any:
    """The annotation without markers and without `None`."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        arms = [arm for arm in get_args(hint) if arm is not type(None)]
        if len(arms) != 1:
            raise TypeError(f"a column has one type, not {hint}")
        return bare(arms[0])
    return hint


def cql_type(hint: Any) -> CqlType:
    """The CQL type that an annotation names.

    Raises:
        TypeError: the annotation stands for no CQL type.
    """
    found = list(markers(hint))
    frozen = any(isinstance(m, Frozen) for m in found)
    for marker in found:
        if isinstance(marker, Cql):
            return Scalar(marker.name)
        if isinstance(marker, Vector):
            return VectorOf(marker.size)
    plain = bare(hint)
    origin, args = get_origin(plain), get_args(plain)
    if origin is list:
        return ListOf(cql_type(args[0]), frozen)
    if origin is set:
        return SetOf(cql_type(args[0]), frozen)
    if origin is dict:
        return MapOf(cql_type(args[0]), cql_type(args[1]), frozen)
    if origin is tuple:
        return TupleOf(tuple(cql_type(a) for a in args))
    if isinstance(plain, type):
        if issubclass(plain, Udt):
            return UdtOf(plain)
        for native, name in NATIVE.items():
            if plain is native:
                return Scalar(name)
        if issubclass(plain, str):  # enums whose values are text
            return Scalar("text")
    raise TypeError(f"no CQL type for {hint}")
