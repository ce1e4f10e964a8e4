"""The log in Redis: one order for all processes, and what is said when it is away, trimmed or another one than before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from argus.live import redis
from argus.live.hub import Hub
from argus.live.log import Published
from argus.live.message import RESYNC, Change
from argus.live.redis import RedisLog
from argus.storage.errors import OperationTimedOut
from tests.redis import redis_url  # noqa: F401

pytestmark = pytest.mark.anyio


@pytest.fixture
async def logs(redis_url: str) -> AsyncIterator[Callable[[], RedisLog]]:  # noqa: F811
    """Makes logs of processes of their own, in an empty Redis."""
    made: list[RedisLog] = []

    def make() -> RedisLog:
        made.append(RedisLog(redis_url))
        return made[-1]

    await make()._redis.flushdb()
    yield make
    for log in made:
        await log.close()


def change(n: int) -> list[Published]:
    return [Published("run:1", Change("run", {"n": n}))]


async def test_processes_tell_each_other_and_agree_on_one_order(logs: Callable[[], RedisLog]) -> None:
    hubs = [Hub(logs()) for _ in range(3)]
    async with hubs[0].subscribe(["run:1"]) as left, hubs[1].subscribe(["run:1"]) as right, asyncio.timeout(15):
        for n in range(60):
            hubs[n % 3].publish("run:1", Change("run", {"n": n}))
            if n % 10 == 9:
                await asyncio.sleep(0.03)
        got, other = [[await anext(each) for _ in range(60)] for each in (left, right)]
    assert [(m.seq, m.data["n"]) for m in got] == [(m.seq, m.data["n"]) for m in other]
    assert sorted(m.data["n"] for m in got) == list(range(60))
    async with hubs[2].subscribe(["run:1"], since=got[-3].seq) as late, asyncio.timeout(5):
        assert [(await anext(late)).seq for _ in range(2)] == [got[-2].seq, got[-1].seq]
    for each in hubs:
        await each.close()


async def test_all_who_begin_at_once_know_one_beginning(logs: Callable[[], RedisLog]) -> None:
    several = [logs() for _ in range(5)]
    found = await asyncio.gather(*(log.open() for log in several))
    last = {kept[-1].number for kept in found}
    await several[0].append(change(1))
    for log, kept in zip(several, found, strict=True):
        behind = await log.after(kept[-1].number)
        assert behind is not None, last
        assert behind[-1].entries == change(1)


async def test_batches_have_no_gap_and_are_read_in_slices(logs: Callable[[], RedisLog], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "SLICE", 7)
    log, other = logs(), logs()
    [begun] = await log.open()
    await asyncio.gather(*((log, other)[n % 2].append(change(n)) for n in range(30)))
    found = await log.after(begun.number)
    assert found is not None
    assert [batch.number for batch in found] == list(range(begun.number + 1, begun.number + 31))
    assert await log.after(found[-1].number) == []


async def test_what_is_trimmed_or_gone_is_looked_at_again(logs: Callable[[], RedisLog]) -> None:
    log = logs()
    [begun] = await log.open()
    for n in range(5):
        await log.append(change(n))
    await log._redis.xtrim(redis.STREAM, maxlen=2, approximate=False)
    assert await log.after(begun.number) is None
    live = Hub(log)
    async with live.subscribe(["run:1"]) as mine, asyncio.timeout(5):
        await log._redis.flushdb()
        assert (await anext(mine)).type == RESYNC
    await live.close()


async def test_what_is_older_than_two_minutes_is_not_told(logs: Callable[[], RedisLog], monkeypatch: pytest.MonkeyPatch) -> None:
    log = logs()
    await log.open()
    old = (datetime.now(UTC) - timedelta(seconds=150)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    monkeypatch.setattr(redis, "moment", lambda: old)
    await log.append(change(1))
    monkeypatch.undo()
    await log.append(change(2))
    assert change(1) not in [batch.entries for batch in await log.open()]
    assert (await log.open())[-1].entries == change(2)


async def test_a_redis_that_is_away_is_waited_for() -> None:
    log = RedisLog("redis://127.0.0.1:9")
    with pytest.raises(OperationTimedOut, match="Redis does not answer"):
        await log.append(change(1))
    await log.close()
