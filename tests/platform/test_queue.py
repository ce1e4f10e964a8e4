"""The queue: one owner an item, order, retries, cancellation, on both databases."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.platform import queue
from argus.platform.kinds import handler
from argus.platform.stops import Permanent, WorkCancelled
from argus.platform.tables import WorkItem
from argus.platform.work import Work
from argus.runtime import Runtime
from tests.platform.queueing import becomes, claimed, handled, item_of, make_due, put, working

pytestmark = pytest.mark.anyio


async def test_an_item_that_was_not_committed_is_none(runtime: Runtime, database: Database) -> None:
    seen = handled()
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await queue.put(session, "test.kind", {})
            raise RuntimeError
    kept = await put(database)
    async with working(runtime, database):
        await becomes(database, kept, "done")
    assert [work.id for work in seen] == [kept]


async def test_a_kind_that_nobody_handles_cannot_be_put(database: Database) -> None:
    with pytest.raises(LookupError, match="nobody handles"):
        await put(database, "test.unknown")


async def test_a_commit_wakes_those_who_work(runtime: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus.platform.watch.LOOKED_EVERY", 3600)
    handled()
    async with working(runtime, database):
        await asyncio.sleep(0.1)
        began = time.monotonic()
        item = await becomes(database, await put(database), "done")
    assert time.monotonic() - began < 2
    assert item.attempts == 1


async def test_an_item_has_one_owner_however_many_claim(database: Database) -> None:
    handled()
    ids = {await put(database) for _ in range(6)}
    taken = [item.id for item in await asyncio.gather(*(claimed(database, f"owner {n}") for n in range(20))) if item]
    assert sorted(taken) == sorted(ids)


async def test_an_item_that_somebody_has_is_taken_by_nobody_else_who_knows_its_id(database: Database) -> None:
    """As workers of Celery do, to whom a message may come twice."""
    handled()
    item_id = await put(database)
    for owner, taken in (("first", True), ("second", False)):
        async with database.transaction() as session:
            assert (await queue.claim_one(session, owner, item_id) is not None) is taken
    item = await item_of(database, item_id)
    assert (item.lease_owner, item.attempts) == ("first", 1)


async def test_what_waits_longest_comes_first_and_nothing_before_its_time(database: Database) -> None:
    handled()
    late = await put(database, not_before=moment() + timedelta(hours=1))
    first, second = await put(database), await put(database)
    order = [(await claimed(database)), (await claimed(database)), (await claimed(database))]
    assert [item.id if item else None for item in order] == [first, second, None]
    assert (await item_of(database, late)).state == "queued"


async def test_an_error_is_tried_again_later_and_in_the_end_it_failed(runtime: Runtime, database: Database) -> None:
    ended: list[tuple[str, str, Any]] = []

    async def fail(work: Work) -> None:
        raise RuntimeError("no luck")

    async def on_end(session: AsyncSession, item: WorkItem, outcome: str, error: Any) -> None:
        assert session.in_transaction()
        ended.append((item.id, outcome, error["code"]))

    seen = handled(fail, max_attempts=3, ended=on_end)
    item_id = await put(database)
    async with working(runtime, database):
        for attempt, wait in ((1, 5), (2, 30)):
            while (item := await item_of(database, item_id)).attempts < attempt or item.state != "queued":
                await asyncio.sleep(0.02)
            left = (item.not_before - moment()).total_seconds()
            assert wait * 0.8 - 1 <= left <= wait * 1.2, "5 and 30 seconds, give or take a fifth"
            assert item.error == {"code": "RuntimeError", "message": "no luck"}
            await make_due(database, not_before=moment())
        item = await becomes(database, item_id, "failed")
    assert len(seen) == item.attempts == 3
    assert ended == [(item_id, "failed", "RuntimeError")]


async def test_what_would_fail_again_is_not_tried_again(runtime: Runtime, database: Database) -> None:
    async def refuse(work: Work) -> None:
        raise Permanent("bad_file", "nobody can read it")

    handled(refuse)
    item_id = await put(database)
    async with working(runtime, database):
        item = await becomes(database, item_id, "failed")
    assert (item.attempts, item.error) == (1, {"code": "bad_file", "message": "nobody can read it"})


async def test_a_handler_that_takes_too_long_ends_in_a_named_error(runtime: Runtime, database: Database) -> None:
    async def hang(work: Work) -> None:
        await asyncio.sleep(3600)

    handled(hang, soft_seconds=0.2)
    item_id = await put(database)
    async with working(runtime, database):
        item = await becomes(database, item_id, "failed")
    assert item.error is not None
    assert item.error["code"] == "time_limit"


async def test_a_cancelled_item_that_waits_is_never_begun(runtime: Runtime, database: Database) -> None:
    seen = handled()
    item_id = await put(database)
    async with database.transaction() as session:
        assert await queue.cancel(session, item_id) == "cancelled"
    async with working(runtime, database):
        await asyncio.sleep(0.3)
    assert seen == []
    async with database.transaction() as session:
        assert await queue.cancel(session, item_id) == "finished"
        assert await queue.cancel(session, "01ARZ3NDEKTSV4RRFFQ69G5FAV") == "unknown"


async def test_a_running_handler_sees_the_cancellation_and_cannot_complete(runtime: Runtime, database: Database) -> None:
    began = asyncio.Event()

    async def patient(work: Work) -> None:
        began.set()
        await work.stop.wait()
        with pytest.raises(WorkCancelled):
            async with work.completing():
                pytest.fail("what is cancelled completes nothing")
        await work.checkpoint()

    handled(patient)
    async with working(runtime, database):
        item_id = await put(database)
        await began.wait()
        async with database.transaction() as session:
            assert await queue.cancel(session, item_id) == "requested"
        asked = time.monotonic()
        await becomes(database, item_id, "cancelled")
        assert time.monotonic() - asked < 2.5


async def test_another_process_cancels_within_two_seconds(runtime: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    began = asyncio.Event()

    async def patient(work: Work) -> None:
        began.set()
        await work.stop.wait()
        await work.checkpoint()

    handled(patient)
    async with working(runtime, database):
        item_id = await put(database)
        await began.wait()
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(queue, "_wakers", [])  # the other process wakes nobody here
            async with database.transaction() as session:
                await queue.cancel(session, item_id)
        asked = time.monotonic()
        await becomes(database, item_id, "cancelled")
        assert time.monotonic() - asked < 4


async def test_one_queue_never_waits_behind_another(runtime: Runtime, database: Database) -> None:
    release = asyncio.Event()

    @handler("test.long", queue="import")
    async def _long(work: Work) -> None:
        await release.wait()

    handled(queue="validation")
    async with working(runtime, database, concurrency=1):
        long = [await put(database, "test.long") for _ in range(3)]
        await becomes(database, long[0], "leased")
        await becomes(database, await put(database), "done")
        assert sorted([(await item_of(database, each)).state for each in long]) == ["leased", "queued", "queued"]
        release.set()
        for each in long:
            await becomes(database, each, "done")


async def test_a_failed_item_can_be_put_back(runtime: Runtime, database: Database) -> None:
    calls = 0

    async def once(work: Work) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise Permanent("x", "the first time it fails")

    handled(once)
    item_id = await put(database)
    async with working(runtime, database):
        await becomes(database, item_id, "failed")
        async with database.transaction() as session:
            assert await queue.requeue(session, item_id)
        await becomes(database, item_id, "done")
        async with database.transaction() as session:
            assert not await queue.requeue(session, item_id)


async def test_the_claim_uses_an_index(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("the planner of PostgreSQL scans small tables")
    plan = (
        "EXPLAIN QUERY PLAN SELECT id FROM work_item WHERE queue IN ('default') AND state = 'queued' AND not_before <= 'x' "
        "ORDER BY not_before, id LIMIT 1"
    )
    async with database.reading() as session:
        steps = [row[-1] for row in await session.execute(text(plan))]
    assert any("USING COVERING INDEX ix_work_item_queue_state_not_before_id" in step for step in steps), steps
