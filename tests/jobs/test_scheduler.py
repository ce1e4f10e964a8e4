"""Jobs in the server's process: one process does them, another follows when that one is gone; each slot has one turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from argus.jobs import board
from argus.jobs.catalogue import Job, jobs, wanted
from argus.jobs.lease import LENGTH, WRITES_FOR, FencedEngine, Lease, LeaseLost
from argus.jobs.schedule import Every
from argus.jobs.scheduler import Jobs
from argus.kit import clock
from argus.models.job import JobState
from argus.models.runtime import RuntimeStore
from argus.runtime import Runtime
from argus.storage.statements import update
from argus.storage.store import Store
from tests.serving import Server, settings_for

pytestmark = pytest.mark.anyio

names = count()


class Watch:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def lease(server: Server, watch: Watch) -> Callable[[], Lease]:
    """Makes processes that want one lease."""
    name = f"lease-{uuid4()}"
    return lambda: Lease(server.store, name, clock=watch)


async def test_one_process_holds_a_lease(lease: Callable[[], Lease]) -> None:
    first, second = lease(), lease()
    assert await first.held()
    assert not await second.held()
    assert await first.held()
    await first.give_back()
    assert await second.held()
    assert not await first.held()


async def test_a_lease_of_the_dead_is_taken_over_by_one(lease: Callable[[], Lease], watch: Watch) -> None:
    assert await lease().held()
    others = [lease() for _ in range(8)]
    assert not any([await other.held() for other in others]), "they see it for the first time"
    watch.seconds += LENGTH - 1
    assert not any([await other.held() for other in others])
    watch.seconds += 2
    assert sum(await asyncio.gather(*(other.held() for other in others))) == 1


async def test_whoever_renews_is_not_followed(lease: Callable[[], Lease], watch: Watch) -> None:
    holder, other = lease(), lease()
    for _ in range(20):
        assert await holder.held()
        assert not await other.held()
        watch.seconds += LENGTH / 3


async def test_a_process_that_slept_writes_nothing(server: Server, lease: Callable[[], Lease], watch: Watch) -> None:
    sleeper, other = lease(), lease()
    assert await sleeper.held()
    store = Store(FencedEngine(server.store.engine, sleeper))
    key = f"written-{uuid4()}"
    await store.save(RuntimeStore(key=key, value_int=1))
    await other.held()
    watch.seconds += 60
    assert await other.held()
    with pytest.raises(LeaseLost):
        await store.write(update(RuntimeStore, key=key).set(value_int=2))
    row = await server.store.find(RuntimeStore, key=key)
    assert row is not None
    assert row.value_int == 1
    assert not await sleeper.held()


async def test_nobody_can_follow_while_the_holder_may_write(lease: Callable[[], Lease], watch: Watch) -> None:
    holder, other = lease(), lease()
    assert await holder.held()
    await other.held()
    watch.seconds += WRITES_FOR
    assert not holder.may_write
    assert not await other.held()


class Turns:
    """A job that notes its turns and does what a test wants."""

    def __init__(self, does: Callable[[Runtime], Awaitable[str | None]] | None = None, limit: int = 60) -> None:
        self.count = 0
        self.does = does
        self.job = Job(f"job-{next(names)}-{uuid4().hex[:6]}", "is tried", Every(60), lambda: self.work, limit)

    async def work(self, runtime: Runtime) -> str | None:
        self.count += 1
        return await self.does(runtime) if self.does else f"turn {self.count}"


class Process:
    """One process that does jobs; `look` is what APScheduler calls every two seconds."""

    def __init__(self, server: Server, watch: Watch, lease_name: str, *turns: Turns) -> None:
        self.jobs = Jobs(server.runtime, [each.job for each in turns])
        self.jobs.lease.name, self.jobs.lease.clock = lease_name, watch

    async def look(self) -> None:
        await self.jobs.look()
        running = list(self.jobs._running.values())
        if running:
            await asyncio.wait(running)
        await asyncio.sleep(0)


@pytest.fixture
def process(server: Server, watch: Watch) -> Callable[..., Process]:
    name = f"jobs-{uuid4()}"
    return lambda *turns: Process(server, watch, name, *turns)


def at(minute: float) -> Any:
    """A time of a day long ago, so that nothing is due but what a test lets be."""
    return clock.at(datetime(2026, 5, 4, 12) + timedelta(minutes=minute))


async def state(server: Server, turns: Turns) -> JobState:
    return (await board.states(server.store))[turns.job.name]


async def test_each_slot_has_one_turn_however_many_look(server: Server, process: Callable[..., Process], watch: Watch) -> None:
    turns = Turns()
    processes = [process(turns) for _ in range(4)]
    for minute in range(11):
        for offset in (0.0, 0.1, 0.5, 0.9):
            with at(minute + offset):
                for each in processes:
                    await each.look()
            watch.seconds += 4
    assert turns.count == 10, "the first slot of all is the next one"
    assert len(await board.history(server.store, turns.job.name)) == 10


async def test_the_turn_of_a_process_that_died_is_begun_again(server: Server, process: Callable[..., Process], watch: Watch) -> None:
    started = asyncio.Event()

    async def hangs(_: Runtime) -> None:
        started.set()
        await asyncio.Event().wait()

    turns = Turns(hangs)
    first, second = process(turns), process(turns)
    with at(0):
        await first.look()
    with at(1):
        await first.jobs.look()
        await asyncio.wait_for(started.wait(), 5)
        for task in first.jobs._running.values():  # kill -9: nothing is told to anybody
            task.cancel()
    turns.does = None
    with at(1.2):
        await second.look()
        watch.seconds += LENGTH + 1
        await second.look()
    assert turns.count == 2
    assert (await state(server, turns)).outcome == board.DONE


async def test_missed_slots_are_made_up_by_one_turn(server: Server, process: Callable[..., Process]) -> None:
    turns = Turns()
    one = process(turns)
    with at(0):
        await one.look()
    with at(47):
        await one.look()
        await one.look()
    assert turns.count == 1


async def test_a_paused_job_has_no_turns_but_those_that_are_asked_for(server: Server, process: Callable[..., Process]) -> None:
    turns = Turns()
    one = process(turns)
    with at(0):
        await one.look()
    await board.pause(server.store, turns.job.name, "ann")
    with at(5):
        await one.look()
        assert turns.count == 0
        await board.ask(server.store, turns.job.name, "ann")
        await one.look()
        await one.look()
        assert turns.count == 1, "once for one wish"
    await board.resume(server.store, turns.job.name)
    with at(9):
        await one.look()
    assert turns.count == 2


async def test_a_failing_job_is_told_and_has_its_next_turn(server: Server, process: Callable[..., Process]) -> None:
    async def fails(_: Runtime) -> None:
        raise RuntimeError("broken")

    turns = Turns(fails)
    one = process(turns)
    for minute in range(3):
        with at(minute):
            await one.look()
    assert turns.count == 2
    kept = await state(server, turns)
    assert (kept.outcome, kept.error) == (board.FAILED, "RuntimeError: broken")
    assert [turn.outcome for turn in await board.history(server.store, turns.job.name)] == [board.FAILED] * 2


async def test_a_turn_ends_at_its_limit(server: Server, process: Callable[..., Process]) -> None:
    async def endless(_: Runtime) -> None:
        await asyncio.Event().wait()

    turns = Turns(endless, limit=0)
    one = process(turns)
    for minute in range(2):
        with at(minute):
            await one.look()
    assert (await state(server, turns)).outcome == board.STOPPED


async def test_a_turn_that_had_nothing_to_do_leaves_no_history(server: Server, process: Callable[..., Process]) -> None:
    async def idle(_: Runtime) -> None:
        return None

    turns = Turns(idle)
    one = process(turns)
    for minute in range(3):
        with at(minute):
            await one.look()
    assert turns.count == 2
    assert await board.history(server.store, turns.job.name) == []


async def test_a_turn_whose_process_lost_the_lease_keeps_nothing(server: Server, process: Callable[..., Process], watch: Watch) -> None:
    async def sleeps(runtime: Runtime) -> str:
        watch.seconds += 60  # SIGSTOP, SIGCONT
        await runtime.store.save(RuntimeStore(key="never", value_int=1))
        return "written"

    turns = Turns(sleeps)
    one = process(turns)
    for minute in range(2):
        with at(minute):
            await one.look()
    assert turns.count == 1
    assert await server.store.find(RuntimeStore, key="never") is None
    assert (await state(server, turns)).outcome is None, "whoever follows begins it again"


async def test_a_process_that_leaves_lets_another_one_on_at_once(server: Server, process: Callable[..., Process]) -> None:
    turns = Turns()
    first, second = process(turns), process(turns)
    with at(0):
        await first.look()
    first.jobs.start()
    await first.jobs.stop()
    with at(1):
        await second.look()
    assert turns.count == 1


async def test_jobs_whose_remote_is_not_configured_are_off(server: Server) -> None:
    on = {job.name for job in wanted(settings_for(server.runtime.settings.DATA_DIR, JENKINS_USER=None))}
    assert {"embedding", "stuck-runs", "statistics", "housekeeping", "purge", "deduper"} == on
    fewer = wanted(settings_for(server.runtime.settings.DATA_DIR, JOBS_DISABLED=["housekeeping"]))
    assert "housekeeping" not in {job.name for job in fewer}


async def test_names_are_unique() -> None:
    every = jobs(settings_for(server_folder()))
    assert len({job.name for job in every}) == len(every)
    assert datetime.now(UTC) < min(job.schedule.next(datetime.now(UTC)) for job in every)


def server_folder() -> Any:
    from pathlib import Path

    return Path()
