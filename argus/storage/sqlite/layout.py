"""A CQL table as SQL tables: names, parameters and DDL.

One SQL table a CQL table, WITHOUT ROWID, keyed by `(#token, partition…, clustering… in declared order)`: reading it from one end to the
other is reading as Cassandra answers. `#live` is the row marker that an INSERT leaves and an UPDATE does not. Static columns have a table
of their own, keyed by partition. Where rows may expire, `#expiry` (JSON: column → Unix second, `""` is the marker) and `#due` (the
earliest) say when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from argus.storage.binding import column_binder
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.encoding import codec
from argus.storage.sqlite.tokens import partitioner
from argus.storage.table import Column, Table
from argus.storage.types import CqlType, Scalar, VectorOf

Param = Callable[[Any], Any]
TOKEN, LIVE, EXPIRY, DUE = '"#token"', '"#live"', '"#expiry"', '"#due"'


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def is_multicell(column: Column) -> bool:
    """A collection whose elements can be changed one by one; empty, it is null."""
    return column.is_collection and not column.type.frozen  # type: ignore[union-attr]


def is_ordered(kind: CqlType) -> bool:
    """Whether SQL's order of the stored values is CQL's."""
    return isinstance(kind, Scalar) and kind.name != "decimal"


def param_of(column: Column) -> Param:
    """Binds a value to a column and gives the SQL value; null, and the empty multicell collection, are None."""
    bind, encode = column_binder(column).value, codec(column.type).encode
    if encode is None:
        return bind
    if is_multicell(column):

        def collection(value: Any) -> Any:
            bound = bind(value)
            return encode(bound) if bound else None

        return collection

    def param(value: Any) -> Any:
        bound = bind(value)
        return None if bound is None else encode(bound)

    return param


def _key_part(column: Column) -> tuple[str, Param, Param | None]:
    return column.name, column_binder(column).value, codec(column.type).encode


class Layout:
    """What the compilers of this engine know of one table."""

    def __init__(self, table: Table) -> None:
        if wrong := [name for name in table.clustering_key if not is_ordered(table.columns[name].type)]:
            raise TypeError(f"the embedded store cannot order {table.name} by {', '.join(wrong)}")
        self.table = table
        self.sql_name = quoted(table.name if table.keyspace == "main" else f"{table.keyspace}.{table.name}")
        self.static_name = quoted(f"{self.sql_name[1:-1]}#static")
        self.statics = tuple(c.name for c in table.columns.values() if c.kind == "static")
        self.regulars = tuple(c.name for c in table.columns.values() if c.kind == "regular")
        self.key_columns = (TOKEN, *map(quoted, table.primary_key))
        self.partition_columns = (TOKEN, *map(quoted, table.partition_key))
        self.token_of = partitioner(table)
        self.params: dict[str, Param] = {name: param_of(column) for name, column in table.columns.items()}
        self._partition_parts = [_key_part(table.columns[name]) for name in table.partition_key]
        self._clustering_parts = [_key_part(table.columns[name]) for name in table.clustering_key]
        self.vectors = {i.column for i in table.indexes if i.target == "vector"}

    def column(self, name: str) -> Column:
        """A column by name.

        Raises:
            InvalidRequest: there is none.
        """
        try:
            return self.table.columns[name]
        except KeyError:
            raise InvalidRequest(f"Undefined column name {name} in table {self.table.name}") from None

    def partition(self, values: Mapping[str, Any]) -> list[Any]:
        """Token and partition key as SQL values.

        Raises:
            InvalidRequest: a part is missing or null, or Cassandra refuses the key.
            WrongValue: a part does not fit its column.
        """
        if missing := [name for name in self.table.partition_key if name not in values]:
            raise InvalidRequest(f"Some partition key parts are missing: {', '.join(missing)}")
        return self.partition_of([values[name] for name in self.table.partition_key])

    def partition_of(self, values: Sequence[Any]) -> list[Any]:
        """As `partition`, of values in the order of the key."""
        bound: list[Any] = []
        key: list[Any] = [None]
        for value, (name, bind, encode) in zip(values, self._partition_parts, strict=True):
            part = bind(value)
            if part is None:
                raise InvalidRequest(f"Invalid null value in condition for column {name}")
            bound.append(part)
            key.append(part if encode is None else encode(part))
        key[0] = self.token_of(bound)
        return key

    def key(self, values: Mapping[str, Any]) -> list[Any]:
        """Token and whole primary key as SQL values; raises as `partition`."""
        key = self.partition(values)
        for name, bind, encode in self._clustering_parts:
            if name not in values:
                missing = [other for other in self.table.clustering_key if other not in values]
                raise InvalidRequest(f"Some clustering keys are missing: {', '.join(missing)}")
            part = bind(values[name])
            if part is None:
                raise InvalidRequest(f"Invalid null value in condition for column {name}")
            key.append(part if encode is None else encode(part))
        return key

    @cached_property
    def key_match(self) -> str:
        """`"#token" = ? AND …`: one row by its whole key."""
        return " AND ".join(f"{c} = ?" for c in self.key_columns)

    @cached_property
    def partition_match(self) -> str:
        """One partition."""
        return " AND ".join(f"{c} = ?" for c in self.partition_columns)

    @cached_property
    def drop_if_dead(self) -> str:
        """Removes a row that has neither marker nor any value: such a row does not exist."""
        empty = "".join(f" AND {quoted(name)} IS NULL" for name in self.regulars)
        return f"DELETE FROM {self.sql_name} WHERE {self.key_match} AND {LIVE} = 0{empty}"

    @cached_property
    def drop_static_if_dead(self) -> str:
        empty = "".join(f" AND {quoted(name)} IS NULL" for name in self.statics)
        return f"DELETE FROM {self.static_name} WHERE {self.partition_match}{empty}"

    # -- DDL ---------------------------------------------------------------------------------------------------------------------------

    def tables(self) -> dict[str, tuple[str, dict[str, str]]]:
        """SQL table name (bare) → its CREATE statement, and of each column that may be added later its definition."""
        columns = self.table.columns
        lines = [f"{TOKEN} INTEGER NOT NULL"]
        lines += [f"{self._defined(name)} NOT NULL" for name in self.table.primary_key]
        added = {name: self._defined(name) for name in self.regulars}
        lines += [*added.values(), f"{LIVE} INTEGER NOT NULL DEFAULT 0"]
        if self.table.uses_ttl:
            expiry = {EXPIRY[1:-1]: f"{EXPIRY} TEXT", DUE[1:-1]: f"{DUE} INTEGER"}
            lines += expiry.values()
            added |= expiry
        lines.append(f"PRIMARY KEY ({', '.join(self._ordered())})")
        found = {self.sql_name[1:-1]: (_create(self.sql_name, lines), added)}
        if self.statics:
            static = {name: self._defined(name) for name in self.statics}
            lines = [f"{TOKEN} INTEGER NOT NULL", *(f"{self._defined(name)} NOT NULL" for name in self.table.partition_key)]
            lines += [*static.values(), f"PRIMARY KEY ({', '.join(self.partition_columns)})"]
            found[self.static_name[1:-1]] = (_create(self.static_name, lines), static)
        assert columns.keys() == {*self.table.primary_key, *self.regulars, *self.statics}
        return found

    def indexes(self) -> dict[str, str]:
        """Index name → its CREATE statement. An index holds the key after its column, so its rows come in token order."""
        found = {}
        for index in self.table.indexes:
            if (name := self.index_on(index.column)) == index.name:
                columns = ", ".join([quoted(index.column), *self._ordered()])
                partial = f"WHERE {quoted(index.column)} IS NOT NULL"
                found[name] = f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {self.sql_name} ({columns}) {partial}"
        if self.table.uses_ttl:
            name = f"{self.table.name}#due"
            found[name] = f"CREATE INDEX IF NOT EXISTS {quoted(name)} ON {self.sql_name} ({DUE}) WHERE {DUE} IS NOT NULL"
        return found

    def index_on(self, column: str) -> str | None:
        """The name of the SQL index that answers `column = value`, if there is one."""
        if is_multicell(self.table.columns[column]) or self.table.columns[column].kind == "static":
            return None
        for index in self.table.indexes:
            if index.column == column and index.target in ("values", "full") and not isinstance(self.table.columns[column].type, VectorOf):
                return index.name
        return None

    def _defined(self, name: str) -> str:
        return f"{quoted(name)} {codec(self.table.columns[name].type).affinity}".rstrip()

    def _ordered(self) -> list[str]:
        columns = self.table.columns
        clustering = [quoted(name) + (" DESC" if columns[name].order == "desc" else "") for name in self.table.clustering_key]
        return [*self.partition_columns, *clustering]


def _create(name: str, lines: list[str]) -> str:
    return f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(lines)}) WITHOUT ROWID"
