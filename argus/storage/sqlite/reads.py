"""Compiles Select: once per shape into SQL, then per statement into something a reader thread can run."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from argus.storage.engine import Page
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.aggregates import Totals
from argus.storage.sqlite.encoding import codec
from argus.storage.sqlite.expiry import seconds_left
from argus.storage.sqlite.layout import EXPIRY, LIVE, Layout, quoted
from argus.storage.sqlite.vectors import cosine, length
from argus.storage.sqlite.where import Access, check_clustering_in, fixed_sql, partitions, plan, with_values
from argus.storage.statements import TTL, Select

Read = Callable[[sqlite3.Connection], Page]

MOST_NEAREST = 1000


def shape_of(statement: Select[Any]) -> tuple[Any, ...]:
    """What of a statement decides its SQL: everything but values and bounds."""
    return (
        statement.model,
        statement.columns,
        tuple([(c.column, c.op) for c in statement.conditions]),
        statement.order,
        statement.is_distinct,
        statement.filtering,
        statement.aggregates,
        statement.nearest and statement.nearest.column,
        statement.max_per_partition is not None,
        statement.ttl,
    )


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended.

    Attributes:
        key: the last row's whole key as SQL values.
        returned: rows given so far.
        in_partition: of them in the last row's partition.
    """

    key: list[Any]
    returned: int
    in_partition: int

    def token(self) -> bytes:
        key = [{"b": v.hex()} if isinstance(v, bytes) else v for v in self.key]
        return json.dumps([key, self.returned, self.in_partition]).encode()

    @staticmethod
    def of(token: bytes, width: int) -> Position:
        """The position that a token stands for.

        Raises:
            InvalidRequest: no token of this table.
        """
        try:
            key, returned, in_partition = json.loads(token)
            values = [bytes.fromhex(v["b"]) if isinstance(v, dict) else v for v in key]
        except (ValueError, TypeError, KeyError):
            raise InvalidRequest("Invalid value for the paging state") from None
        if len(values) != width or not isinstance(returned, int) or not isinstance(in_partition, int):
            raise InvalidRequest("Invalid value for the paging state")
        return Position(values, returned, in_partition)


