"""What becomes of the items of those who lost their lease, left or were killed, on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.db.session import after_commit
from argus.platform import queue
from argus.platform.stops import Fenced
from argus.platform.tables import WorkerHost, WorkItem
from argus.platform.work import Work
from argus.platform.worker import SeveralHosts, Workers
from argus.runtime import Runtime
from tests.platform.queueing import becomes, claimed, handled, item_of, make_due, put, working

pytestmark = pytest.mark.anyio


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
    with subprocess.Popen([sys.executable, "-c", SCRIPT], env=env, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert await asyncio.to_thread(first.stdout.readline) == b"began 1\n"
        first.send_signal(signal.SIGKILL)
    assert (await item_of(database, item_id)).state == "leased"
    await make_due(database, lease_until=moment())
    seen = handled()
    async with working(runtime, database):
        item = await becomes(database, item_id, "done")
    assert (item.attempts, len(seen)) == (2, 1)
