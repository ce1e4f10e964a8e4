"""Sessions: all or nothing, who waits for whom, what follows a commit, and times."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, StatementError

from argus.db.base import moment
from argus.db.database import Database
from argus.db.revisions import upgrade
from argus.db.session import after_commit
from argus.kit.ulids import is_ulid, new_ulid
from argus.platform.tables import FileObject, WorkItem

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(upgrade, url)
    database = Database(url)
    yield database
    await database.close()


def item(name: str = "test.nothing") -> WorkItem:
    return WorkItem(queue="default", kind=name, payload={"ä": [1, None, "\u2028"]}, max_attempts=3)


async def rows(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(WorkItem)) or 0


async def test_what_raises_writes_nothing_and_what_returns_writes_everything(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            session.add(item())
            await session.flush()
            raise RuntimeError
    assert await rows(database) == 0
    async with database.transaction() as session:
        session.add_all([item(), item()])
    assert await rows(database) == 2


async def test_what_follows_a_commit_follows_only_a_commit(database: Database) -> None:
    told: list[str] = []

    def fails() -> None:
        raise ValueError("nobody is harmed")

    async with database.transaction() as session:
        session.add(item())
        after_commit(session, lambda: told.append("first"))
        after_commit(session, fails)
        after_commit(session, lambda: told.append("second"))
        assert told == []
    assert told == ["first", "second"]
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            session.add(item())
            await session.flush()
            after_commit(session, lambda: told.append("never"))
            raise RuntimeError
    assert told == ["first", "second"]


async def test_what_was_to_follow_what_is_taken_back_follows_no_later_commit(database: Database) -> None:
    told: list[str] = []
    async with database.writing_sessions() as session:
        session.add(item())
        await session.flush()
        after_commit(session, lambda: told.append("never"))
        await session.rollback()
        session.add(item())
        after_commit(session, lambda: told.append("of what is there"))
        await session.commit()
    assert told == ["of what is there"]
    assert await rows(database) == 1


async def test_writers_of_one_process_take_turns_and_readers_wait_for_none(database: Database) -> None:
    inside = 0
    most = 0

    async def write() -> None:
        nonlocal inside, most
        async with database.transaction() as session:
            session.add(item())
            await session.flush()
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.02)
            inside -= 1

    writing = [asyncio.create_task(write()) for _ in range(5)]
    await asyncio.sleep(0.01)
    async with asyncio.timeout(1):
        assert await rows(database) < 5
    await asyncio.gather(*writing)
    assert await rows(database) == 5
    if database.is_sqlite:
        assert most == 1


async def test_a_reading_session_cannot_write(url: str, database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has one pool for both")
    with pytest.raises(OperationalError, match="readonly"):
        async with database.reading() as session:
            session.add(item())
            await session.flush()


async def test_a_caller_who_leaves_gives_the_one_writer_back(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as session:
            session.add(item())
            await session.flush()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        async with database.transaction() as session:
            session.add(item())
    assert await rows(database) == 1


async def test_times_have_a_zone_and_milliseconds_and_json_comes_back_as_it_went(database: Database) -> None:
    at = datetime(2026, 2, 3, 4, 5, 6, 789999, timezone(timedelta(hours=2)))
    async with database.transaction() as session:
        session.add(made := item())
        made.not_before = at
    async with database.reading() as session:
        found = await session.get_one(WorkItem, made.id)
    assert found.not_before == datetime(2026, 2, 3, 2, 5, 6, 789000, UTC)
    assert found.payload == {"ä": [1, None, "\u2028"]}
    assert abs(found.created_at - moment()) < timedelta(seconds=60)
    with pytest.raises(StatementError, match="without a zone"):
        async with database.transaction() as session:
            session.add(FileObject(sha256="0" * 64, byte_size=1, created_at=datetime(2026, 1, 1)))


async def test_large_numbers_fit(database: Database) -> None:
    async with database.transaction() as session:
        session.add(FileObject(sha256="1" * 64, byte_size=1 << 40))
    async with database.reading() as session:
        assert (await session.get_one(FileObject, "1" * 64)).byte_size == 1 << 40


def test_ids_rise_also_within_a_millisecond() -> None:
    ids = [new_ulid() for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5000
    assert all(map(is_ulid, ids))
    assert not is_ulid("01JZ")
