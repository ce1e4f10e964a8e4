"""Jobs in the server's process: one process does a job, another follows when that one is gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from argus.jobs import scheduler
from argus.jobs.lease import LENGTH, Lease
from argus.kit import clock
from argus.runtime import Runtime
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_one_process_holds_a_lease(server: Server) -> None:
    first, second = Lease(server.store, f"a-{server.lane}"), Lease(server.store, f"a-{server.lane}")
    assert await first.held()
    assert not await second.held()
    assert await first.held()
    await first.give_back()
    assert await second.held()
    assert not await first.held()


async def test_a_lease_of_the_dead_is_taken_over_by_one(server: Server) -> None:
    dead = Lease(server.store, f"b-{server.lane}")
    assert await dead.held()
    with clock.at(clock.now() + LENGTH + timedelta(seconds=1)):
        others = [Lease(server.store, f"b-{server.lane}") for _ in range(8)]
        assert sum(await asyncio.gather(*(other.held() for other in others))) == 1


async def test_a_failing_job_has_its_next_turn(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = 0

    async def fails(runtime: Runtime) -> None:
        nonlocal turns
        turns += 1
        raise RuntimeError("broken")

    name = f"c-{server.lane}"
    monkeypatch.setitem(scheduler.EVERY, name, (1, lambda: fails))
    jobs = scheduler.Jobs(server.runtime)
    await jobs.run(name, fails)
    await jobs.run(name, fails)
    assert turns == 2
