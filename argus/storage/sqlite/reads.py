"""Compiles Select: once per shape into SQL, then per statement into something a reader thread can run."""

from __future__ import annotations

import heapq
import math
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from argus.storage.binding import row_limit
from argus.storage.engine import Page
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.aggregates import Totals
from argus.storage.sqlite.encoding import codec
from argus.storage.sqlite.layout import EXPIRY, Layout, quoted
from argus.storage.sqlite.paging import Position, Scope, scopes_from
from argus.storage.sqlite.refusals import check_read
from argus.storage.sqlite.rows import Decoder, static_view
from argus.storage.sqlite.vectors import cosine
from argus.storage.sqlite.where import check_clustering_in, fixed_sql, partitions, plan, with_values
from argus.storage.statements import Select

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


class SelectShape:
    """A read of a certain shape: checked and compiled once."""

    def __init__(self, layout: Layout, statement: Select[Any]) -> None:
        self.layout = layout
        self.columns = statement.columns or tuple(layout.table.columns)
        for name in self.columns:
            layout.column(name)
        self.access = plan(layout, [(c.column, c.op) for c in statement.conditions], statement.filtering)
        self.totals = Totals(layout, statement.aggregates) if statement.aggregates else None
        check_read(layout, statement, self.columns, self.access)
        self.vector = statement.nearest.column if statement.nearest else None
        self.distinct = statement.is_distinct
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
            if bound is not None:
                row_limit(bound)
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
        for scope in scopes_from(scopes, position):
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
        size = math.hypot(*wanted)

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