class SelectShape:
    """A read of a certain shape: checked and compiled once."""

    def __init__(self, layout: Layout, statement: Select[Any]) -> None:
        self.layout = layout
        self.columns = statement.columns or tuple(layout.table.columns)
        for name in self.columns:
            layout.column(name)
        self.access = plan(layout, [(c.column, c.op) for c in statement.conditions], statement.filtering)
        self.totals = Totals(layout, statement.aggregates) if statement.aggregates else None
        _check(layout, statement, self.columns, self.access)
        self.vector = statement.nearest.column if statement.nearest else None
        self.distinct = statement.is_distinct
        self.stops = self.distinct or statement.max_per_partition is not None
        self.key_columns = layout.partition_columns if self.distinct else layout.key_columns
        self.reverse = bool(statement.order) and statement.order != layout.table.columns[layout.table.clustering_key[0]].order
        self.directions = self._directions()
        self.source = self._source()
        with_ttl = statement.ttl and layout.table.uses_ttl
        self.row = Decoder(layout, self.columns, with_ttl=with_ttl)
        key = [c for c in self.key_columns if c[1:-1] not in self.columns]
        selected = [*map(quoted, self.columns), *([EXPIRY] if with_ttl else []), *key]
        self.sql = f"SELECT {', '.join(selected)} FROM {self.source} WHERE "
        self.places = [selected.index(c) for c in self.key_columns]
        self.key_width, self.partition_width = len(self.key_columns), len(layout.partition_columns)
        self.fixed = self.partition_width if self.access.keyed else 0  # columns of the key that a scope fixes
        order = ", ".join(f"{c} {d}" for c, d in list(zip(self.key_columns, self.directions, strict=True))[self.fixed :])
        self.tail = f" ORDER BY {order}" if order else ""
        self.clauses = fixed_sql(self.access.clauses)
        self.has_clustering_in = any(c.op == "in" and c.column in layout.table.clustering_key for c in statement.conditions)
        self.key_at = self._places_of_key(statement)

    def _directions(self) -> list[str]:
        columns = self.layout.table.columns
        orders = ["asc"] * len(self.layout.partition_columns) + [columns[name].order for name in self.layout.table.clustering_key]
        if self.reverse:
            orders = ["asc" if order == "desc" else "desc" for order in orders]
        return orders[: len(self.key_columns)]

    def _source(self) -> str:
        layout = self.layout
        if layout.statics:
            return f"({static_view(layout, with_bare=self.access.full_partitions or self.distinct)})"
        return f"{layout.sql_name} " + (f"INDEXED BY {quoted(self.access.index)}" if self.access.index else "NOT INDEXED")

    def _places_of_key(self, statement: Select[Any]) -> list[int] | None:
        """Where the conditions give the one partition of the read; None when there may be several, or none is given."""
        places = {c.column: place for place, c in enumerate(statement.conditions) if c.op == "="}
        key = self.layout.table.partition_key
        return [places[name] for name in key] if self.access.keyed and all(name in places for name in key) else None

    # -- per statement -----------------------------------------------------------------------------------------------------------------

    def read(self, statement: Select[Any], size: int, start: bytes | None) -> Read:
        """What a reader thread runs to give one page.

        Raises:
            InvalidRequest: a null or too many values in a condition, a bad token or limit.
            WrongValue: a value does not fit its column.
        """
        for bound in (statement.max_rows, statement.max_per_partition):
            if bound is not None and bound < 1:
                raise InvalidRequest("LIMIT must be strictly positive")
        scopes = self.scopes(statement)
        if self.totals:
            totals = self.totals
            return lambda db: Page([totals.over(db, self.source, scopes)])
        if statement.nearest is not None:
            return self._nearest(statement, scopes)
        position = Position.of(start, self.key_width) if start else None
        return lambda db: self._page(db, statement, scopes, size, position)

    def scopes(self, statement: Select[Any]) -> list[Scope]:
        """What is read one after another: every partition of a keyed read, or the one scan."""
        conditions = statement.conditions
        if self.has_clustering_in:
            check_clustering_in(self.layout, conditions)
        if self.clauses is not None:
            clauses = self.clauses
            params = [param for place, _, values in self.access.clauses for param in values(conditions[place])]
        else:
            clauses, params = with_values(self.access.clauses, conditions)
        if not self.access.keyed:
            return [Scope(f"1{clauses}", params, [])]
        match = self.layout.partition_match + clauses
        if self.key_at is not None:
            key = self.layout.partition_of([conditions[place].value for place in self.key_at])
            return [Scope(match, key + params, key)]
        return [Scope(match, [*key, *params], key) for key in partitions(self.layout, conditions)]

    def _page(self, db: sqlite3.Connection, statement: Select[Any], scopes: Sequence[Scope], size: int, position: Position | None) -> Page:
        limit = size
        returned = position.returned if position else 0
        if statement.max_rows is not None:
            limit = min(size, statement.max_rows - returned)
        most = 1 if self.distinct else statement.max_per_partition
        rows: list[tuple[Any, ...]] = []
        more = False
        in_partition = position.in_partition if position else 0
        for scope in _from(scopes, position):
            after = position.key if position and (not scope.key or scope.key == position.key[: len(scope.key)]) else None
            if most is None:
                rows += self._rows(db, scope, after, limit + 1 - len(rows))
                if len(rows) > limit:
                    more = bool(rows.pop())
            else:
                more, in_partition = self._stopping(db, scope, after, limit, most, rows, in_partition)
            if more:
                break
        decode = self.row.decode
        page = [decode(row) for row in rows]
        if not more or (statement.max_rows is not None and returned + len(rows) >= statement.max_rows):
            return Page(page)
        key = [rows[-1][place] for place in self.places] if rows else (position.key if position else [])
        return Page(page, Position(key, returned + len(rows), in_partition).token())

    def _rows(self, db: sqlite3.Connection, scope: Scope, after: list[Any] | None, most: int) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for sql, params in self.segments(scope, after):
            found += db.execute(f"{sql} LIMIT ?", [*params, most - len(found)]).fetchall()
            if len(found) >= most:
                break
        return found

    def _stopping(
        self,
        db: sqlite3.Connection,
        scope: Scope,
        after: list[Any] | None,
        limit: int,
        most: int,
        rows: list[tuple[Any, ...]],
        in_partition: int,
    ) -> tuple[bool, int]:
        """Read at most so many rows a partition: when they are there, go on behind the partition.

        Adds to `rows`; gives whether there are more, and how many of the last partition were given.
        """
        width = self.partition_width
        partition = after[:width] if after else None
        count = given = in_partition
        resume, depth = after, None
        if after is None:
            count = 0
        elif count >= most:
            resume, depth = partition, width
        while not (depth and scope.key):  # behind the only partition there is nothing
            for row in self._stream(db, scope, resume, depth):
                here = [row[place] for place in self.places[:width]]
                if len(rows) == limit:
                    return True, given
                count = count + 1 if here == partition else 1
                partition, given = here, count
                rows.append(row)
                if count >= most:
                    break
            else:
                break
            resume, depth = partition, width
        return False, given

    def _stream(self, db: sqlite3.Connection, scope: Scope, after: list[Any] | None, width: int | None) -> Iterator[tuple[Any, ...]]:
        for sql, params in self.segments(scope, after, width):
            yield from db.execute(sql, params)

    def segments(self, scope: Scope, after: list[Any] | None, width: int | None = None) -> Iterator[tuple[str, list[Any]]]:
        """The queries that together give what stands behind a key, each of them one range of an index.

        `(a, b, c) > (1, 2, 3)` is `a = 1 AND b = 2 AND c > 3`, then `a = 1 AND b > 2`, then `a > 1`.

        Args:
            after: the key (or, with `width`, its partition's part), None for everything.
        """
        fixed, tail = self.fixed, self.tail
        if after is None:
            yield f"{self.sql}{scope.where}{tail}", scope.params
            return
        for last in reversed(range(fixed, width or self.key_width)):
            equal = "".join(f" AND {c} = ?" for c in self.key_columns[fixed:last])
            sign = ">" if self.directions[last] == "asc" else "<"
            yield (
                f"{self.sql}{scope.where}{equal} AND {self.key_columns[last]} {sign} ?{tail}",
                [*scope.params, *after[fixed : last + 1]],
            )

    def _nearest(self, statement: Select[Any], scopes: Sequence[Scope]) -> Read:
        layout, vector = self.layout, self.vector
        assert vector is not None
        assert statement.nearest is not None
        column, most = layout.table.columns[vector], statement.max_rows
        if most is None or most > MOST_NEAREST:
            raise InvalidRequest(f"Use of ANN OF in an ORDER BY clause requires a LIMIT that is not greater than {MOST_NEAREST}")
        packed = layout.params[vector](statement.nearest.vector)
        unpack = codec(column.type).decode
        assert unpack is not None
        wanted = unpack(packed)
        size = length(wanted)

        def read(db: sqlite3.Connection) -> Page:
            found: list[tuple[float, int, list[Any]]] = []
            for scope in scopes:
                sql = f"SELECT {quoted(vector)}, {', '.join(self.key_columns)} FROM {self.source} WHERE {scope.where}"
                for stored, *key in db.execute(f"{sql} AND {quoted(vector)} IS NOT NULL", scope.params):
                    entry = (cosine(unpack(stored), wanted, size), -len(found), key)
                    if len(found) < most:
                        heapq.heappush(found, entry)
                    elif entry > found[0]:
                        heapq.heapreplace(found, entry)
            rows = []
            for _, _, key in sorted(found, reverse=True):
                rows += db.execute(f"{self.sql}{layout.key_match}", key).fetchall()
            return Page([self.row.decode(row) for row in rows])

        return read


