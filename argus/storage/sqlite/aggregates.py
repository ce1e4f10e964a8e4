"""count, min, max and avg with CQL's types: the average of integers is an integer, cut towards zero; of nothing it is 0.

Where SQL's order of the stored values is not CQL's (collections, tuples, user-defined types), the values are compared here.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Callable, Sequence
from typing import Any

from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.encoding import NAN, codec
from argus.storage.sqlite.layout import Layout, is_ordered, quoted
from argus.storage.sqlite.ordering import in_cql_order
from argus.storage.sqlite.paging import Scope
from argus.storage.statements import Aggregate
from argus.storage.types import Scalar

INTEGERS = ("tinyint", "smallint", "int", "bigint")
FLOATS = ("float", "double")
EXTREMES: dict[str, Callable[..., Any]] = {"min": min, "max": max}


class Totals:
    """The aggregates of one shape of read."""

    def __init__(self, layout: Layout, aggregates: Sequence[Aggregate]) -> None:
        self.aggregates = aggregates
        self.layout = layout
        parts: list[str] = []
        for aggregate in aggregates:
            parts += self._sql(aggregate)
        self.sql = ", ".join(parts)

    def _sql(self, aggregate: Aggregate) -> list[str]:
        """Three values an aggregate: how many, their extreme or sum, how many of them are NaN."""
        if aggregate.column is None:
            return ["count(*)", "NULL", "0"]
        column = self.layout.column(aggregate.column)
        name = quoted(column.name)
        if aggregate.function == "avg":
            if not isinstance(column.type, Scalar) or column.type.name not in INTEGERS + FLOATS:
                raise InvalidRequest("Invalid call to function avg, none of its type signatures match")
            return [f"count({name})", f"sum({name})", f"sum(typeof({name}) = 'blob')"]
        in_sql = aggregate.function != "count" and is_ordered(column.type)
        return [f"count({name})", f"{aggregate.function}({name})" if in_sql else "NULL", "0"]

    def over(self, db: sqlite3.Connection, source: str, scopes: Sequence[Scope]) -> dict[str, Any]:
        """The values by label, over everything in the scopes."""
        found = [db.execute(f"SELECT {self.sql} FROM {source} WHERE {s.where}", s.params).fetchone() for s in scopes]
        return {
            aggregate.label: self._compared(aggregate, db, source, scopes)
            if self._is_compared_here(aggregate)
            else self._total(aggregate, [row[3 * place : 3 * place + 3] for row in found])
            for place, aggregate in enumerate(self.aggregates)
        }

    def _is_compared_here(self, aggregate: Aggregate) -> bool:
        if aggregate.column is None or aggregate.function not in EXTREMES:
            return False
        return not is_ordered(self.layout.column(aggregate.column).type)

    def _compared(self, aggregate: Aggregate, db: sqlite3.Connection, source: str, scopes: Sequence[Scope]) -> Any:
        column = self.layout.column(aggregate.column or "")
        name, decode = quoted(column.name), codec(column.type).decode
        sql = f"SELECT DISTINCT {name} FROM {source} WHERE {name} IS NOT NULL AND ("
        stored = {value for s in scopes for (value,) in db.execute(f"{sql}{s.where})", s.params)}
        values = (value if decode is None else decode(value) for value in stored)
        return EXTREMES[aggregate.function](values, key=lambda value: in_cql_order(column.type, value), default=None)

    def _total(self, aggregate: Aggregate, parts: list[tuple[Any, ...]]) -> Any:
        count = sum(part[0] for part in parts)
        if aggregate.function == "count" or aggregate.column is None:
            return count
        kind = self.layout.table.columns[aggregate.column].type
        assert isinstance(kind, Scalar) or aggregate.function != "avg"
        values = [part[1] for part in parts if part[1] is not None]
        if aggregate.function == "avg":
            assert isinstance(kind, Scalar)
            return _average(kind.name, count, sum(values), any(part[2] for part in parts))
        if not values:
            return None
        is_float = isinstance(kind, Scalar) and kind.name in FLOATS
        value = EXTREMES[aggregate.function](values, key=lambda v: (v == NAN, v) if is_float else v)
        decode = codec(kind).decode
        return value if decode is None else decode(value)


def _average(kind: str, count: int, total: Any, has_nan: bool) -> int | float:
    if kind in INTEGERS:
        return 0 if count == 0 else abs(total) // count * (1 if total >= 0 else -1)
    if has_nan:
        return math.nan
    mean = total / count if count else 0.0
    return mean if kind == "double" else float(struct.unpack(">f", struct.pack(">f", mean))[0])
