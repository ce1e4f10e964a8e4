"""scylla-driver as the query driver, where acsylla has no wheel. Slower by a factor, right all the same.

It is a driver of threads: everything that may wait runs in two threads of its own, answers come back to the loop by callback.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import cassandra.auth
import cassandra.cluster
import cassandra.policies
import cassandra.query
from cassandra import ConsistencyLevel

from argus.kit.ending import end
from argus.storage.cql.driver import Answer, Decoder, Options, Target
from argus.storage.cql.render import Encoder
from argus.storage.scalars import Bind
from argus.storage.types import COLLECTIONS, CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, UdtOf

auth: Any = cassandra.auth  # the driver has no types
cluster: Any = cassandra.cluster
policies: Any = cassandra.policies
query: Any = cassandra.query
_DEFAULT: Any = object()
POLL = 1.0  # seconds between two looks at the schema's version


def new_cluster(target: Target, **options: Any) -> Any:
    """A `Cluster` of scylla-driver; `connect` it in a thread."""
    local = policies.RoundRobinPolicy() if target.datacenter is None else policies.DCAwareRoundRobinPolicy(target.datacenter)
    profile = cluster.ExecutionProfile(
        load_balancing_policy=policies.TokenAwarePolicy(local),
        consistency_level=ConsistencyLevel.QUORUM,
        serial_consistency_level=ConsistencyLevel.SERIAL,
        request_timeout=target.request_timeout,
        row_factory=query.dict_factory,
        speculative_execution_policy=policies.ConstantSpeculativeExecutionPolicy(target.speculate_after, 1),
    )
    return cluster.Cluster(
        list(target.hosts),
        port=target.port,
        auth_provider=None if target.username is None else auth.PlainTextAuthProvider(target.username, target.password),
        ssl_context=target.tls and target.tls.context(),
        connect_timeout=target.connect_timeout,
        control_connection_timeout=target.connect_timeout,
        reconnection_policy=policies.ConstantReconnectionPolicy(target.reconnect_wait, max_attempts=None),
        execution_profiles={cluster.EXEC_PROFILE_DEFAULT: profile},
        **options,
    )


class ScyllaDriver:
    """One session; the loop that connected it gets the answers."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.encoder: Encoder = _encoder
        self.decoder: Decoder = _decoder
        self._cluster: Any = None
        self._session: Any = None
        self._threads: ThreadPoolExecutor | None = None
        self._version: Hashable = None
        self._watch: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="scylla-driver")
        try:
            await self._in_thread(self._connect)
        except BaseException:
            await self.close()
            raise
        self._version = await self._look()
        self._watch = asyncio.create_task(self._follow())

    def _connect(self) -> None:
        self._cluster = new_cluster(self.target)
        self._session = self._cluster.connect()

    async def close(self) -> None:
        if self._watch is not None:
            await end(self._watch)
            self._watch = None
        if self._threads is not None:
            if self._cluster is not None:
                await self._in_thread(self._cluster.shutdown)
                self._cluster = self._session = None
            self._threads.shutdown(wait=False)
            self._threads = None

    async def prepare(self, text: str) -> Any:
        return await self._in_thread(self._session.prepare, text)

    async def run(self, prepared: Any, values: Sequence[Any], options: Options) -> Answer:
        statement = prepared.bind(values)
        statement.is_idempotent = options.idempotent
        if options.one:
            statement.consistency_level = ConsistencyLevel.ONE
        statement.fetch_size = options.page_size or 0
        seconds = _DEFAULT if options.seconds is None else options.seconds
        return await self._execute(statement, seconds, options.page_state)

    async def run_batch(self, parts: Sequence[tuple[Any, Sequence[Any]]], options: Options, *, logged: bool) -> Answer:
        batch = query.BatchStatement(query.BatchType.LOGGED if logged else query.BatchType.UNLOGGED)
        for prepared, values in parts:
            batch.add(prepared.bind(values))
        batch.is_idempotent = options.idempotent
        return await self._execute(batch, _DEFAULT if options.seconds is None else options.seconds, None)

    async def _execute(self, statement: Any, seconds: Any, page_state: bytes | None) -> Answer:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()

        def settle(rows: Any, error: BaseException | None, state: bytes | None) -> None:
            if answer.done():
                return  # the caller was cancelled
            if error is None:
                answer.set_result(Answer(list(rows or ()), state))
            else:
                answer.set_exception(error)

        def tell(rows: Any, error: BaseException | None, state: bytes | None) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(settle, rows, error, state)

        def send() -> None:
            given = {} if seconds is _DEFAULT else {"timeout": seconds}
            future = self._session.execute_async(statement, paging_state=page_state, **given)
            future.add_callbacks(lambda rows: tell(rows, None, future._paging_state), lambda error: tell(None, error, None))

        await self._in_thread(send)  # it waits where a connection has no free stream
        return await answer

    def schema_version(self) -> Hashable:
        """What the last poll of the server's schema version said."""
        return self._version

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            with contextlib.suppress(Exception):  # the database is away; statements say so
                self._version = await self._look()

    async def _look(self) -> Hashable:
        rows = await self._in_thread(self._session.execute, "SELECT schema_version FROM system.local")
        version: Hashable = rows.one()["schema_version"]
        return version

    async def _in_thread(self, call: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)


