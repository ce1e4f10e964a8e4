"""Changes that depend on what a row holds lose nothing, however many make them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from argus.domain.runs import edit
from argus.domain.swap import swap
from argus.plugins.driver_matrix.model import DriverTestRun, EnvironmentInfo
from argus.runtime import Runtime
from argus.storage.statements import Update
from argus.storage.store import Store
from tests.domain.opened import JOB, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


def adding(key: str) -> object:
    def change(run: DriverTestRun) -> Update | None:
        known = {info.key for info in run.environment_info}
        return None if key in known else edit(run).append("environment_info", [EnvironmentInfo(key=key, value="v")])

    return change


async def test_fifty_additions_to_one_list_all_arrive_once(runtime: Runtime) -> None:
    run = DriverTestRun(id=uuid4(), build_id=JOB)
    await runtime.store.create(run)
    keys = [f"k{n % 25}" for n in range(50)]
    await asyncio.gather(*(swap(runtime.store, run, ("environment_info",), adding(key)) for key in keys))  # type: ignore[arg-type]
    stored = await runtime.store.get(DriverTestRun, id=run.id)
    assert sorted(info.key or "" for info in stored.environment_info) == sorted(set(keys))


async def test_a_change_from_elsewhere_in_between_is_seen(runtime: Runtime) -> None:
    run = DriverTestRun(id=uuid4(), build_id=JOB)
    await runtime.store.create(run)
    elsewhere = edit(run).append("environment_info", [EnvironmentInfo(key="theirs", value="1")])
    store = Intruded(runtime.store, elsewhere)
    await swap(store, run, ("environment_info",), adding("ours"))  # type: ignore[arg-type]
    stored = await runtime.store.get(DriverTestRun, id=run.id)
    assert [info.key for info in stored.environment_info] == ["theirs", "ours"]


class Intruded(Store):
    """Another process writes just before the first write."""

    def __init__(self, store: Store, intrusion: Update) -> None:
        super().__init__(store.engine)
        self.intrusion: Update | None = intrusion

    async def write(self, statement):  # type: ignore[no-untyped-def]
        if self.intrusion is not None:
            intrusion, self.intrusion = self.intrusion, None
            await super().write(intrusion)
        return await super().write(statement)


async def test_a_missing_row_is_not_made(runtime: Runtime) -> None:
    run = DriverTestRun(id=uuid4(), build_id=JOB)
    assert await swap(runtime.store, run, ("environment_info",), adding("k")) is None  # type: ignore[arg-type]
    assert await runtime.store.find(DriverTestRun, id=run.id) is None


async def test_no_change_writes_nothing(runtime: Runtime) -> None:
    run = DriverTestRun(id=uuid4(), build_id=JOB)
    await runtime.store.create(run)
    seen = await swap(runtime.store, run, ("environment_info",), lambda current: None)
    assert seen is not None
    assert await runtime.store.get(DriverTestRun, id=run.id) == run
