"""A UI test session arrives with its results, and fails when one of them does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from argus.domain.runs import edit, find_typed, get_typed
from argus.kit.errors import SirenadaPluginException
from argus.models.catalogue import ArgusTest
from argus.plugins.sirenada.model import SirenadaRun
from argus.plugins.sirenada.plugin import PLUGIN
from argus.runtime import Runtime
from tests.domain.opened import JOB, catalogue, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(PLUGIN) as found:
        yield found


def result(name: str, status: str = "passed", **values: Any) -> dict[str, Any]:
    return {"test_name": name, "status": status, "browser_type": "chrome", "cluster_type": "aws", "sirenada_test_id": "st-1", **values}


def body(run_id: UUID, *results: dict[str, Any]) -> dict[str, Any]:
    return {"run_id": str(run_id), "build_id": JOB, "build_job_url": "https://ci/job/x/19/", "region": "eu", "results": [*results]}


async def test_a_session_collects_what_its_results_name(runtime: Runtime) -> None:
    run_id = uuid4()
    failed = result("b", "error", browser_type="firefox", s3_folder_id="s3-7", unknown_key=1)
    await PLUGIN.submit(runtime, body(run_id, result("a"), failed, result("c")))
    run = await get_typed(runtime, SirenadaRun, run_id)
    assert (run.status, run.region, run.build_number) == ("failed", "eu", 19)
    assert (run.browsers, run.clusters, run.sirenada_test_ids, run.s3_folder_ids) == (
        ["chrome", "firefox"],
        ["aws"],
        ["st-1"],
        [("s3-7", "st-1")],
    )
    assert [r.test_name for r in run.results] == ["a", "b", "c"]


async def test_further_results_are_added_and_an_aborted_session_stays_so(runtime: Runtime) -> None:
    run_id = uuid4()
    await PLUGIN.submit(runtime, body(run_id, result("a")))
    await runtime.store.write(edit(await get_typed(runtime, SirenadaRun, run_id)).set(status="aborted"))
    await PLUGIN.submit(runtime, {"run_id": str(run_id), "results": [result("b", "failed", sirenada_test_id="st-2")]})
    run = await get_typed(runtime, SirenadaRun, run_id)
    assert (run.status, run.sirenada_test_ids, len(run.results)) == ("aborted", ["st-1", "st-2"], 2)


async def test_what_a_result_does_not_name_is_left_out_of_the_lists(runtime: Runtime) -> None:
    run_id = uuid4()
    await PLUGIN.submit(runtime, body(run_id, {"test_name": "a", "status": "passed"}))
    run = await get_typed(runtime, SirenadaRun, run_id)
    assert (run.browsers, run.clusters, run.sirenada_test_ids, len(run.results)) == ([], [], [], 1)


async def test_fifty_clients_of_one_session_lose_no_result(runtime: Runtime) -> None:
    run_id = uuid4()
    await asyncio.gather(*(PLUGIN.submit(runtime, body(run_id, result(f"t{n}", sirenada_test_id=f"st-{n}"))) for n in range(50)))
    run = await get_typed(runtime, SirenadaRun, run_id)
    assert sorted(r.test_name or "" for r in run.results) == sorted(f"t{n}" for n in range(50))
    assert sorted(run.sirenada_test_ids) == sorted(f"st-{n}" for n in range(50))


@pytest.mark.parametrize("key", ["build_id", "build_job_url", "region", "results"])
async def test_a_missing_key_changes_nothing(runtime: Runtime, key: str) -> None:
    (test,) = await catalogue(runtime)
    run_id = uuid4()
    incomplete = body(run_id, result("a"))
    del incomplete[key]
    with pytest.raises(KeyError, match=key):
        await PLUGIN.submit(runtime, incomplete)
    assert await find_typed(runtime, SirenadaRun, run_id) is None
    assert (await runtime.store.get(ArgusTest, id=test.id)).plugin_name is None


async def test_a_result_of_the_wrong_type_changes_nothing(runtime: Runtime) -> None:
    run_id = uuid4()
    with pytest.raises(ValidationError):
        await PLUGIN.submit(runtime, body(run_id, result("a", duration="long")))
    assert await find_typed(runtime, SirenadaRun, run_id) is None


async def test_sessions_have_no_end_and_no_logs(runtime: Runtime) -> None:
    run_id = uuid4()
    await PLUGIN.submit(runtime, body(run_id))
    run = await get_typed(runtime, SirenadaRun, run_id)
    with pytest.raises(SirenadaPluginException, match="Sirenada runs do not need finalization"):
        await PLUGIN.finish(runtime, run, {})
    with pytest.raises(SirenadaPluginException, match="Log submission is not supported for Sirenada"):
        await PLUGIN.submit_logs(runtime, run, [])
