"""The embedded engine: the statement objects with Cassandra's meaning, in one SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from argus.storage.engine import Page
from argus.storage.errors import InvalidRequest, NoHostAvailable, StorageError
from argus.storage.schema import Finding
from argus.storage.sqlite import expiry
from argus.storage.sqlite.conditional import Guard, Transaction, guard, is_conditional
from argus.storage.sqlite.file import DatabaseFile
from argus.storage.sqlite.layout import Layout
from argus.storage.sqlite.reads import Read, SelectShape, shape_of
from argus.storage.sqlite.schema import drift, missing
from argus.storage.sqlite.threads import Readers, Writer
from argus.storage.sqlite.writes import APPLIED, InsertShape, Op, Sql, UpdateShape, delete_op
from argus.storage.statements import Batch, Delete, Insert, Outcome, Select, Update, Write
from argus.storage.table import Row, Table
from argus.storage.types import Udt

SHAPES = 4096  # compiled statements kept; services have a few hundred


class SqliteEngine:
    """An engine over one file, which several processes may share.

    Args:
        path: the database file; None for one in a temporary folder that goes with the engine.
        models, types: the tables that exist from the start (others are made when first used). Types need nothing in SQLite.
        readers: threads that read.
        bound: statements that may wait; more are refused with `Overloaded`.
        timeout: seconds a statement may take.
        durable: whether a write is on the disk when it is acknowledged; without, a crash of the machine may lose the last ones.
    """

    def __init__(
        self,
        path: str | Path | None,
        models: Sequence[type[Row]] = (),
        types: Sequence[type[Udt]] = (),
        *,
        readers: int = 2,
        bound: int = 10_000,
        timeout: float = 10.0,
        durable: bool = True,
    ) -> None:
        self._models, self._types = tuple(models), tuple(types)
        self._file = DatabaseFile(path, durable=durable, timeout=timeout)
        self._reader_count, self._bound, self._timeout = readers, bound, timeout
        self._layouts: dict[int, Layout] = {}
        self._made: set[str] = set()
        self._selects: dict[tuple[Any, ...], SelectShape] = {}
        self._inserts: dict[tuple[Any, ...], InsertShape] = {}
        self._updates: dict[tuple[Any, ...], UpdateShape] = {}
        self._readers: Readers[Any] | None = None
        self._writer: Writer[Any] | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    # -- life --------------------------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the file and create what is missing in it.

        Raises:
            NoHostAvailable: the file cannot be opened.
        """
        self._closed = False
        async with self._starting:
            if self._writer is None:
                await self._open()

    async def _open(self) -> None:
        self._file.open()
        writer: Writer[Any] = Writer("sqlite-writer", self._file, 1, self._bound, self._timeout)
        try:
            layouts = [self._layout(model.__table__) for model in self._models]
            await writer.run(lambda db: _execute(db, missing(db, layouts)), 60.0)
        except StorageError:
            await writer.close()
            raise
        self._made.update(layout.sql_name for layout in layouts)
        self._writer = writer
        self._readers = Readers("sqlite-reader", self._file, self._reader_count, self._bound, self._timeout)

    async def close(self) -> None:
        """End what is in flight, then close the file."""
        self._closed = True
        writer, readers = self._writer, self._readers
        self._writer = self._readers = None
        if writer is not None and readers is not None:
            await readers.close()
            await writer.close()
        self._file.close()

    # -- statements --------------------------------------------------------------------------------------------------------------------

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        """One page of a read."""
        key = shape_of(statement)
        shape = self._selects.get(key)
        if shape is None:
            layout = await self._made_layout(statement.model.__table__)
            shape = _kept(self._selects, key, SelectShape(layout, statement))
        read = shape.read(statement, size, start)
        readers = (await self._threads())[0]
        if shape.layout.table.uses_ttl:
            return await self._read_expiring(shape.layout, read, statement.seconds)
        page: Page = await readers.run(read, statement.seconds)
        return page

    async def _read_expiring(self, layout: Layout, read: Read, seconds: float | None) -> Page:
        def fresh(db: sqlite3.Connection) -> Page | None:
            return None if expiry.is_due(db, layout) else read(db)

        while True:
            readers, writer = await self._threads()
            page: Page | None = await readers.run(fresh, seconds)
            if page is not None:
                return page
            await writer.run(lambda db: expiry.reap(db, layout))

    async def write(self, statement: Write | Batch) -> Outcome:
        """Execute a write; it is on the disk when this returns."""
        job = await (self._batch(statement) if isinstance(statement, Batch) else self._single(statement))
        outcome: Outcome | None = await (await self._threads())[1].run(job)
        return outcome or APPLIED

    async def _single(self, write: Write) -> Any:
        layout = await self._made_layout(write.model.__table__)
        conditional = is_conditional(write)
        if not conditional and (sql := self._plain(layout, write)) is not None:
            return sql
        op = self._op(layout, write)
        if conditional:
            return _reaping([layout], Transaction([guard(layout, write, op)], [op], batch=False).run)
        return _reaping([layout], op.run)

    async def _batch(self, statement: Batch) -> Any:
        layouts = [await self._made_layout(write.model.__table__) for write in statement.writes]
        ops = [self._op(layout, write) for layout, write in zip(layouts, statement.writes, strict=True)]
        # all writes of a batch have one timestamp, and at one timestamp a deletion wins
        ordered = sorted(zip(ops, statement.writes, strict=True), key=lambda pair: isinstance(pair[1], Delete))
        ordered_ops = [op for op, _ in ordered]
        guards = [guard(*each) for each in zip(layouts, statement.writes, ops, strict=True) if is_conditional(each[1])]
        if not guards:
            return _reaping(layouts, lambda db: _run_all(db, ordered_ops))
        _check_one_partition(layouts, guards, statement.writes)
        return _reaping(layouts, Transaction(guards, ordered_ops, batch=True).run)

    def _plain(self, layout: Layout, write: Write) -> Sql | None:
        """The single SQL statement that is the whole write, if there is one."""
        if isinstance(write, Insert):
            insert = self._insert_shape(layout, write)
            return insert.plain(write.values) if insert.simple and write.ttl is None else None
        if isinstance(write, Update):
            update = self._update_shape(layout, write)
            return update.plain(write) if update.simple and write.ttl is None else None
        return None

    def _op(self, layout: Layout, write: Write) -> Op:
        if isinstance(write, Insert):
            return self._insert_shape(layout, write).mutation(write)
        if isinstance(write, Update):
            return self._update_shape(layout, write).mutation(write)
        return delete_op(layout, write)

    def _insert_shape(self, layout: Layout, write: Insert) -> InsertShape:
        key = (write.model, tuple(write.values))
        return self._inserts.get(key) or _kept(self._inserts, key, InsertShape(layout, key[1]))

    def _update_shape(self, layout: Layout, write: Update) -> UpdateShape:
        key = (write.model, tuple(write.key), tuple([(a.change, a.column) for a in write.assignments]))
        return self._updates.get(key) or _kept(self._updates, key, UpdateShape(layout, key[1], key[2]))

    async def ping(self) -> None:
        """Read and write the least there is: a file that is locked, full, moved away or only readable does not serve."""
        readers, writer = await self._threads()
        await readers.run(lambda db: db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone())
        await writer.run(self._file.probe)

    # -- schema ------------------------------------------------------------------------------------------------------------------------

    async def schema(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[str]:
        """The statements that would bring the file up to the models; user-defined types need none."""
        layouts = [self._layout(model.__table__) for model in models]
        found: list[str] = await (await self._threads())[0].run(lambda db: missing(db, layouts))
        return found

    async def drift(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[Finding]:
        """What the file has and the models do not, and the other way round; user-defined types have no trace in it."""
        layouts = [self._layout(model.__table__) for model in models]
        found: list[Finding] = await (await self._threads())[0].run(lambda db: drift(db, layouts))
        return found

    async def apply(self, statements: Sequence[str]) -> None:
        """Execute schema statements, all of them or none."""
        await (await self._threads())[1].run(lambda db: _execute(db, statements), 60.0)

    def _layout(self, table: Table) -> Layout:
        found = self._layouts.get(id(table))
        if found is None:
            found = self._layouts[id(table)] = Layout(table)
        return found

    async def _made_layout(self, table: Table) -> Layout:
        layout = self._layout(table)
        if layout.sql_name not in self._made:
            await (await self._threads())[1].run(lambda db: _execute(db, missing(db, [layout])), 60.0)
            self._made.add(layout.sql_name)
        return layout

    async def _threads(self) -> tuple[Readers[Any], Writer[Any]]:
        if self._readers is None or self._writer is None:
            if self._closed:
                raise NoHostAvailable("the store is closed")
            await self.start()  # it has not been possible before, or nobody has asked
        assert self._readers is not None
        assert self._writer is not None
        return self._readers, self._writer


def _kept(cache: dict[tuple[Any, ...], Any], key: tuple[Any, ...], value: Any) -> Any:
    if len(cache) >= SHAPES:
        cache.clear()
    cache[key] = value
    return value


def _execute(db: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        db.execute(statement)


def _run_all(db: sqlite3.Connection, ops: Sequence[Op]) -> None:
    for op in ops:
        op.run(db)


def _reaping(layouts: Sequence[Layout], run: Callable[[sqlite3.Connection], Any]) -> Callable[[sqlite3.Connection], Any]:
    """The job, after the removal of what has expired in its tables."""
    expiring = {layout.sql_name: layout for layout in layouts if layout.table.uses_ttl}
    if not expiring:
        return run

    def job(db: sqlite3.Connection) -> Any:
        for layout in expiring.values():
            expiry.reap(db, layout)
        return run(db)

    return job


def _check_one_partition(layouts: Sequence[Layout], guards: Sequence[Guard], writes: Sequence[Write]) -> None:
    """A batch with conditions holds one partition of one table."""
    if len({id(layout) for layout in layouts}) > 1:
        raise InvalidRequest("Batch with conditions cannot span multiple tables")
    layout = layouts[0]
    width = len(layout.partition_columns)
    partitions = {tuple(each.key[:width]) for each in guards}
    for write in writes:
        match write:
            case Insert():
                given = dict(write.values)
            case Update():
                given = dict(write.key)
            case Delete():
                given = {c.column: c.value for c in write.conditions if c.op == "="}
        partitions.add(tuple(layout.partition(given)))
    if len(partitions) > 1:
        raise InvalidRequest("Batch with conditions cannot span multiple partitions")