# -- values ----------------------------------------------------------------------------------------------------------------------------


class _Fields:
    """A user-defined type's value as the driver takes one: by attribute; what is not named is null."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        return self._values.get(name)


@cache
def _encoder(kind: CqlType) -> Bind | None:
    match kind:
        case ListOf(item) | SetOf(item):
            one = _encoder(item)
            return one and (lambda value: [one(v) for v in value])
        case MapOf(key, item):
            first, second = _encoder(key), _encoder(item)
            if first is None and second is None:
                return None
            return lambda value: {first(k) if first else k: second(v) if second else v for k, v in value.items()}
        case TupleOf(items):
            parts = [_encoder(item) for item in items]
            if not any(parts):
                return None
            return lambda value: tuple([v if v is None or part is None else part(v) for part, v in zip(parts, value, strict=True)])
        case UdtOf(model):
            found = {name: part for name, field in model.fields_of().items() if (part := _encoder(field)) is not None}
            return lambda value: _Fields({k: found[k](v) if k in found and v is not None else v for k, v in value.items()})
    return None


def _whole_milliseconds(value: datetime) -> datetime:
    """The driver computes in floats, which err by microseconds far from 1970."""
    extra = (value.microsecond + 500) % 1000 - 500
    return value - timedelta(microseconds=extra) if extra else value


def _converted(kind: CqlType) -> Bind:
    return _decoder(kind) or (lambda value: value)


@cache
def _decoder(kind: CqlType) -> Bind | None:
    match kind:
        case Scalar("timestamp"):
            return _whole_milliseconds
        case Scalar("date"):
            return lambda value: value.date()
        case Scalar("time"):
            return lambda value: value.time()
        case ListOf(item):
            one = _converted(item)
            return lambda value: [one(v) for v in value]
        case SetOf(item):
            one = _converted(item)
            return lambda value: {one(v) for v in value}
        case MapOf(key, item):
            first, second = _converted(key), _converted(item)
            return lambda value: {first(k): second(v) for k, v in value.items()}
        case TupleOf(items):
            parts = [_converted(item) for item in items]
            return lambda value: tuple([v if v is None else part(v) for part, v in zip(parts, value, strict=True)])
        case UdtOf(model):
            fields = {name: _converted(field) for name, field in model.fields_of().items()}
            collections = {name for name, field in model.fields_of().items() if isinstance(field, COLLECTIONS)}
            return lambda value: {
                name: None if v is None else fields[name](v) if name in fields else v
                for name, v in value._asdict().items()
                if not (v is None and name in collections)
            }
    return None
