"""A cluster: acsylla's rows, documents through our engine, and scylla-driver in threads, as programs with synchronous views use it."""

from __future__ import annotations

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import acsylla
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.query import dict_factory

from argus.models import ALL_MODELS, ALL_TYPES
from argus.models.user import User
from argus.plugins.sct.model import TYPES, SCTTestRun
from argus.storage.cql import open_cql
from argus.storage.cql.driver import Options
from argus.storage.cql.engine import CqlEngine
from argus.storage.cql.render import raw_values, shape
from argus.storage.documents import builder
from argus.storage.statements import insert, select
from argus.storage.store import Store
from bench.storage.measure import OF_A_CLUSTER, PARTITION, Operation, Subject, a_run, a_user, document_subject

THREADS = 20
KEYSPACE = "argus_bench"
FIELDS = "id, username, full_name, password, email, registration_date, roles, picture_id, api_token, service_user"
RUN_FIELDS = ", ".join(f'"{name}"' for name in SCTTestRun.__table__.columns)
NEW_USER = f"INSERT INTO {KEYSPACE}.user ({FIELDS}) VALUES ({', '.join('?' * len(FIELDS.split(',')))})"
ONE_USER = f"SELECT {FIELDS} FROM {KEYSPACE}.user WHERE id = ?"
RUNS = f"SELECT {RUN_FIELDS} FROM {KEYSPACE}.sct_test_run WHERE build_id = ?"


async def subjects(place: str) -> list[Subject]:
    """Measured on keyspaces of their own, made here and dropped by the last subject's `close`."""
    host, _, port = place.rpartition(":")
    profile = ExecutionProfile(consistency_level=ConsistencyLevel.QUORUM, row_factory=dict_factory)
    cluster = Cluster([host], port=int(port), execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    session = await asyncio.to_thread(cluster.connect)
    for keyspace in (KEYSPACE, f"{KEYSPACE}_tablets"):
        await asyncio.to_thread(session.execute, f"DROP KEYSPACE IF EXISTS {keyspace}", timeout=60)
        text = f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        await asyncio.to_thread(session.execute, text)
    store = Store(_engine(host, int(port)))
    await store.engine.apply(await store.engine.schema([*ALL_MODELS, SCTTestRun], [*ALL_TYPES, *TYPES]))
    await store.start()
    build, users = f"raw-{uuid4()}", [a_user() for _ in range(1000)]
    for user in users:
        await store.save(user)
    for number in range(PARTITION):
        await store.save(a_run(build, number))
    keys = [user.id for user in users]
    return [
        await _acsylla(host, int(port), keys, build),
        await document_subject("acsylla: documents", store, OF_A_CLUSTER),
        await _threads(cluster, session, keys, build),
    ]


def _values() -> list[Any]:
    user = a_user()
    return [getattr(user, name.strip()) for name in FIELDS.split(",")]


async def _acsylla(host: str, port: int, keys: list[Any], build: str) -> Subject:
    """The driver alone: rows as dicts, whole partitions in pages of 500."""
    cluster = acsylla.create_cluster([host], port=port, consistency=acsylla.Consistency.QUORUM, log_level="disabled")
    session = await cluster.create_session()
    one, new, runs = [await session.create_prepared(text) for text in (ONE_USER, NEW_USER, RUNS)]
    turn = iter(range(1 << 60))

    async def execute(prepared: Any, values: list[Any]) -> list[dict[str, Any]]:
        statement = prepared.bind()
        statement.bind_list(values)
        statement.set_page_size(PARTITION)
        return [row.as_dict() for row in await session.execute(statement)]

    operations: dict[str, Operation] = {
        "point read": lambda: execute(one, [keys[next(turn) % len(keys)]]),
        "insert": lambda: execute(new, _values()),
        "500-row partition": lambda: execute(runs, [build]),
    }
    return Subject("acsylla: rows", operations, session.close, OF_A_CLUSTER)


async def _threads(cluster: Any, session: Any, keys: list[Any], build: str) -> Subject:
    pool = ThreadPoolExecutor(THREADS)
    one, new, runs = [await asyncio.to_thread(session.prepare, text) for text in (ONE_USER, NEW_USER, RUNS)]
    turn = iter(range(1 << 60))

    def execute(prepared: Any, values: list[Any]) -> list[dict[str, Any]]:
        return list(session.execute(prepared, values) or ())

    async def in_thread(prepared: Any, values: list[Any]) -> list[dict[str, Any]]:
        return await asyncio.get_running_loop().run_in_executor(pool, execute, prepared, values)

    async def close() -> None:
        for keyspace in (KEYSPACE, f"{KEYSPACE}_tablets"):
            await asyncio.to_thread(session.execute, f"DROP KEYSPACE {keyspace}", timeout=60)
        pool.shutdown()
        await asyncio.to_thread(cluster.shutdown)

    operations: dict[str, Operation] = {
        "point read": lambda: in_thread(one, [keys[next(turn) % len(keys)]]),
        "insert": lambda: in_thread(new, _values()),
        "500-row partition": lambda: in_thread(runs, [build]),
    }
    return Subject(f"scylla-driver: rows, {THREADS} threads", operations, close, OF_A_CLUSTER)


def _engine(host: str, port: int) -> CqlEngine:
    return open_cql([host], port, KEYSPACE, tablets_keyspace=f"{KEYSPACE}_tablets", driver="acsylla")


async def costs(place: str) -> dict[str, float]:
    """Processor time in µs that a document costs beyond acsylla's row (a dict), by table: canonical values, then the model."""
    host, _, port = place.rpartition(":")
    engine = _engine(host, int(port))
    await engine.start()
    found = {}
    user, run = a_user(), a_run(f"cost-{uuid4()}", 1)
    for row, statement in ((user, select(User).where(id=user.id)), (run, select(SCTTestRun).where(build_id=run.build_id))):
        await engine.write(insert(row))
        prepared, answer = await engine._run(shape(statement), statement, raw_values(statement), Options())
        [raw] = answer.rows
        build, times = builder(type(row)), []
        assert build(prepared.decode(dict(raw))) == row
        for _ in range(10):
            copies = [dict(raw) for _ in range(1000)]
            start = time.thread_time()
            for copy in copies:
                build(prepared.decode(copy))
            times.append((time.thread_time() - start) * 1000)
        found[type(row).__table__.name] = statistics.median(times)
    await engine.close()
    return found