@dataclass(frozen=True, slots=True)
class Scope:
    """One SQL range: the condition, its parameters, and the partition's token and key when it is one partition."""

    where: str
    params: list[Any]
    key: list[Any]


def _from(scopes: Sequence[Scope], position: Position | None) -> Sequence[Scope]:
    """The scopes from the position's partition on."""
    if position is None or not scopes or not scopes[0].key:
        return scopes
    partition = position.key[: len(scopes[0].key)]
    behind = [place for place, scope in enumerate(scopes) if scope.key == partition]
    if not behind:
        raise InvalidRequest("Invalid value for the paging state")
    return scopes[behind[0] :]


class Decoder:
    """Turns SQL rows into canonical values by column; null collections are left out."""

    def __init__(self, layout: Layout, columns: Sequence[str], *, with_ttl: bool = False) -> None:
        self.columns = (*columns, TTL) if with_ttl else columns
        self.conversions = []
        self.collections = []
        for name in columns:
            column = layout.table.columns[name]
            if column.is_collection:
                self.collections.append((name, codec(column.type).decode))
            elif (convert := codec(column.type).decode) is not None:
                self.conversions.append((name, convert))
        if with_ttl:
            self.conversions.append((TTL, seconds_left))

    def decode(self, row: Sequence[Any]) -> dict[str, Any]:
        """Columns beyond those asked for are ignored."""
        values = dict(zip(self.columns, row, strict=False))
        for name, convert in self.conversions:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        for name, back in self.collections:
            value = values[name]
            if value is None:
                del values[name]
            elif back is not None:
                values[name] = back(value)
        return values


