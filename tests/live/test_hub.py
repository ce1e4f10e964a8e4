"""What is published is told to who listens: once, in one order, in every process, and behind the last `seq` that was seen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.kit.settings import Settings
from argus.live import database, hub
from argus.live.backend import log_of
from argus.live.database import DatabaseLog
from argus.live.hub import ALL, Hub, SlowSubscriber, Subscription
from argus.live.log import PER_BATCH, Batch, Log, MemoryLog, Published
from argus.live.message import RESYNC, Change, Message
from argus.live.redis import RedisLog
from argus.models import ALL_MODELS, ALL_TYPES
from argus.models.live import LiveLog
from argus.storage.errors import NoHostAvailable
from argus.storage.open import open_store
from argus.storage.statements import select
from argus.storage.store import Store
from tests.domain.opened import opened
from tests.redis import redis_url  # noqa: F401

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = open_store(f"sqlite:///{tmp_path}/live.sqlite", ALL_MODELS, ALL_TYPES)
    await found.start()
    yield found
    await found.close()


@pytest.fixture(params=["memory", "database", "redis"])
async def new_log(request: pytest.FixtureRequest, store: Store) -> AsyncIterator[Log]:
    if request.param == "redis":
        log = RedisLog(request.getfixturevalue("redis_url"))
        await log._redis.flushdb()
        yield log
        await log.close()
    else:
        yield MemoryLog() if request.param == "memory" else DatabaseLog(store)


@asynccontextmanager
async def running(log: Log) -> AsyncIterator[Hub]:
    made = Hub(log)
    try:
        yield made
    finally:
        await made.close()


async def take(subscription: Subscription, count: int) -> list[Message]:
    async with asyncio.timeout(5):
        return [await anext(subscription) for _ in range(count)]


def numbers(messages: Sequence[Message]) -> list[Any]:
    return [message.data["n"] for message in messages]


async def test_who_listens_gets_what_is_published_to_its_topics_in_order_and_nothing_else(new_log: Log) -> None:
    async with running(new_log) as live, live.subscribe(["run:1", "run:2"]) as mine, live.subscribe(["run:3"]) as other:
        for n in range(20):
            live.publish(f"run:{n % 4}", Change("run", {"n": n}))
        got = await take(mine, 10)
        assert numbers(got) == [1, 2, 5, 6, 9, 10, 13, 14, 17, 18]
        assert [message.seq for message in got] == sorted({message.seq for message in got})
        assert numbers(await take(other, 5)) == [3, 7, 11, 15, 19]
        assert (got[0].type, got[0].topic) == ("run", "run:1")
        assert got[0].at.endswith("Z")


async def test_the_same_change_twice_in_a_moment_is_told_once(new_log: Log) -> None:
    async with running(new_log) as live, live.subscribe(["run:1"]) as mine:
        for _ in range(50):
            live.publish("run:1", Change("events"))
        live.publish("run:1", Change("status"))
        assert [message.type for message in await take(mine, 2)] == ["events", "status"]


async def test_who_comes_again_is_told_what_came_behind_the_last_seq(new_log: Log) -> None:
    async with running(new_log) as live:
        async with live.subscribe(["run:1"]) as mine:
            live.publish("run:1", Change("run", {"n": 0}))
            [seen] = await take(mine, 1)
        async with live.subscribe(["run:2"]) as other:
            for n in range(1, 4):
                live.publish("run:1", Change("run", {"n": n}))
            live.publish("run:2", Change("run", {"n": 4}))
            await take(other, 1)
        async with live.subscribe(["run:1"], since=seen.seq) as again:
            assert numbers(await take(again, 3)) == [1, 2, 3]


async def test_a_seq_of_which_not_everything_is_kept_is_answered_with_resync(new_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "KEPT_SECONDS", 0.0)
    async with running(new_log) as live:
        async with live.subscribe(["run:1"]) as mine:
            live.publish("run:1", Change("run", {"n": 0}))
            [seen] = await take(mine, 1)
            for n in (1, 2):
                live.publish("run:1", Change("run", {"n": n}))
                await take(mine, 1)
        for since in (seen.seq, seen.seq - 10 * PER_BATCH, live.last + 10 * PER_BATCH):
            async with live.subscribe(["run:1"], since=since) as again:
                assert [message.type for message in await take(again, 1)] == [RESYNC]
        async with live.subscribe(["run:1"], since=live.last) as current:
            live.publish("run:1", Change("run", {"n": 3}))
            assert numbers(await take(current, 1)) == [3]


async def test_who_has_looked_for_a_while_is_told_what_came_meanwhile(new_log: Log) -> None:
    async with running(new_log) as live:
        async with live.subscribe(["run:1"]) as mine:
            live.publish("run:1", Change("run", {"n": 0}))
            await take(mine, 1)
            await asyncio.sleep(0.1)
            live.publish("run:1", Change("run", {"n": 1}))
            await take(mine, 1)
        async with live.subscribe(["run:1"], ago=0.08) as page:
            live.publish("run:1", Change("run", {"n": 2}))
            assert numbers(await take(page, 2)) == [1, 2]
        async with live.subscribe(["run:1"], ago=60) as older:
            assert [message.type for message in await take(older, 1)] == [RESYNC]


async def test_who_takes_too_little_is_sent_away_and_nobody_else(new_log: Log) -> None:
    async with running(new_log) as live, live.subscribe(["run:1"]) as slow, live.subscribe(["run:1"]) as quick:
        for n in range(hub.QUEUE + 1):
            live.publish("run:1", Change("run", {"n": n}))
            if n % 50 == 49:
                await take(quick, 50)
        assert numbers(await take(quick, 7)) == list(range(250, 257))
        with pytest.raises(SlowSubscriber):
            await take(slow, 1)


async def test_one_who_leaves_is_forgotten(new_log: Log) -> None:
    async with running(new_log) as live:
        async with live.subscribe(["run:1", "run:2"]):
            assert live._listeners.keys() == {"run:1", "run:2"}
        assert not live._listeners
        assert not live._all


async def test_what_was_published_is_handed_over_before_the_hub_closes(store: Store) -> None:
    async with running(DatabaseLog(store)) as theirs, theirs.subscribe(["run:1"]) as mine:
        async with running(DatabaseLog(store)) as ours:
            ours.publish("run:1", Change("run", {"n": 1}))
        assert numbers(await take(mine, 1)) == [1]


async def test_listeners_are_let_go_when_the_hub_closes(new_log: Log) -> None:
    live = Hub(new_log)
    async with live.subscribe(["run:1"]) as mine:
        await live.close()
        with pytest.raises(StopAsyncIteration):
            await take(mine, 1)


async def test_the_first_request_s_deadline_is_not_the_hub_s(store: Store) -> None:
    async with running(DatabaseLog(store)) as live:
        token = deadline.current.set(Deadline(0))
        try:
            live.publish("run:1", Change("run", {"n": 1}))
        finally:
            deadline.current.reset(token)
        async with asyncio.timeout(5), live.subscribe(["run:1"], since=0):
            while await store.first(select(LiveLog, "number").where(log="live", place=0)) is None:
                await asyncio.sleep(0.01)


# ---------------------------------------------------------------------- several processes


async def test_two_processes_tell_each_other_and_agree_on_the_order(store: Store) -> None:
    async with running(DatabaseLog(store)) as here, running(DatabaseLog(store)) as there:
        async with here.subscribe(["run:1"]) as left, there.subscribe(["run:1"]) as right:
            for n in range(40):
                (here, there)[n % 2].publish("run:1", Change("run", {"n": n}))
                if n % 10 == 9:
                    await asyncio.sleep(0.03)
            got, other = await take(left, 40), await take(right, 40)
        assert [(m.seq, m.data["n"]) for m in got] == [(m.seq, m.data["n"]) for m in other]
        assert sorted(numbers(got)) == list(range(40))


async def test_one_who_was_with_another_process_is_told_the_rest_here(store: Store) -> None:
    async with running(DatabaseLog(store)) as there, there.subscribe(["run:1"]) as mine:
        there.publish("run:1", Change("run", {"n": 0}))
        [seen] = await take(mine, 1)
        there.publish("run:1", Change("run", {"n": 1}))
        await take(mine, 1)
    async with running(DatabaseLog(store)) as here, here.subscribe(["run:1"], since=seen.seq) as again:  # also after a restart
        assert numbers(await take(again, 1)) == [1]


async def test_a_process_that_was_ahead_does_not_make_one_look_again(store: Store) -> None:
    async with running(DatabaseLog(store)) as here, running(DatabaseLog(store)) as there, here.subscribe(["run:1"]):
        async with there.subscribe(["run:1"]) as mine:
            there.publish("run:1", Change("run", {"n": 0}))
            [seen] = await take(mine, 1)
        async with here.subscribe(["run:1"], since=seen.seq) as again:
            here.publish("run:1", Change("run", {"n": 1}))
            assert numbers(await take(again, 1)) == [1]


async def test_a_process_that_slept_for_too_long_has_everybody_look_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PLACES", 8)
    reader, writer = DatabaseLog(store), DatabaseLog(store)
    async with running(reader) as live, live.subscribe(["run:1"]) as mine:
        await writer.open()
        async with live._looking:  # asleep
            for n in range(10):
                await writer.append([Published("run:1", Change("run", {"n": n}))])
        assert [message.type for message in await take(mine, 1)] == [RESYNC]
        await writer.append([Published("run:1", Change("run", {"n": 10}))])
        assert numbers(await take(mine, 1)) == [10]


async def test_the_ring_begins_again_where_it_ends(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PLACES", 16)
    monkeypatch.setattr(database, "SLICE", 5)
    log = DatabaseLog(store)
    [begun] = await log.open()
    for n in range(40):
        await log.append([Published("run:1", Change("run", {"n": n}))])
    found = await log.after(begun.number + 30)
    assert found is not None
    assert [batch.entries[0].change.data["n"] for batch in found] == list(range(30, 40))
    assert await log.after(begun.number + 10) is None
    assert [batch.number for batch in await DatabaseLog(store).open()] == list(range(begun.number + 25, begun.number + 41))


async def test_what_cannot_be_written_is_told_when_the_database_is_back(new_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "PAUSE_SECONDS", 0.01)
    down, append = 3, new_log.append

    async def failing(entries: Sequence[Published]) -> None:
        nonlocal down
        down -= 1
        if down >= 0:
            raise NoHostAvailable("gone")
        await append(entries)

    monkeypatch.setattr(new_log, "append", failing)
    async with running(new_log) as live, live.subscribe(["run:1"]) as mine:
        live.publish("run:1", Change("run", {"n": 1}))
        assert numbers(await take(mine, 1)) == [1]


async def test_more_than_can_wait_is_given_up_and_everybody_looks_again(new_log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "WAITING", 100)
    async with running(new_log) as live, live.subscribe(["run:1"]) as mine:
        for n in range(101):
            live.publish("run:2", Change("run", {"n": n}))
        [message] = await take(mine, 1)
        assert (message.type, message.topic) == (RESYNC, ALL)


async def test_the_settings_say_which_log(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[tuple[str, type[Log]]] = [("auto", MemoryLog), ("memory", MemoryLog), ("database", DatabaseLog)]
    for wanted, made in kinds:
        async with opened(LIVE_BACKEND=wanted) as runtime:
            assert type(log_of(runtime)) is made
    for wanted, made in [("auto", RedisLog), ("redis", RedisLog), *kinds[1:]]:
        async with opened(LIVE_BACKEND=wanted, REDIS_URL="redis://127.0.0.1:9") as runtime:
            assert type(log_of(runtime)) is made
    with pytest.raises(ValueError, match="REDIS_URL: LIVE_BACKEND redis needs it"):
        Settings(LIVE_BACKEND="redis")
    several: list[dict[str, object]] = [{"QUEUE_ENGINE": "celery", "CELERY_BROKER_URL": "redis://h"}, {"QUEUE_CONCURRENCY": 0}]
    for each in several:
        async with opened(**each) as runtime:
            assert type(log_of(runtime)) is DatabaseLog
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    async with opened() as runtime:
        assert type(log_of(runtime)) is DatabaseLog


async def test_an_empty_log_says_where_it_is(new_log: Log) -> None:
    [batch] = await new_log.open()
    assert isinstance(batch, Batch)
    assert batch.entries == ()
    assert batch.number * PER_BATCH < 2**53
