"""Generic runs: submitted running, with the version that the text names, ended as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.domain.runs import get_typed
from argus.domain.versions import indexed_versions
from argus.plugins.generic.model import GenericRun
from argus.plugins.generic.plugin import PLUGIN, short_version
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import JOB, catalogue, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        yield found


def body(run_id: UUID, **values: Any) -> dict[str, Any]:
    return {"run_id": str(run_id), "build_id": JOB, "build_url": "https://ci/job/x/7/", "started_by": "ci", **values}


async def submitted(runtime: Runtime, **values: Any) -> GenericRun:
    run_id = uuid4()
    await PLUGIN.submit(runtime, body(run_id, **values))
    return await get_typed(runtime, GenericRun, run_id)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("2024.3.0~dev-0.20240901.abcdef", "2024.3.0~dev"),
        ("6.2.0-20250101.abc", "6.2.0"),
        ("5.4.0~rc2-0.20231212.abc-1", "5.4.0~rc2"),
        ("6.2.0-rc1-0.20250101.abc", "6.2.0-rc1"),
        ("release 2025.1.2-0.20250301.99ff from x86", "2025.1.2"),
        ("6.2.0", None),
        ("6.2.0-2025010.abc", None),
        ("6.2.0-20250101.", None),
        ("6.2.0+git1~rc2-0.20250101.abc", "6.2.0+git1~rc2"),
        ("a" * 1_000_000, None),  # at once
    ],
)
def test_the_short_version(text: str, short: str | None) -> None:
    assert short_version(text) == short


async def test_a_submitted_run_is_running_and_has_its_version(runtime: Runtime) -> None:
    (test,) = await catalogue(runtime)
    run = await submitted(runtime, sub_type="pytest", scylla_version="6.2.0-0.20240901.abc")
    assert (run.status, run.build_number, run.sub_type, run.test_id) == ("running", 7, "pytest", test.id)
    assert (run.scylla_version, run.product_version) == ("6.2.0", "6.2.0-0.20240901.abc")
    assert test.release_id is not None
    assert await indexed_versions(runtime, test.release_id) == ["6.2.0"]


async def test_a_known_id_changes_nothing_whatever_else_the_body_says(runtime: Runtime) -> None:
    run = await submitted(runtime)
    await PLUGIN.submit(runtime, {"run_id": str(run.id)})
    assert await get_typed(runtime, GenericRun, run.id) == run


@pytest.mark.parametrize("key", ["build_id", "build_url", "started_by"])
async def test_a_missing_key_is_named_and_nothing_is_stored(runtime: Runtime, key: str) -> None:
    incomplete = body(uuid4())
    del incomplete[key]
    with pytest.raises(KeyError, match=key):
        await PLUGIN.submit(runtime, incomplete)
    assert await runtime.store.all(select(GenericRun)) == []


async def test_an_end_may_carry_time_status_and_version(runtime: Runtime) -> None:
    run = await submitted(runtime)
    await PLUGIN.finish(runtime, run, {"end_time": 1704117600, "status": "failed", "scylla_version": "6.3.0-0.20250101.abc"})
    ended = await get_typed(runtime, GenericRun, run.id)
    assert (ended.end_time, ended.status, ended.scylla_version) == (datetime(2024, 1, 1, 14), "failed", "6.3.0")


async def test_an_end_without_anything_is_now_and_keeps_the_status(runtime: Runtime) -> None:
    run = await submitted(runtime)
    await PLUGIN.finish(runtime, run, {"status": ""})
    ended = await get_typed(runtime, GenericRun, run.id)
    assert ended.status == "running"
    assert ended.end_time is not None
    assert ended.end_time >= run.start_time


async def test_a_status_that_is_none_ends_nothing(runtime: Runtime) -> None:
    run = await submitted(runtime)
    with pytest.raises(ValueError, match="'excellent' is not a valid TestStatus"):
        await PLUGIN.finish(runtime, run, {"status": "excellent", "end_time": 5})
    assert await get_typed(runtime, GenericRun, run.id) == run


async def test_a_version_that_is_none_changes_nothing(runtime: Runtime) -> None:
    run = await submitted(runtime, scylla_version="6.2.0-0.20240901.abc")
    await PLUGIN.submit_product_version(runtime, run, "nonsense")
    assert await get_typed(runtime, GenericRun, run.id) == run


async def test_the_first_link_of_a_log_stays_under_fifty_clients(runtime: Runtime) -> None:
    run = await submitted(runtime)
    await PLUGIN.submit_logs(runtime, run, [{"log_name": "db", "log_link": "first"}, {"log_name": "db", "log_link": "second"}])
    logs = [[{"log_name": f"log{n}", "log_link": f"https://s3/{n}"}, {"log_name": "db", "log_link": "late"}] for n in range(50)]
    await asyncio.gather(*(PLUGIN.submit_logs(runtime, run, entries) for entries in logs))
    stored = (await get_typed(runtime, GenericRun, run.id)).logs
    assert stored == {"db": "first", **{f"log{n}": f"https://s3/{n}" for n in range(50)}}


async def test_a_log_without_link_stores_none_of_them(runtime: Runtime) -> None:
    run = await submitted(runtime)
    with pytest.raises(KeyError, match="log_link"):
        await PLUGIN.submit_logs(runtime, run, [{"log_name": "a", "log_link": "b"}, {"log_name": "c"}])
    assert (await get_typed(runtime, GenericRun, run.id)).logs == {}


async def test_a_value_of_the_wrong_type_is_refused_as_the_column_does(runtime: Runtime) -> None:
    with pytest.raises(TypeError):
        await PLUGIN.submit(runtime, body(uuid4(), started_by=5))
    assert await runtime.store.all(select(GenericRun)) == []


async def test_versions_are_those_of_the_runs(runtime: Runtime) -> None:
    (test,) = await catalogue(runtime)
    await submitted(runtime, scylla_version="6.2.0-0.20240901.abc")
    await submitted(runtime, scylla_version="5.4.0-0.20240901.abc")
    assert test.release_id is not None
    assert await PLUGIN.release_versions(runtime, test.release_id) == ["6.2.0", "5.4.0"]
    assert await PLUGIN.view_versions(runtime, [JOB]) == ["6.2.0", "5.4.0"]
    assert await PLUGIN.release_images(runtime, test.release_id) == []
