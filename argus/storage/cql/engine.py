"""The engine for ScyllaDB and Apache Cassandra: statement objects, rendered and prepared once per shape, executed by a driver."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from types import TracebackType
from typing import Any

from argus.kit import deadline
from argus.storage.cql.driver import Answer, Driver, Options, Target
from argus.storage.cql.errors import translated
from argus.storage.cql.live import LiveTypes, SchemaConnection
from argus.storage.cql.render import (
    Rendered,
    aggregated_type,
    check_in,
    is_conditional,
    is_idempotent,
    raw_values,
    read_columns,
    render,
    shape,
    ttl_columns,
)
from argus.storage.engine import Page
from argus.storage.errors import InvalidRequest, NoHostAvailable, OperationTimedOut, StorageError
from argus.storage.scalars import Bind
from argus.storage.schema import Finding, Keyspaces, drift, plan
from argus.storage.statements import TTL, Batch, Consistency, Delete, Outcome, Select, Write
from argus.storage.table import Row, Table
from argus.storage.types import COLLECTIONS, CqlType, Udt

AGGREGATED = 5000  # rows of one of the server's own steps through an aggregate
ROWS_A_TURN = 64  # rows that are decoded before the loop gets its turn
CHECKSUM = 8  # bytes in front of a paging token
RETRY_AFTER = 1.0  # seconds between two attempts to connect; calls in between fail at once


@dataclass(frozen=True, slots=True)
class Prepared:
    """A shape that the driver has prepared, and how its rows become canonical ones."""

    rendered: Rendered
    handle: Any
    converters: tuple[tuple[str, Bind], ...]
    collections: tuple[str, ...]
    ttl: tuple[str, ...]

    def decode(self, row: dict[str, Any]) -> dict[str, Any]:
        for name, convert in self.converters:
            value = row[name]
            if value is not None:
                row[name] = convert(value)
        for name in self.collections:
            if row[name] is None:
                del row[name]
        if self.ttl:
            row[TTL] = max((left for name in self.ttl if (left := row.pop(name)) is not None), default=None)
        return row


class InFlight:
    """Around everything that speaks to the driver: counts, and lets no exception of the driver's out."""

    def __init__(self) -> None:
        self._count = 0
        self._waiting: asyncio.Event | None = None

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._count -= 1
        if self._waiting is not None and not self._count:
            self._waiting.set()
        if isinstance(error, Exception):
            known = translated(error)
            if known is not None and known is not error:
                raise known from error

    async def none(self) -> None:
        """Until nothing is in flight."""
        if self._count:
            self._waiting = asyncio.Event()
            await self._waiting.wait()


