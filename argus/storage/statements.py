"""Statements as objects: what a service asks of a store, and the only thing an engine executes.

Built by `select`, `insert`, `update`, `delete` and `Batch`; every method returns a changed copy, so a statement can be kept and reused.

    select(Comment).where(eq("test_run_id", run_id)).limit(100)
    update(Run, **run.primary_key_values()).set(status="passed").put("nemesis_stats", "total", 3).if_exists()
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Self, TypeVar

from argus.storage.table import Order, Row

R = TypeVar("R", bound=Row)
S = TypeVar("S")


def _changed(statement: S, **values: Any) -> S:
    """A changed copy; `dataclasses.replace` takes ten times as long, and a statement is made for every request."""
    made = object.__new__(type(statement))
    made.__dict__.update(statement.__dict__, **values)
    return made


class Consistency(enum.StrEnum):
    """How many replicas answer; engines without replicas ignore it."""

    ONE = "ONE"
    QUORUM = "QUORUM"


Operator = Literal["=", "in", ">", ">=", "<", "<=", "contains", "contains key", "entry"]
Function = Literal["count", "min", "max", "avg"]
TTL = "ttl()"  # no column can be called that


@dataclass(frozen=True, slots=True)
class Condition:
    """`column op value`; of an `entry` (`column[key] = value`) also the key."""

    column: str
    op: Operator
    value: Any
    key: Any = None


def eq(column: str, value: Any) -> Condition:
    """`column = value`. In an IF condition the value may be None."""
    return Condition(column, "=", value)


def _equalities(values: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple([Condition(column, "=", value) for column, value in values.items()])


def is_in(column: str, values: Iterable[Any]) -> Condition:
    """`column IN values`; at most 100 values (Cassandra's limit; services cut slices of 90)."""
    return Condition(column, "in", list(values))


def gt(column: str, value: Any) -> Condition:
    return Condition(column, ">", value)


def ge(column: str, value: Any) -> Condition:
    return Condition(column, ">=", value)


def lt(column: str, value: Any) -> Condition:
    return Condition(column, "<", value)


def le(column: str, value: Any) -> Condition:
    return Condition(column, "<=", value)


def contains(column: str, value: Any) -> Condition:
    """The list, set or map holds the value."""
    return Condition(column, "contains", value)


def contains_key(column: str, key: Any) -> Condition:
    """The map holds the key."""
    return Condition(column, "contains key", key)


def entry(column: str, key: Any, value: Any) -> Condition:
    """`column[key] = value`: a map entry, in WHERE (entries index) or IF."""
    return Condition(column, "entry", value, key)


@dataclass(frozen=True, slots=True)
class Aggregate:
    function: Function
    column: str | None = None  # None: count(*)

    @property
    def label(self) -> str:
        """The key of its value in the answer: `count`, `avg_duration`, …"""
        return self.function if self.column is None else f"{self.function}_{self.column}"


@dataclass(frozen=True, slots=True)
class Nearest:
    """`ORDER BY column ANN OF vector`."""

    column: str
    vector: tuple[float, ...]


@dataclass(frozen=True)
class Select(Generic[R]):
    """A read of one table."""

    model: type[R]
    columns: tuple[str, ...] = ()  # empty: all of them
    conditions: tuple[Condition, ...] = ()
    max_rows: int | None = None
    max_per_partition: int | None = None
    order: Order | None = None  # of the first clustering column
    is_distinct: bool = False
    filtering: bool = False
    aggregates: tuple[Aggregate, ...] = ()
    nearest: Nearest | None = None
    level: Consistency = Consistency.QUORUM
    seconds: float | None = None  # a timeout of its own
    ttl: bool = False

    def where(self, *conditions: Condition, **equal: Any) -> Self:
        """Add conditions; keywords are equalities: `where(gt("ts", t), run_id=r)`."""
        return _changed(self, conditions=self.conditions + conditions + _equalities(equal))

    def limit(self, rows: int) -> Self:
        return _changed(self, max_rows=rows)

    def per_partition(self, rows: int) -> Self:
        """`PER PARTITION LIMIT rows`."""
        return _changed(self, max_per_partition=rows)

    def ordered(self, order: Order) -> Self:
        """Order within one partition, by the clustering columns as declared (`asc`: as declared ascending) or turned round."""
        return _changed(self, order=order)

    def distinct(self) -> Self:
        """One row a partition; only partition-key and static columns."""
        return _changed(self, is_distinct=True)

    def allow_filtering(self) -> Self:
        """Let the store read rows that it then throws away. Say beside it what bounds the read."""
        return _changed(self, filtering=True)

    def aggregate(self, *aggregates: Aggregate) -> Self:
        return _changed(self, aggregates=self.aggregates + aggregates)

    def near(self, column: str, vector: Iterable[float]) -> Self:
        """Nearest first by cosine similarity; needs `limit`, cannot be paged."""
        return _changed(self, nearest=Nearest(column, tuple(vector)))

    def at(self, level: Consistency) -> Self:
        return _changed(self, level=level)

    def within(self, seconds: float) -> Self:
        """A timeout other than the store's."""
        return _changed(self, seconds=seconds)

    def with_ttl(self) -> Self:
        """Rows of the engine also hold, under `TTL`, the seconds that they have left to live (None: for ever). For copies."""
        return _changed(self, ttl=True)


@dataclass(frozen=True, slots=True)
class Insert:
    """A whole row, or (with `fields`) only some of its columns beside the key. Nulls named are written as nulls."""

    model: type[Row]
    values: Mapping[str, Any]
    ttl: int | None = None  # seconds
    if_not_exists: bool = False


Change = Literal["set", "append", "prepend", "add", "discard", "put", "drop"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One change of one column. `put` and `drop` are of a map's key."""

    change: Change
    column: str
    value: Any = None
    key: Any = None


@dataclass(frozen=True)
class Update:
    """A partial write: exactly the named columns change. Without a condition it makes a missing row (an upsert without row marker)."""

    model: type[Row]
    key: Mapping[str, Any]
    assignments: tuple[Assignment, ...] = ()
    ttl: int | None = None  # seconds
    exists: bool = False
    conditions: tuple[Condition, ...] = ()

    def _with(self, *assignments: Assignment) -> Self:
        return _changed(self, assignments=self.assignments + assignments)

    def set(self, **values: Any) -> Self:
        return self._with(*(Assignment("set", c, v) for c, v in values.items()))

    def append(self, column: str, items: Iterable[Any]) -> Self:
        """Add to the end of a list. Never retried: say it twice and it is there twice."""
        return self._with(Assignment("append", column, list(items)))

    def prepend(self, column: str, items: Iterable[Any]) -> Self:
        return self._with(Assignment("prepend", column, list(items)))

    def add(self, column: str, items: Iterable[Any] | Mapping[Any, Any]) -> Self:
        """Add elements to a set, or entries (a mapping) to a map."""
        return self._with(Assignment("add", column, dict(items) if isinstance(items, Mapping) else list(items)))

    def discard(self, column: str, items: Iterable[Any]) -> Self:
        """Take every equal element out of a list or set, or keys out of a map."""
        return self._with(Assignment("discard", column, list(items)))

    def put(self, column: str, key: Any, value: Any) -> Self:
        """`column[key] = value` of a map."""
        return self._with(Assignment("put", column, value, key))

    def drop(self, column: str, key: Any) -> Self:
        """Remove a map's key."""
        return self._with(Assignment("drop", column, key=key))

    def expiring(self, seconds: int) -> Self:
        return _changed(self, ttl=seconds)

    def if_exists(self) -> Self:
        return _changed(self, exists=True)

    def only_if(self, *conditions: Condition, **equal: Any) -> Self:
        """A lightweight transaction. `x=None` is also true of a missing row: pair it with a column that every row has."""
        return _changed(self, conditions=self.conditions + conditions + _equalities(equal))


@dataclass(frozen=True)
class Delete:
    """Rows by key or key prefix (and a range of the next clustering column), or some columns of a row."""

    model: type[Row]
    columns: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exists: bool = False
    only: tuple[Condition, ...] = ()

    def where(self, *conditions: Condition, **equal: Any) -> Self:
        return _changed(self, conditions=self.conditions + conditions + _equalities(equal))

    def if_exists(self) -> Self:
        return _changed(self, exists=True)

    def only_if(self, *conditions: Condition, **equal: Any) -> Self:
        return _changed(self, only=self.only + conditions + _equalities(equal))


Write = Insert | Update | Delete


@dataclass(frozen=True, slots=True)
class Batch:
    """Writes that happen together. Keep it to one partition where possible; never delete and insert one key in it."""

    writes: tuple[Write, ...]
    logged: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write answers. Of one without IF: applied. Of a refused one: the row as it is now (columns the store tells)."""

    applied: bool
    current: Mapping[str, Any] | None = None


def select(model: type[R], *columns: str) -> Select[R]:
    """Read rows of a table: all columns, or only some (the others take their declared defaults)."""
    return Select(model, columns)


def insert(row: Row, *, ttl: int | None = None, if_not_exists: bool = False, fields: Iterable[str] | None = None) -> Insert:
    """Write a row.

    Args:
        ttl: seconds to live.
        if_not_exists: a lightweight transaction; `Outcome.applied` is False when the key is taken.
        fields: only these columns (the key is always written); None writes every column, nulls included.
    """
    names = row.__table__.columns if fields is None else {*row.__table__.primary_key, *fields}
    return Insert(type(row), {name: getattr(row, name) for name in names}, ttl, if_not_exists)


def update(model: type[Row], **key: Any) -> Update:
    """Change columns of the row with this key."""
    return Update(model, key)


def delete(model: type[Row], *columns: str) -> Delete:
    """Delete rows, or columns of one row."""
    return Delete(model, columns)


def batch(*writes: Write, logged: bool = True) -> Batch:
    return Batch(writes, logged)
