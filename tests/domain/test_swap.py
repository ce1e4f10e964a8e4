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
from tests.domain.intruded import Intruded
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


async def test_a_decision_is_made_again_on_what_somebody_else_has_written(runtime: Runtime) -> None:
    run = DriverTestRun(id=uuid4(), build_id=JOB, scylla_version="1")
    await runtime.store.create(run)
    store = Intruded(runtime.store, edit(run).set(scylla_version="theirs"))
    await swap(store, run, ("scylla_version",), lambda found: edit(found).set(scylla_version=f"{found.scylla_version}, then ours"))
    assert (await runtime.store.get(DriverTestRun, id=run.id)).scylla_version == "theirs, then ours"


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