class CqlEngine:
    """Executes statement objects on a cluster. Connects when it is first needed, and again by itself whenever it is not connected."""

    def __init__(self, driver: Driver, target: Target, keyspaces: Keyspaces) -> None:
        self.driver = driver
        self.target = target
        self.keyspaces = keyspaces
        self._prepared: dict[Hashable, Prepared] = {}
        self._preparing: dict[Hashable, asyncio.Task[Prepared]] = {}
        self._version: Hashable = None
        self._types = LiveTypes(self._system)
        self._schema = SchemaConnection(target)
        self._connected = False
        self._closing = False
        self._in_flight = InFlight()
        self._attempt: asyncio.Task[None] | None = None
        self._failed: tuple[float, StorageError] | None = None

    # -- life --------------------------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect.

        Raises:
            NoHostAvailable: no host answers; a later call tries again.
        """
        self._closing = False
        await self._connect()

    async def _connect(self) -> None:
        """Connect, or wait for the attempt that runs already. It goes on when those who wait for it give up."""
        if self._connected:
            return
        if self._closing:
            raise NoHostAvailable("The store is closed")
        if self._failed is not None and time.monotonic() < self._failed[0]:
            raise type(self._failed[1])(*self._failed[1].args)
        if self._attempt is None:
            self._attempt = asyncio.create_task(self._connect_once())
            self._attempt.add_done_callback(self._attempted)
        await asyncio.shield(self._attempt)

    def _attempted(self, attempt: asyncio.Task[None]) -> None:
        self._attempt = None
        if not attempt.cancelled():
            attempt.exception()  # told to those who waited; there may be none of them left

    async def _connect_once(self) -> None:
        try:
            await self.driver.connect()
        except Exception as error:
            known = translated(error) or NoHostAvailable(str(error))
            self._failed = time.monotonic() + RETRY_AFTER, known
            raise known from error
        self._version = self.driver.schema_version()
        self._connected, self._failed = True, None

    async def close(self) -> None:
        """Wait for what is in flight (at most its own timeout), then disconnect."""
        self._closing = True
        if self._attempt is not None:
            await asyncio.wait({self._attempt})
        connected, self._connected = self._connected, False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.target.request_timeout):
                await self._in_flight.none()
        await self._schema.close()
        if connected:
            await self.driver.close()

    # -- reads -------------------------------------------------------------------------------------------------------------------------

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        """One page. Where the server gives short pages (it may, under filtering), they are put together."""
        if not self._connected:
            await self._connect()
        with self._in_flight:
            key, raw = shape(statement), raw_values(statement)
            options = _read_options(statement, size, None if start is None else _page_state(start, key))
            version = self._current_version()
            prepared, answer = await self._run(key, statement, raw, options)
            if self._current_version() != version:
                # somebody changed the schema meanwhile: the driver may have read the rows by the old one
                prepared, answer = await self._run(key, statement, raw, options)
            rows, following = answer
            while following is not None and len(rows) < size and not statement.aggregates:
                options = _read_options(statement, size - len(rows), following)
                _, answer = await self._run(key, statement, raw, options)
                rows, following = rows + answer.rows, answer.next
            decode = prepared.decode
            for index, row in enumerate(rows, 1):
                decode(row)
                if index % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
            return Page(rows, None if following is None else _token(following, key))

    async def _run(self, key: Hashable, statement: Select[Any] | Write, raw: list[Any], options: Options) -> tuple[Prepared, Answer]:
        """Execute one statement; prepares it (again) where needed. The caller has just looked whether the schema changed."""
        options = self._in_time(options)
        prepared = self._prepared.get(key) or await self._prepare(key, statement)
        values = prepared.rendered.bind(raw)
        if prepared.rendered.has_in and isinstance(statement, Select | Delete):
            check_in(statement)
        try:
            return prepared, await self.driver.run(prepared.handle, values, options)
        except (TypeError, ValueError, OverflowError, KeyError, AttributeError):
            # the values have been checked: what does not fit is what the driver holds for their types, an ALTER ago
            self._prepared.pop(key, None)
            prepared = await self._prepare(key, statement)
            try:
                return prepared, await self.driver.run(prepared.handle, values, options)
            except (TypeError, ValueError, OverflowError, KeyError, AttributeError) as error:
                raise InvalidRequest(f"{statement.model.__table__.name} in the database is not what the model says: {error}") from error
        except Exception as error:
            if isinstance(translated(error), InvalidRequest):
                self._prepared.pop(key, None)
            raise

    def _in_time(self, options: Options) -> Options:
        """The options with no more time than the request has left.

        Raises:
            OperationTimedOut: it has none; nothing is sent.
        """
        left = deadline.left()
        if left <= 0:
            raise OperationTimedOut("the request has no time left")
        return replace(options, seconds=left) if left < (options.seconds or self.target.request_timeout) else options

    # -- writes ------------------------------------------------------------------------------------------------------------------------

    async def write(self, statement: Write | Batch) -> Outcome:
        """Execute a write, or a batch as one. A refused lightweight transaction is an answer, not an error."""
        if not self._connected:
            await self._connect()
        with self._in_flight:
            if isinstance(statement, Batch):
                return await self._write_batch(statement)
            key, raw = shape(statement), raw_values(statement)
            await self._keep_fields(key, statement, raw)
            prepared, answer = await self._run(key, statement, raw, Options(idempotent=is_idempotent(statement)))
            return _outcome(answer, prepared) if is_conditional(statement) else Outcome(True)

    async def _write_batch(self, batch: Batch) -> Outcome:
        if not batch.writes:
            return Outcome(True)
        parts, shapes = [], []
        for write in batch.writes:
            key, raw = shape(write), raw_values(write)
            await self._keep_fields(key, write, raw)
            prepared = await self._prepare(key, write)
            shapes.append(prepared)
            parts.append((prepared.handle, prepared.rendered.bind(raw)))
        options = self._in_time(Options(idempotent=all(map(is_idempotent, batch.writes))))
        try:
            answer = await self.driver.run_batch(parts, options, logged=batch.logged)
        except Exception as error:
            if isinstance(translated(error), InvalidRequest):
                for write in batch.writes:
                    self._prepared.pop(shape(write), None)
            raise
        return _outcome(answer, *shapes) if any(map(is_conditional, batch.writes)) else Outcome(True)

    async def _keep_fields(self, key: Hashable, write: Write, raw: list[Any]) -> None:
        """Refuse to overwrite values of a user-defined type that has fields the model does not know: they would be lost.

        Asked of the database itself each time, since the driver hears of a change up to 100 ms late.
        """
        prepared = await self._prepare(key, write)
        if prepared.rendered.whole and any(raw[index] for index in prepared.rendered.whole):
            await self._types.check(write.model.__table__, self._keyspace(write))

    # -- preparing ---------------------------------------------------------------------------------------------------------------------

    def _current_version(self) -> Hashable:
        version = self.driver.schema_version()
        if version != self._version:
            self._version = version
            self._prepared.clear()
        return version

    async def _prepare(self, key: Hashable, statement: Select[Any] | Write) -> Prepared:
        self._current_version()
        found = self._prepared.get(key)
        if found is not None:
            return found
        task = self._preparing.get(key)
        if task is None:
            task = self._preparing[key] = asyncio.create_task(self._make(key, statement))
            task.add_done_callback(lambda _: self._preparing.pop(key, None))
        return await asyncio.shield(task)

    async def _make(self, key: Hashable, statement: Select[Any] | Write) -> Prepared:
        version = self._current_version()
        rendered = render(statement, self._keyspace(statement), self.driver.encoder)
        handle = await self.driver.prepare(rendered.text)
        made = Prepared(rendered, handle, *self._decoding(statement))
        if self._current_version() == version:
            self._prepared[key] = made
        return made

    def _decoding(self, statement: Select[Any] | Write) -> tuple[tuple[tuple[str, Bind], ...], tuple[str, ...], tuple[str, ...]]:
        table: Table = statement.model.__table__
        kinds: dict[str, CqlType]
        if not isinstance(statement, Select):
            kinds = {column.name: column.type for column in table.columns.values()}
        elif statement.aggregates:
            kinds = {a.label: aggregated_type(table, a) for a in statement.aggregates}
        else:
            kinds = {column.name: column.type for column in read_columns(statement)}
        converters = tuple((name, convert) for name, kind in kinds.items() if (convert := self.driver.decoder(kind)) is not None)
        named = not (isinstance(statement, Select) and statement.aggregates)  # an aggregate over nothing is null, of whatever type
        collections = tuple(name for name, kind in kinds.items() if named and isinstance(kind, COLLECTIONS))
        ttl = tuple(f"{TTL}{name}" for name in ttl_columns(table)) if isinstance(statement, Select) and statement.ttl else ()
        return converters, collections, ttl

    def _keyspace(self, statement: Select[Any] | Write) -> str:
        keyspace: str = self.keyspaces[statement.model.__table__.keyspace]
        return keyspace

    # -- the rest ----------------------------------------------------------------------------------------------------------------------

    async def ping(self) -> None:
        """Read one row that every node has.

        Raises:
            NoHostAvailable, OperationTimedOut: nobody answers.
        """
        if not self._connected:
            await self._connect()
        with self._in_flight:
            await self._system("SELECT key FROM system.local")

    async def _system(self, text: str) -> list[dict[str, Any]]:
        """Rows of a table of the server's own, undecoded."""
        found = self._prepared.get(text)
        if found is None:
            found = self._prepared[text] = Prepared(Rendered(text, ()), await self.driver.prepare(text), (), (), ())
        return (await self.driver.run(found.handle, (), Options(idempotent=True, one=True))).rows

    async def schema(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[str]:
        """The statements that would bring the database up to the models (storage/schema.py); nothing is ever dropped.

        Raises:
            InvalidRequest: a keyspace is missing: an operator creates those.
        """
        return plan(models, types, await self._schema.existing(self.keyspaces))

    async def drift(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[Finding]:
        """What the database has and the models do not, and the other way round."""
        return drift(models, types, await self._schema.existing(self.keyspaces))

    async def apply(self, statements: Sequence[str]) -> None:
        """Execute schema statements one after the other, each agreed upon by all nodes."""
        await self._schema.apply(statements)


def _read_options(statement: Select[Any], size: int, start: bytes | None) -> Options:
    if statement.nearest is not None:  # the server neither pages these nor reads them at more than ONE
        return Options(True, True, None, None, statement.seconds)
    page, one = AGGREGATED if statement.aggregates else size, statement.level is Consistency.ONE
    return _first_page(one, page, statement.seconds) if start is None else Options(True, one, page, start, statement.seconds)


@lru_cache(1024)
def _first_page(one: bool, size: int, seconds: float | None) -> Options:
    return Options(True, one, size, None, seconds)


def _token(state: bytes, key: Hashable) -> bytes:
    """A paging state with a checksum over it and the statement's shape: a server closes the connection over a state that is none."""
    return _checksum(state, key) + state


def _page_state(token: bytes, key: Hashable) -> bytes:
    state = token[CHECKSUM:]
    if token[:CHECKSUM] != _checksum(state, key):
        raise InvalidRequest("Invalid value for the paging state")
    return state


def _checksum(state: bytes, key: Hashable) -> bytes:
    return blake2b(state + repr(key).encode(), digest_size=CHECKSUM).digest()


def _outcome(answer: Answer, *shapes: Prepared) -> Outcome:
    """What a lightweight transaction says."""
    if not answer.rows:
        return Outcome(True)
    row = answer.rows[0]
    if row.pop("[applied]"):
        return Outcome(True)
    converters = {name: convert for prepared in shapes for name, convert in prepared.converters}
    collections = {name for prepared in shapes for name in prepared.collections}
    return Outcome(
        False,
        {
            name: converters[name](value) if value is not None and name in converters else value
            for name, value in row.items()
            if not (value is None and name in collections)
        },
    )
