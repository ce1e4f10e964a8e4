"""What people do with runs: list, judge, hand on, ignore; and runs that stopped answering."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.runs import edit, get_run
from argus.kit.clock import now_s
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.storage.statements import select
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def people(client: httpx.AsyncClient) -> dict[str, str]:
    return {user["username"]: user["id"] for user in (await answered(client.get(f"{API}/users"))).values()}


async def listed(made: Made, test: str, **query: Any) -> list[str]:
    return [run["id"] for run in await answered(made.client.get(f"{API}/test/{test}/runs", params=query))]


async def told(made: Made, run: str) -> list[str]:
    found = await answered(made.client.get(f"{API}/run/{run}/activity"))
    return [found["events"][event["id"]] for event in found["raw_events"]]


async def act(made: Made, test: str, run: str, what: str, **body: Any) -> Any:
    return await answered(made.client.post(f"{API}/test/{test}/run/{run}/{what}/set", json=body))


async def cached(server: Server, made: Made) -> bool:
    return bool(await server.store.all(select(ReleaseStatsSnapshot).where(release_id=UUID(made.id))))


async def cache(server: Server, made: Made) -> None:
    await server.store.save(ReleaseStatsSnapshot(release_id=UUID(made.id), filter_key="v=::", payload="{}"))


async def test_runs_come_by_build_number_and_then_by_need(made: Made) -> None:
    test = await made.new_test("t")
    nine = await made.new_run("t", 9)
    ten, tied = await made.new_run("t", 10), await made.new_run("t", 10)
    unnumbered = await made.new_run("t", build_url="https://ci/job/last")
    without_url = await made.new_run("t", build_url=None)
    await act(made, test, tied, "status", status="failed")
    order = await listed(made, test)
    assert order[:3] == [tied, ten, nine]
    assert set(order[3:]) == {unnumbered, without_url}
    assert await listed(made, test, limit=1, **{"additionalRuns[]": [nine, str(uuid4()), without_url]}) == [nine, without_url]
    twice = {"additionalRuns[]": [nine, without_url, nine, without_url]}  # the newest is there already, the other one comes as often
    assert await listed(made, test, limit=1, **twice) == [nine, nine, without_url]


async def test_a_run_is_judged(server: Server, made: Made) -> None:
    test = await made.new_test("t")
    run = await made.new_run("t")
    before = await get_run(server.runtime, "generic", UUID(run))
    for what, key, value in (("status", "status", "failed"), ("investigation_status", "investigation_status", "in_progress")):
        await cache(server, made)
        assert await act(made, test, run, what, **{key: value}) == {"test_run_id": run, key: value}
        assert not await cached(server, made)
    after = await get_run(server.runtime, "generic", UUID(run))
    assert after == before.changed(status="failed", investigation_status="in_progress")
    assert await told(made, run) == [
        "Status was changed from running to failed by alice",
        "Investigation status was changed from not_investigated to in_progress by alice",
    ]
    raw = (await answered(made.client.get(f"{API}/run/{run}/activity")))["raw_events"]
    assert {event["kind"] for event in raw} == {"ARGUS_TEST_RUN_STATUS_CHANGE"}
    assert {(event["release_id"], event["group_id"], event["test_id"]) for event in raw} == {(made.id, made.group, test)}


async def test_a_run_is_handed_on_and_its_new_owner_told(server: Server, made: Made) -> None:
    test, known = await made.new_test("t"), await people(made.client)
    run = await made.new_run("t")
    async with server.client("bob") as bob:
        unread = await answered(bob.get(f"{API}/notifications/get_unread"))
        assert await act(made, test, run, "assignee", assignee=known["bob"]) == {"test_run_id": run, "assignee": known["bob"]}
        assert await answered(bob.get(f"{API}/notifications/get_unread")) == unread + 1
    own = await answered(made.client.get(f"{API}/notifications/get_unread"))
    await act(made, test, run, "assignee", assignee=known["alice"])
    await act(made, test, run, "assignee", assignee="none-none-none")
    assert await answered(made.client.get(f"{API}/notifications/get_unread")) == own
    assert await told(made, run) == [
        'Assignee was changed from "None" to "bob" by alice',
        'Assignee was changed from "bob" to "alice" by alice',
        'Assignee was changed from "alice" to "None" by alice',
    ]
    stranger = {"assignee": str(uuid4())}
    assert (await refused(made.client.post(f"{API}/test/{test}/run/{run}/assignee/set", json=stranger)))[0] == "DocumentNotFound"
    assert len(await told(made, run)) == 3


async def test_runs_that_nobody_looked_at_are_ignored_together(server: Server, made: Made) -> None:
    test = await made.new_test("t")
    running, failed, passed, seen = [await made.new_run("t", number) for number in range(1, 5)]
    for run, status in ((failed, "failed"), (passed, "passed"), (seen, "failed")):
        await act(made, test, run, "status", status=status)
    await act(made, test, seen, "investigation_status", investigation_status="in_progress")
    await cache(server, made)
    body = {"testId": test, "reason": "flaky {lab}"}
    assert await answered(made.client.post(f"{API}/ignore_jobs", json=body)) == {"affectedJobs": 2}
    assert not await cached(server, made)
    states = {run["id"]: run["investigation_status"] for run in await answered(made.client.get(f"{API}/test/{test}/runs"))}
    assert states == {running: "ignored", failed: "ignored", passed: "not_investigated", seen: "in_progress"}
    assert (await told(made, running))[-1] == "Run was marked as ignored by alice due to the following reason: flaky {lab}"
    assert await answered(made.client.post(f"{API}/ignore_jobs", json=body)) == {"affectedJobs": 0}


async def test_runs_that_stopped_answering_are_ended(server: Server, made: Made) -> None:
    await made.new_test("t", plugin="scylla-cluster-tests")

    async def silent_for(seconds: int, status: str) -> str:
        run_id = str(uuid4())
        sent = {"schema_version": "v8", "run_id": run_id, "job_name": made.job("t"), "job_url": None, "started_by": "ci", "commit_id": "c"}
        await answered(made.client.post(f"{API}/client/testrun/scylla-cluster-tests/submit", json={**sent, "sct_config": None}))
        run = await get_run(server.runtime, "scylla-cluster-tests", UUID(run_id))
        await server.store.write(edit(run).set(heartbeat=now_s() - seconds, status=status))
        return run_id

    long, short = 45 * 60 + 5, 45 * 60 - 30  # seconds
    running, created = await silent_for(long, "running"), await silent_for(long, "created")
    over, alive = await silent_for(long, "failed"), await silent_for(short, "running")
    await cache(server, made)
    assert await answered(made.client.post(f"{API}/terminate_stuck_runs")) == {"total": 2}
    assert not await cached(server, made)  # what they show is made of states of runs
    states = {}
    for run in (running, created, over, alive):
        row = await answered(made.client.get(f"{API}/client/testrun/scylla-cluster-tests/{run}/get"))
        states[run] = row["status"]
        assert row["end_time"].startswith("1970")
    assert states == {running: "aborted", created: "aborted", over: "failed", alive: "running"}
    silence = "Run was automatically terminated due to not responding for more than 45 minutes"
    assert await told(made, created) == [f"{silence} (Status changed from created to aborted) by alice"]
    assert await told(made, alive) == []