def static_view(layout: Layout, with_bare: bool) -> str:
    """Rows with their partition's static columns; `with_bare` also partitions that have nothing but those."""
    join = " AND ".join(f"r.{c} = s.{c}" for c in layout.partition_columns)
    statics = [f"s.{quoted(name)} AS {quoted(name)}" for name in layout.statics]
    own = [f"r.{c} AS {c}" for c in (*layout.key_columns, *map(quoted, layout.regulars), LIVE)]
    rows = f"SELECT {', '.join(own + statics)} FROM {layout.sql_name} r LEFT JOIN {layout.static_name} s ON {join}"
    if not with_bare:
        return rows
    partition = [f"s.{c}" for c in layout.partition_columns]
    absent = ["NULL"] * (len(own) - len(partition))
    return (
        f"{rows} UNION ALL SELECT {', '.join(partition + absent + statics)} FROM {layout.static_name} s"
        f" WHERE NOT EXISTS (SELECT 1 FROM {layout.sql_name} r WHERE {join})"
    )


def _check(layout: Layout, statement: Select[Any], columns: Sequence[str], access: Access) -> None:
    """What Cassandra refuses of a read beyond its conditions."""
    table = layout.table
    if statement.is_distinct:
        allowed = {*table.partition_key, *layout.statics}
        if wrong := [name for name in columns if name not in allowed]:
            raise InvalidRequest(
                f"SELECT DISTINCT queries must only request partition key columns and/or static columns (not {', '.join(wrong)})"
            )
        if missing := [name for name in table.partition_key if name not in columns]:
            raise InvalidRequest(f"SELECT DISTINCT queries must request all the partition key columns (missing {', '.join(missing)})")
        if not access.full_partitions:
            raise InvalidRequest("SELECT DISTINCT with WHERE clause only supports restriction by partition key and/or static columns.")
        if statement.max_per_partition is not None:
            raise InvalidRequest("PER PARTITION LIMIT is not allowed with SELECT DISTINCT queries")
        if statement.aggregates:
            raise InvalidRequest("SELECT DISTINCT queries must only request partition key columns and/or static columns")
    if access.uses_index and access.partition_in:
        raise InvalidRequest("Select on indexed columns and with IN clause for the PRIMARY KEY are not supported")
    if statement.aggregates and statement.max_per_partition is not None:
        raise InvalidRequest("PER PARTITION LIMIT is not allowed with aggregate queries.")
    if statement.order:
        if not table.clustering_key:
            raise InvalidRequest(f"{table.name} has no clustering column to order by")
        if access.uses_index:
            raise InvalidRequest("ORDER BY with 2ndary indexes is not supported, except for ANN queries.")
        if not access.keyed:
            raise InvalidRequest("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.")
        if access.partition_in:
            raise InvalidRequest(
                "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either remove the ORDER BY "
                "or the IN and sort client side, or disable paging for this query"
            )
    if statement.nearest is not None:
        if statement.nearest.column not in layout.vectors:
            layout.column(statement.nearest.column)
            raise InvalidRequest("ANN ordering by vector requires the column to be indexed")
        if any(table.columns[c.column].kind == "regular" for c in statement.conditions):
            raise InvalidRequest("ANN ordering by vector requires all restricted column(s) to be indexed")
