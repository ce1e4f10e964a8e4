"""What is told as failed has not happened: deadlines, callers who leave, and a file that is not what it was (embedded engine)."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.storage.errors import NoHostAvailable, OperationTimedOut, Overloaded
from argus.storage.sqlite import SqliteEngine
from argus.storage.sqlite.threads import Task
from argus.storage.statements import select
from argus.storage.store import Store
from tests.storage.tables import MODELS, Person
from tests.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(SqliteEngine(tmp_path / "argus.db", MODELS, bound=5))
    await store.start()
    yield store
    await store.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another program writes to the file."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    token = deadline.current.set(Deadline(seconds))
    yield
    deadline.current.reset(token)


async def names(store: Store) -> set[str | None]:
    return {person.name async for person in store.rows(select(Person))}


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Slow:
    """A write that stays in the middle until it is let go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, db: sqlite3.Connection) -> None:
        db.execute('UPDATE "suite_person" SET "name" = ?', [self.name])
        self.begun.set()
        self.go.wait(10)


async def writer_of(store: Store) -> Any:
    engine = store.engine
    assert isinstance(engine, SqliteEngine)
    return (await engine._threads())[1]


async def test_what_a_caller_took_back_while_the_file_was_locked_is_never_written(store: Store, tmp_path: Path) -> None:
    writer = await writer_of(store)
    with locked(tmp_path / "argus.db"):
        first = asyncio.create_task(store.save(Person(name="in the thread")))
        await until(lambda: writer._waiting == 1 and writer._queue.empty())
        second = asyncio.create_task(store.save(Person(name="in the queue")))
        await until(lambda: writer._waiting == 2)
        await cancelled(first)
        await cancelled(second)
    await store.save(Person(name="later"))
    assert await names(store) == {"later"}


async def test_what_was_taken_back_keeps_its_place_until_the_thread_has_seen_it(store: Store) -> None:
    writer, slow = await writer_of(store), Slow("slow")
    busy = asyncio.create_task(writer.run(slow))
    await asyncio.to_thread(slow.begun.wait, 10)
    for _ in range(4):
        task = asyncio.create_task(store.save(Person(name="gone")))
        await asyncio.sleep(0)
        await cancelled(task)
    with pytest.raises(Overloaded):
        await store.save(Person(name="too much"))
    slow.go.set()
    await busy
    await until(lambda: writer._waiting == 0)
    await store.save(Person(name="later"))
    assert await names(store) == {"later"}


async def test_a_job_that_is_taken_back_while_it_runs_is_undone_and_its_neighbours_are_written_once(store: Store) -> None:
    await store.save(Person(name="before"))
    writer, slow = await writer_of(store), Slow("by who left")
    leaver = asyncio.create_task(writer.run(slow))
    await asyncio.to_thread(slow.begun.wait, 10)
    neighbour = asyncio.create_task(store.save(Person(name="neighbour")))
    await asyncio.sleep(0)
    await cancelled(leaver)
    slow.go.set()
    await neighbour
    assert sorted(str(name) for name in await names(store)) == ["before", "neighbour"]


async def test_a_commit_that_has_begun_is_told_as_what_it_becomes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    committing, go, claim = threading.Event(), threading.Event(), Task.claim

    def held(task: Task) -> bool:
        claimed = claim(task)
        committing.set()
        go.wait(10)
        return claimed

    monkeypatch.setattr(Task, "claim", held)
    with within(0.05):
        saving = asyncio.create_task(store.save(Person(name="just in time")))
    await asyncio.to_thread(committing.wait, 10)
    await asyncio.sleep(0.05)  # until the deadline has passed
    saving.cancel()
    await asyncio.sleep(0.05)
    assert not saving.done(), "nobody knows yet what becomes of it"
    go.set()
    await saving
    assert await names(store) == {"just in time"}


async def test_nothing_is_begun_for_a_request_whose_time_is_over(store: Store) -> None:
    with within(-1):
        with pytest.raises(OperationTimedOut):
            await store.save(Person(name="late"))
        with pytest.raises(OperationTimedOut):
            await store.all(select(Person))
        with deadline.lifted():
            assert await names(store) == set()


async def test_a_read_is_stopped_at_the_deadline_of_its_request(store: Store) -> None:
    engine = store.engine
    assert isinstance(engine, SqliteEngine)
    readers = (await engine._threads())[0]
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    began = time.monotonic()
    with within(0.2), pytest.raises(OperationTimedOut):
        await readers.run((endless, []))
    assert time.monotonic() - began < 5


async def test_a_read_that_nobody_waits_for_gives_its_thread_back(store: Store) -> None:
    engine = store.engine
    assert isinstance(engine, SqliteEngine)
    readers = (await engine._threads())[0]
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    for _ in range(2):  # as many as there are threads
        reading = asyncio.create_task(readers.run((endless, []), 60.0))
        await until(readers._queue.empty)
        await cancelled(reading)
    assert await asyncio.wait_for(names(store), 5) == set()


async def test_nothing_is_written_to_a_file_that_was_moved_away(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    await store.save(Person(name="before"))
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(NoHostAvailable, match="not there any more"):
        await store.save(Person(name="lost"))
    with pytest.raises(NoHostAvailable):
        await store.ping()
    path.write_bytes(b"")
    with pytest.raises(NoHostAvailable, match="moved or replaced"):
        await store.save(Person(name="lost"))
    path.unlink()
    (tmp_path / "elsewhere").rename(path)
    await store.ping()
    await store.save(Person(name="after"))
    assert await names(store) == {"before", "after"}


async def test_a_locked_file_does_not_answer_the_ping(store: Store, tmp_path: Path) -> None:
    with locked(tmp_path / "argus.db"), pytest.raises(TimeoutError):
        await asyncio.wait_for(store.ping(), 0.2)
    await store.ping()


async def test_a_full_disk_does_not_serve(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=1000))
    with pytest.raises(NoHostAvailable, match="full"):
        await store.ping()


async def test_the_ping_writes(store: Store) -> None:
    writer = await writer_of(store)

    def only_read(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA query_only = ON")

    await writer.run(only_read)
    with pytest.raises(NoHostAvailable):
        await store.ping()
