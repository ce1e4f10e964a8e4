"""Machines and disruptions of a run, also when many clients report at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from argus.kit.errors import SCTServiceException
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.nemesis import finalize_nemesis, nemeses_of, submit_nemesis
from argus.plugins.sct.plugin import PLUGIN
from argus.plugins.sct.resources import (
    all_resources,
    create_resource,
    get_resource,
    set_runner,
    terminate_resource,
    update_resource,
    update_shards,
)
from argus.runtime import Runtime
from argus.storage.errors import WrongValue
from tests.plugins.sct.conftest import stored

pytestmark = pytest.mark.anyio

CLIENTS = 50


def resource(name: str, **details: Any) -> dict[str, Any]:
    return {"name": name, "resource_type": "db-node", "instance_details": {"provider": "aws", **details}}


def nemesis(start: float, **values: Any) -> dict[str, Any]:
    return {"name": "disrupt_x", "class_name": "X", "start_time": start, "node_name": "n", "node_ip": "1.1.1.1", "node_shards": 7, **values}


def end(start: float, status: str, name: str = "disrupt_x") -> dict[str, Any]:
    return {"name": name, "start_time": start, "status": status, "message": f"it {status}"}


async def test_a_second_create_of_a_name_changes_nothing(runtime: Runtime, run: SCTTestRun) -> None:
    for ip in ("1.1.1.1", "2.2.2.2"):
        await create_resource(runtime, str(run.id), resource("db-1", public_ip=ip, colour="blue"))
    (found,) = await all_resources(runtime, str(run.id))
    assert found.instance_info is not None
    assert (found.instance_info.public_ip, found.state) == ("1.1.1.1", "running")


async def test_changes_to_one_machine_at_once_all_count(runtime: Runtime, run: SCTTestRun) -> None:
    await create_resource(runtime, str(run.id), resource("db-1"))
    await asyncio.gather(
        update_shards(runtime, str(run.id), "db-1", 30),
        update_resource(runtime, str(run.id), "db-1", {"instance_info": {"rack_name": "r1", "nonsense": 1}}),
        update_resource(runtime, str(run.id), "db-1", {"instance_info": {"dc_name": "dc1"}}),
        terminate_resource(runtime, str(run.id), "db-1", "done"),
    )
    found = await get_resource(runtime, str(run.id), "db-1")
    assert found.instance_info is not None
    info = found.instance_info
    assert (found.state, info.shards_amount, info.rack_name, info.dc_name) == ("terminated", 30, "r1", "dc1")
    assert info.termination_reason == "done"
    assert info.termination_time


async def test_only_known_states_and_known_machines_are_taken(runtime: Runtime, run: SCTTestRun) -> None:
    await create_resource(runtime, str(run.id), resource("db-1"))
    with pytest.raises(ValueError, match="'melted' is not a valid ResourceState"):
        await update_resource(runtime, str(run.id), "db-1", {"state": "melted", "instance_info": {"dc_name": "x"}})
    with pytest.raises(SCTServiceException, match="Resource not found"):
        await update_shards(runtime, str(run.id), "db-2", 1)
    found = await get_resource(runtime, str(run.id), "db-1")
    assert found.state == "running"
    assert found.instance_info is not None
    assert found.instance_info.dc_name is None


async def test_any_name_of_a_runner_means_the_runner(runtime: Runtime, run: SCTTestRun) -> None:
    machine = {"public_ip": "1", "private_ip": "2", "region": "r", "backend": "aws", "name": "sct-runner-1.9-abc"}
    await set_runner(runtime, str(run.id), machine)
    await create_resource(runtime, str(run.id), resource("a-node"))
    await terminate_resource(runtime, str(run.id), "my-sct-runner", "over")
    assert [(r.name, r.state) for r in await all_resources(runtime, str(run.id))] == [
        ("a-node", "running"),
        ("sct-runner-1.9-abc", "terminated"),
    ]
    host = (await stored(runtime, run.id)).sct_runner_host
    assert host is not None
    assert (host.provider, host.private_ip) == ("aws", "2")


async def test_fifty_nemeses_are_counted_fifty_times(runtime: Runtime, run: SCTTestRun) -> None:
    await asyncio.gather(*(submit_nemesis(runtime, str(run.id), nemesis(1000 + i // 2)) for i in range(2 * CLIENTS)))
    outcomes = ["succeeded", "failed"]
    await asyncio.gather(*(finalize_nemesis(runtime, str(run.id), end(1000 + i, outcomes[i % 2])) for i in range(CLIENTS)))
    assert (await stored(runtime, run.id)).nemesis_stats == {"total": CLIENTS, "succeeded": CLIENTS // 2, "failed": CLIENTS // 2}


async def test_a_final_state_stays_and_an_open_one_may_end_again(runtime: Runtime, run: SCTTestRun) -> None:
    await submit_nemesis(runtime, str(run.id), nemesis(1000.75))
    for status in ("running", "running", "skipped", "failed"):
        await finalize_nemesis(runtime, str(run.id), end(1000.2, status))
    (found,) = await nemeses_of(runtime, str(run.id))
    assert (found.start_time, found.status, found.stack_trace) == (1000, "skipped", "it skipped")
    assert found.duration == (found.end_time or 0) - 1000
    assert (await stored(runtime, run.id)).nemesis_stats == {"total": 1, "running": 2, "skipped": 1}


async def outcomes(runtime: Runtime, run: SCTTestRun) -> list[tuple[str | None, str | None, str | None]]:
    """Name, node and state of each nemesis, by the second under which it is kept."""
    found = await nemeses_of(runtime, str(run.id))
    return [(n.name, n.target_node.name if n.target_node else None, n.status) for n in found]


async def test_parallel_nemeses_of_one_second_are_kept_and_end_each_for_itself(runtime: Runtime, run: SCTTestRun) -> None:
    for _ in range(2):  # each delivered twice
        for name, start in (("a", 1000.1), ("b", 1000.1), ("c", 1000.9), ("d", 1001.5)):
            await submit_nemesis(runtime, str(run.id), nemesis(start, name=name, node_name=f"n-{name}"))
    for _ in range(2):
        await finalize_nemesis(runtime, str(run.id), end(1000.1, "failed", "b"))
        await finalize_nemesis(runtime, str(run.id), end(1000, "skipped", "c"))
        await finalize_nemesis(runtime, str(run.id), end(1001.5, "succeeded", "d"))
    assert await outcomes(runtime, run) == [
        ("a", "n-a", "running"),
        ("b", "n-b", "failed"),
        ("c", "n-c", "skipped"),
        ("d", "n-d", "succeeded"),
    ]
    assert (await stored(runtime, run.id)).nemesis_stats == {"total": 4, "failed": 1, "skipped": 1, "succeeded": 1}


async def test_nemeses_of_one_name_and_second_are_told_apart_by_the_exact_time(runtime: Runtime, run: SCTTestRun) -> None:
    for start, node in ((1000.1, "n1"), (1000.7, "n2"), (1000.7, "n3")):
        await submit_nemesis(runtime, str(run.id), nemesis(start, node_name=node))
    for _ in range(2):
        await finalize_nemesis(runtime, str(run.id), end(1000.1, "failed"))
    assert [state for _, _, state in await outcomes(runtime, run)] == ["failed", "running", "running"]
    for status in ("succeeded", "skipped"):
        await finalize_nemesis(runtime, str(run.id), end(1000.7, status))
    assert [state for _, _, state in await outcomes(runtime, run)] == ["failed", "succeeded", "skipped"]


async def test_of_two_in_one_second_on_one_node_the_first_counts(runtime: Runtime, run: SCTTestRun) -> None:
    for name, start, node in (("a", 1000, "n1"), ("b", 1000.5, "n1"), ("c", 1000, "n2"), ("d", 1001, "n2"), ("c", 1000, "n2")):
        await submit_nemesis(runtime, str(run.id), nemesis(start, name=name, node_name=node))
    assert [(name, node) for name, node, _ in await outcomes(runtime, run)] == [("a", "n1"), ("c", "n2"), ("d", "n2")]


async def test_an_end_with_a_name_that_none_of_several_has_is_nobodys(runtime: Runtime, run: SCTTestRun) -> None:
    await submit_nemesis(runtime, str(run.id), nemesis(1000, name="a"))
    await submit_nemesis(runtime, str(run.id), nemesis(1000, name="b", node_name="other"))
    with pytest.raises(SCTServiceException, match="Nemesis not found"):
        await finalize_nemesis(runtime, str(run.id), end(1000, "failed", "c"))
    assert [state for _, _, state in await outcomes(runtime, run)] == ["running", "running"]


async def test_a_nemesis_that_the_reference_kept_ends_as_before(runtime: Runtime, run: SCTTestRun) -> None:
    from argus.plugins.sct.model import SCTNemesis

    await runtime.store.save(SCTNemesis(run_id=run.id, start_time=1000, name="old", status="running"))
    await finalize_nemesis(runtime, str(run.id), end(1000.4, "failed", "anything"))
    assert await outcomes(runtime, run) == [("old", None, "failed")]


async def test_a_count_that_a_writer_left_out_is_made_good(runtime: Runtime, run: SCTTestRun) -> None:
    from argus.plugins.sct.model import SCTNemesis

    await runtime.store.save(SCTNemesis(run_id=run.id, start_time=5, status="failed"))  # its writer died before it counted
    await submit_nemesis(runtime, str(run.id), nemesis(1000))
    assert (await stored(runtime, run.id)).nemesis_stats == {"total": 2, "failed": 1}


@pytest.mark.parametrize(
    ("body", "error"),
    [(nemesis(1000, weight=3), TypeError), ({"name": "x"}, TypeError), (nemesis(1000, class_name=7), WrongValue)],
)
async def test_a_bad_nemesis_is_not_stored(runtime: Runtime, run: SCTTestRun, body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        await submit_nemesis(runtime, str(run.id), body)
    assert await nemeses_of(runtime, str(run.id)) == []
    assert (await stored(runtime, run.id)).nemesis_stats == {}


async def test_the_end_of_an_unknown_nemesis_names_it(runtime: Runtime, run: SCTTestRun) -> None:
    for run_id in (str(run.id), "11111111-2222-4333-8444-555555555555"):
        with pytest.raises(SCTServiceException) as caught:
            await finalize_nemesis(runtime, run_id, end(1700.5, "succeeded"))
        assert caught.value.args == ("Nemesis not found", ("disrupt_x", 1700.5))


async def test_the_whole_run_has_what_stands_in_other_tables(runtime: Runtime, run: SCTTestRun) -> None:
    await create_resource(runtime, str(run.id), resource("db-1"))
    await submit_nemesis(runtime, str(run.id), nemesis(1000))
    response = await PLUGIN.run_response(runtime, await stored(runtime, run.id))
    assert [r.name for r in response["allocated_resources"]] == ["db-1"]
    assert [n.start_time for n in response["nemesis_data"]] == [1000]
    assert response["junit_reports"] == []
    assert response["id"] == run.id
