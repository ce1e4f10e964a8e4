"""Names stay unique when many take one at the same time, in one process and in several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from argus.domain import exclusive as module
from argus.domain.catalogue import add_release, add_test
from argus.domain.exclusive import HELD_AT_MOST, exclusive
from argus.kit.clock import now
from argus.kit.errors import ArgusTestException
from argus.models import ALL_MODELS, ALL_TYPES
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.runtime import RuntimeStore
from argus.runtime import Runtime
from argus.storage.errors import OperationTimedOut
from argus.storage.open import open_store
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


async def locks(runtime: Runtime) -> list[RuntimeStore]:
    return await runtime.store.all(select(RuntimeStore))


async def test_only_one_at_a_time_and_nothing_is_left(runtime: Runtime) -> None:
    inside = 0

    async def visit() -> None:
        nonlocal inside
        async with exclusive(runtime.store, "name", "x"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(20)))
    assert await locks(runtime) == []


async def test_other_values_do_not_wait(runtime: Runtime) -> None:
    async with exclusive(runtime.store, "name", "x"), exclusive(runtime.store, "name", "y"), exclusive(runtime.store, "build id", "x"):
        assert len(await locks(runtime)) == 3


async def test_a_failure_inside_gives_the_lock_back(runtime: Runtime) -> None:
    with pytest.raises(RuntimeError):
        async with exclusive(runtime.store, "name", "x"):
            raise RuntimeError
    assert await locks(runtime) == []


async def test_who_dies_with_the_lock_loses_it(runtime: Runtime) -> None:
    row = RuntimeStore(key="lock:name:x", value_text="dead", value_date=now() - HELD_AT_MOST - timedelta(seconds=1))
    await runtime.store.create(row)
    async with exclusive(runtime.store, "name", "x"):
        assert [row.value_text for row in await locks(runtime)] != ["dead"]
    assert await locks(runtime) == []


async def test_nobody_waits_for_ever(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.3)
    await runtime.store.create(RuntimeStore(key="lock:name:x", value_text="alive", value_date=now()))
    with pytest.raises(OperationTimedOut):
        async with exclusive(runtime.store, "name", "x"):
            pass
    assert [row.value_text for row in await locks(runtime)] == ["alive"]


async def test_of_many_releases_with_one_name_one_is_made(runtime: Runtime) -> None:
    made = await asyncio.gather(*(add_release(runtime.store, ArgusRelease(name="6.0")) for _ in range(20)))
    assert made.count(True) == 1
    assert len(await runtime.store.all(select(ArgusRelease))) == 1


async def test_of_many_tests_with_one_build_id_one_is_made(runtime: Runtime) -> None:
    tests = [ArgusTest(name=str(n), build_system_id="a/b") for n in range(20)]
    results = await asyncio.gather(*(add_test(runtime.store, test) for test in tests), return_exceptions=True)
    refused = [result for result in results if isinstance(result, ArgusTestException)]
    (stored,) = await runtime.store.all(select(ArgusTest))
    assert len(refused) == 19
    assert {error.args[1] for error in refused} == {str(stored.id)}


async def test_tests_without_a_build_id_are_as_many_as_one_likes(runtime: Runtime) -> None:
    for _ in range(2):
        await add_test(runtime.store, ArgusTest(name="t"))
    assert len(await runtime.store.all(select(ArgusTest))) == 2


def test_processes_exclude_each_other(tmp_path: Path) -> None:
    """Each thread has a loop and a store of its own, as a worker process has."""

    def worker(number: int) -> int:
        async def work() -> int:
            store = open_store(f"sqlite:///{tmp_path}/shared.sqlite", ALL_MODELS, ALL_TYPES)
            await store.start()
            try:
                return sum([await add_release(store, ArgusRelease(id=uuid4(), name=f"r{n}")) for n in range(5)])
            finally:
                await store.close()

        return asyncio.run(work())

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(worker, range(4))) == 5
