"""The queue: one owner an item, fences, retries, cancellation, what becomes of the items of the dead, on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.db.session import after_commit
from argus.platform import queue
from argus.platform.kinds import handler
from argus.platform.stops import Fenced, Permanent, WorkCancelled
from argus.platform.tables import WorkerHost, WorkItem
from argus.platform.work import Work
from argus.platform.worker import SeveralHosts, Workers
from argus.runtime import Runtime

pytestmark = pytest.mark.anyio
PATIENCE = 15.0  # seconds


async def put(database: Database, kind: str = "test.kind", **more: Any) -> str:
    async with database.transaction() as session:
        return (await queue.put(session, kind, {"n": 1}, **more)).id


async def item_of(database: Database, item_id: str) -> WorkItem:
    async with database.reading() as session:
        return await session.get_one(WorkItem, item_id)


async def becomes(database: Database, item_id: str, *states: str) -> WorkItem:
    """The item, once it is in one of these states."""
    until = time.monotonic() + PATIENCE
    while (item := await item_of(database, item_id)).state not in states:
        assert time.monotonic() < until, f"{item.state} {item.error}"
        await asyncio.sleep(0.02)
    return item


@asynccontextmanager
async def working(runtime: Runtime, database: Database, **more: Any) -> AsyncIterator[Workers]:
    workers = Workers(runtime, database, **more)
    await workers.start()
    try:
        yield workers
    finally:
        await workers.stop()


def handled(handle: Callable[[Work], Any] | None = None, **more: Any) -> list[Work]:
    """A handler for `test.kind`; gives the attempts that it saw."""
    seen: list[Work] = []

    @handler("test.kind", **more)
    async def _handle(work: Work) -> None:
        seen.append(work)
        if handle is not None:
            await handle(work)

    return seen


async def claimed(database: Database, owner: str = "me") -> WorkItem | None:
    async with database.transaction() as session:
        return await queue.claim(session, owner, ["default"])


async def make_due(database: Database, **values: Any) -> None:
    async with database.transaction() as session:
        await session.execute(update(WorkItem).values(**values))


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


async def test_whoever_lost_its_lease_writes_nothing_more(database: Database, runtime: Runtime) -> None:
    handled()
    item_id = await put(database)
    first = await claimed(database, "slow")
    assert first is not None
    await make_due(database, lease_until=moment() - timedelta(seconds=1))
    async with database.transaction() as session:
        assert await queue.sweep(session) == 1
    second = await claimed(database, "quick")
    assert second is not None
    assert second.attempts == 2
    slow, quick = Work(runtime, database, first), Work(runtime, database, second)
    with pytest.raises(Fenced):
        async with slow.transaction():
            pytest.fail("a fenced transaction runs nothing")
    with pytest.raises(Fenced):
        async with slow.completing():
            pytest.fail("nor does it complete")
    async with database.transaction() as session:
        assert not await queue.renew(session, item_id, first.attempts)
        assert not await queue.again(session, first, {"code": "x", "message": "x"})
        assert not await queue.give_back(session, first)
        assert not await queue.end(session, first, "failed", None)
    async with quick.completing():
        pass
    assert (await item_of(database, item_id)).state == "done"


async def test_an_item_whose_worker_died_three_times_failed_and_its_entity_is_told(database: Database) -> None:
    ended: list[Any] = []

    async def on_end(session: AsyncSession, item: WorkItem, outcome: str, error: Any) -> None:
        ended.append((outcome, error["code"]))

    handled(max_attempts=3, ended=on_end)
    item_id = await put(database)
    for _ in range(3):
        assert await claimed(database) is not None
        assert await claimed(database) is None, "a leased item is nobody else's"
        await make_due(database, lease_until=moment() - timedelta(seconds=1))
        async with database.transaction() as session:
            await queue.sweep(session)
    item = await item_of(database, item_id)
    assert (item.state, item.error and item.error["code"]) == ("failed", "worker_lost")
    assert ended == [("failed", "worker_lost")]


async def test_an_item_whose_entity_cannot_be_told_is_over_all_the_same_and_holds_up_no_other(database: Database) -> None:
    """What is told of it may rest on a payload that means nothing: the sweep would fail of it each time, and take nothing from the dead."""
    told: list[str] = []

    async def ended(session: AsyncSession, item: WorkItem, outcome: str, error: dict[str, Any] | None) -> None:
        if item.payload["n"] == 1:
            await session.execute(update(WorkItem).where(WorkItem.id == item.id).values(state="queued"))
            after_commit(session, lambda: told.append("of what was taken back"))
            raise KeyError("job_id")
        after_commit(session, lambda: told.append(item.id))

    handled(ended=ended, max_attempts=1)
    async with database.transaction() as session:
        ids = [(await queue.put(session, "test.kind", {"n": number})).id for number in (1, 2)]
    async with database.transaction() as session:
        await session.execute(update(WorkItem).values(state="leased", attempts=1, lease_until=moment() - timedelta(seconds=1)))
    async with database.transaction() as session:
        after_commit(session, lambda: told.append("before"))
        assert await queue.sweep(session) == 2
        assert told == [], "nothing follows before the commit"
    assert told == ["before", ids[1]]
    assert [(await item_of(database, item_id)).state for item_id in ids] == ["failed", "failed"]


async def test_a_worker_that_leaves_gives_back_what_it_could_not_end(
    runtime: Runtime, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus.platform.worker.LEAVING", 0.1)
    monkeypatch.setattr("argus.platform.worker.ENDING", 0.1)
    began = asyncio.Event()

    async def stubborn(work: Work) -> None:
        began.set()
        await asyncio.sleep(3600)

    handled(stubborn, max_attempts=1)
    item_id = await put(database)
    async with working(runtime, database):
        await began.wait()
    item = await item_of(database, item_id)
    assert (item.state, item.lease_owner) == ("queued", None)
    assert item.max_attempts == 2, "leaving is no attempt that failed"


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


async def test_several_hosts_need_the_other_engine(runtime: Runtime, database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("the file of SQLite is on one host")
    async with database.transaction() as session:
        session.add(WorkerHost(host="elsewhere", seen_at=moment()))
    with pytest.raises(SeveralHosts, match="elsewhere works on this database already: set QUEUE_ENGINE: celery"):
        await Workers(runtime, database).start()
    async with database.transaction() as session:
        await session.execute(update(WorkerHost).values(seen_at=moment() - timedelta(minutes=2)))
    async with working(runtime, database):
        pass


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


SCRIPT = """
import asyncio, sys
from argus.cli.worker import _embedded
from argus.platform.kinds import handler

@handler("test.kind")
async def slow(work):
    print("began", work.attempt, flush=True)
    if work.attempt == 1:
        await asyncio.sleep(3600)
    async with work.completing():
        pass

asyncio.run(_embedded(("default",), 1))
"""


async def test_after_kill_nine_the_item_is_done_once_by_the_next_one(
    url: str, runtime: Runtime, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled()
    item_id = await put(database)
    env = {
        "ARGUS_DATABASE_URL": url,
        "ARGUS_STORAGE": runtime.settings.storage_url,
        "ARGUS_DATA_DIR": str(tmp_path),
        "ARGUS_SECRET_KEY": "k" * 32,
    }
    env = {**os.environ, **env, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([sys.executable, "-c", SCRIPT], env=env, stdout=subprocess.PIPE)
    assert first.stdout is not None
    assert await asyncio.to_thread(first.stdout.readline) == b"began 1\n"
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert (await item_of(database, item_id)).state == "leased"
    await make_due(database, lease_until=moment())
    seen = handled()
    async with working(runtime, database):
        item = await becomes(database, item_id, "done")
    assert (item.attempts, len(seen)) == (2, 1)
