"""What is measured, and how: rates of three operations, and the processor time that a document costs."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from argus.models.user import User
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.types import PackageVersion
from argus.storage.engine import Engine
from argus.storage.statements import insert, select
from argus.storage.store import Store

CALLERS = 16
OF_A_CLUSTER = 64  # callers there: more than scylla-driver has threads, as a server has more requests
SECONDS = 0.5  # of one measurement
PARTITION = 500  # rows
Operation = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Subject:
    """One way of reaching a database.

    Attributes:
        name: what the report calls it.
        operations: name (`point read`, `insert`, `500-row partition`) → one operation.
        close: releases what it holds.
        callers: how many ask at once.
    """

    name: str
    operations: dict[str, Operation]
    close: Callable[[], Awaitable[None]]
    callers: int = CALLERS
    rates: dict[str, list[Rate]] = field(default_factory=dict)


class Rate(NamedTuple):
    """Operations a second, and this process's processor time of one in µs: the second one a busy machine changes little."""

    a_second: float
    processor: float


async def rate(operation: Operation, callers: int, seconds: float) -> Rate:
    """The rate of so many concurrent callers."""
    until = time.perf_counter() + seconds
    count = 0

    async def caller() -> None:
        nonlocal count
        while time.perf_counter() < until:
            await operation()
            count += 1

    start, processor = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return Rate(count / (time.perf_counter() - start), (time.process_time() - processor) / count * 1e6)


async def rounds(subjects: Sequence[Subject], count: int, seconds: float = SECONDS) -> None:
    """Measure every subject in turn, again and again, so that a busy moment of the machine meets all of them."""
    for subject in subjects:
        for operation in subject.operations.values():
            await operation()  # prepared, compiled, connected
    for _ in range(count):
        for subject in subjects:
            for name, operation in subject.operations.items():
                callers = 1 if "partition" in name else subject.callers
                subject.rates.setdefault(name, []).append(await rate(operation, callers, seconds))


def report(subjects: Sequence[Subject]) -> str:
    """The medians as a table."""
    names = list(dict.fromkeys(name for subject in subjects for name in subject.operations))
    lines = [f"{'':32}" + "".join(f"{name:>26}" for name in names)]
    for subject in subjects:
        cells = [_cell(subject.rates[name]) if name in subject.rates else "-" for name in names]
        lines.append(f"{subject.name:32}" + "".join(f"{cell:>26}" for cell in cells))
    return "\n".join(lines)


def _cell(rates: Sequence[Rate]) -> str:
    a_second, processor = (statistics.median(values) for values in zip(*rates, strict=True))
    return f"{a_second:,.0f}/s {processor:8,.0f} µs"


# -- documents -------------------------------------------------------------------------------------------------------------------------


def a_user() -> User:
    return User(
        username=f"user-{uuid4()}",
        full_name="Ada Lovelace",
        password="scrypt:32768:8:1$" + "x" * 150,
        email="ada@example.com",
        registration_date=datetime(2024, 1, 2, 3, 4, 5, 678000),
        roles=["ROLE_USER", "ROLE_ADMIN"],
        picture_id=uuid4(),
        api_token="t" * 64,
    )


def a_run(build_id: str, number: int) -> SCTTestRun:
    """A row with 55 columns, most of them set, as a finished longevity run has them."""
    package = PackageVersion(
        name="scylla-server", version="6.2.1", date="20240102", revision_id="abcdef012345", build_id="0123456789abcdef"
    )
    values: dict[str, Any] = {}
    for name, column in SCTTestRun.__table__.columns.items():
        sample: dict[str, Any] = {"text": f"some {name}", "ascii": name, "int": number, "float": 1.5, "double": 2.5}
        sample |= {"uuid": UUID(int=hash(name) % (1 << 60) << 64 | 0x4000 << 64 | 1 << 63), "timestamp": datetime(2024, 5, 6, 7, 8, 9)}
        if str(column.type) in sample:
            values[name] = sample[str(column.type)]
    values |= {"build_id": build_id, "start_time": datetime(2024, 1, 1) + timedelta(minutes=number), "id": uuid4()}
    values |= {"packages": [package] * 5, "config_files": ["a.yaml", "b.yaml"], "logs": [("name", "http://example.com/log")] * 3}
    values |= {"nemesis_stats": {"total": 5, "succeeded": 5}, "screenshots": ["http://example.com/picture"] * 2}
    return SCTTestRun(**values)


async def document_subject(name: str, store: Store, callers: int = CALLERS) -> Subject:
    """Documents through a started store: users by key, new users, and a partition of runs."""
    users = [a_user() for _ in range(1000)]
    for user in users:
        await store.save(user)
    build = f"bench-{uuid4()}"
    for number in range(PARTITION):
        await store.save(a_run(build, number))
    turn = iter(range(1 << 60))

    async def point_read() -> object:
        return await store.get(User, id=users[next(turn) % 1000].id)

    async def new_user() -> object:
        return await store.save(a_user())

    async def partition() -> object:
        rows = await store.all(select(SCTTestRun).where(build_id=build))
        assert len(rows) == PARTITION
        return rows

    operations: dict[str, Operation] = {"point read": point_read, "insert": new_user, "500-row partition": partition}
    return Subject(name, operations, store.close, callers)


async def document_costs(engine: Engine) -> dict[str, float]:
    """Processor time in µs that a document costs beyond the engine's row, by table."""
    from argus.storage.documents import builder

    costs = {}
    user, run = a_user(), a_run(f"cost-{uuid4()}", 1)
    for row, statement in (
        (user, select(User).where(id=user.id)),
        (run, select(SCTTestRun).where(build_id=run.build_id)),
    ):
        await engine.write(insert(row))
        [raw] = (await engine.read(statement, 10, None)).rows
        build = builder(type(row))
        assert build(raw) == row
        times = []
        for _ in range(10):
            start = time.thread_time()
            for _ in range(1000):
                build(raw)
            times.append((time.thread_time() - start) * 1000)
        costs[type(row).__table__.name] = statistics.median(times)
    return costs
