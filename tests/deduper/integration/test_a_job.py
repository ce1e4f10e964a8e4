"""A job from the request to its clusters, with the program that comes with Argus, on both lanes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from argus.db.database import open_database
from argus.features.deduper import source
from argus.features.deduper.tables import DedupeCluster, DedupeMember
from argus.kit.clock import now_s
from argus.kit.ulids import new_ulid
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.sct_event import SCTEvent
from argus.platform.tables import WorkItem
from argus.plugins.sct.model import SCTTestRun
from tests.deduper.integration.conftest import ended
from tests.serving import Server

pytestmark = pytest.mark.anyio

Run = Callable[..., Awaitable[str]]


async def test_a_run_becomes_clusters(server: Server, client: httpx.AsyncClient, run: Run) -> None:
    run_id = await run(80)
    began = await client.post("/deduper/jobs", json={"reportId": run_id})
    assert began.status_code == 201, began.text
    job = began.json()["job"]
    assert began.headers["location"] == f"/deduper/jobs/{job['jobId']}"
    job = await ended(client, job["jobId"])
    assert job["status"] == "completed", job
    assert job["result"]["events"] == 80
    assert job["result"]["published"] is True
    answer = await client.get(f"/deduper/reports/{run_id}/clusters", params={"limit": "4"})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["stale"] is False
    sizes = [one["size"] for one in page["items"]]
    assert sizes == sorted(sizes, reverse=True)
    following = (await client.get(f"/deduper/reports/{run_id}/clusters", params={"cursor": page["next_cursor"]})).json()
    assert sum(sizes) + sum(one["size"] for one in following["items"]) == 80
    one = page["items"][0]
    members = (await client.get(f"/deduper/reports/{run_id}/clusters/{one['clusterId']}/events")).json()["items"]
    assert len(members) == one["size"]
    assert all(member["message"] for member in members)
    seen = (await client.get(f"/deduper/signatures/{one['signature']}/runs")).json()["items"]
    assert run_id in [cluster["reportId"] for cluster in seen]
    folder = Path(server.runtime.settings.DATA_DIR) / "deduper" / job["jobId"]
    assert [entry.name for entry in folder.iterdir()] in ([], ["job.log"]) if folder.exists() else True


async def rows(server: Server, *conditions: Any, of: Any) -> int:
    database = await open_database(server.runtime)
    async with database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(of).where(*conditions)) or 0)


async def test_clear_removes_what_the_deduper_made_and_nothing_else(server: Server, client: httpx.AsyncClient, run: Run) -> None:
    one, other = await run(40, 2), await run(40, 3)
    jobs = [(await client.post("/deduper/jobs", json={"reportId": report})).json()["job"]["jobId"] for report in (one, other)]
    for job_id in jobs:
        assert (await ended(client, job_id))["status"] == "completed"
    items = await rows(server, of=WorkItem)
    clusters = await rows(server, DedupeCluster.report_id == one, of=DedupeCluster)
    cleared = await client.delete("/deduper/clear-db-table", params={"reportId": one})
    assert cleared.json() == {"message": "Table cleared", "deleted": {"jobs": 1, "clusters": clusters}}
    assert await rows(server, DedupeMember.job_id == jobs[0], of=DedupeMember) == 0
    assert (await client.get(f"/deduper/reports/{one}/clusters")).json()["code"] == "no_result"
    assert (await client.get(f"/deduper/jobs/{jobs[0]}")).status_code == 404
    assert (await client.get(f"/deduper/reports/{other}/clusters")).status_code == 200, "another report stays"
    assert await rows(server, of=WorkItem) == items, "another table stays"
    assert await source.count(server.runtime, [UUID(one)], ["ERROR"]) == 40, "events stay"


async def test_a_list_of_runs_is_looked_at_again_by_its_name_and_says_when_it_is_stale(
    server: Server, client: httpx.AsyncClient, run: Run
) -> None:
    runs, report = [await run(30, 4), await run(30, 5)], f"set:{new_ulid()}"
    first = await client.post("/deduper/jobs", json={"reportId": report, "parameters": {"runs": runs}})
    assert first.status_code == 201, first.text
    await ended(client, first.json()["job"]["jobId"])
    again = await ended(client, (await client.get(f"/deduper/jobs/reportId/{report}")).json()["jobId"])
    assert (again["status"], again["result"]["events"], again["parameters"]["runs"]) == ("completed", 60, runs)
    page = (await client.get(f"/deduper/reports/{report}/clusters", params={"sort": "last_seen", "min_size": "2"})).json()
    assert page["stale"] is False
    assert max(one["runs"] for one in page["items"]) == 2, "both of them"
    assert [one["lastSeen"] for one in page["items"]] == sorted((one["lastSeen"] for one in page["items"]), reverse=True)
    await run_more(server, runs[0])
    assert (await client.get(f"/deduper/reports/{report}/clusters")).json()["stale"] is True


async def run_more(server: Server, run_id: str) -> None:
    """An event that comes after the computation."""
    late = SCTEvent(run_id=UUID(run_id), severity="ERROR", ts=datetime(2035, 1, 1), event_type="E", message="late", node="db-1")
    await server.store.save(late)


@pytest.mark.parametrize("scope", ["recent", "test", "release"])
async def test_a_subject_is_the_runs_that_belong_to_it(server: Server, client: httpx.AsyncClient, scope: str) -> None:
    thing, moment = uuid4(), datetime.now(UTC).replace(tzinfo=None)
    about: dict[str, Any] = {} if scope == "recent" else {f"{scope}_id": thing}
    report = scope if scope == "recent" else f"{scope}:{thing}"
    if scope == "test":
        await server.store.save(ArgusTest(id=thing, name="t", build_system_id=str(thing)))
    elif scope == "release":
        await server.store.save(ArgusRelease(id=thing, name=str(thing)))
    before = await events_of(client, report)
    for minutes in (5, 50):
        run_id = uuid4()
        at = moment - timedelta(minutes=minutes)
        await server.store.save(SCTTestRun(build_id=f"job-{run_id}", id=run_id, start_time=at, end_time=at, heartbeat=now_s(), **about))
        await server.store.save(SCTEvent(run_id=run_id, severity="ERROR", ts=at, event_type="E", message="down", node="db-1"))
    assert await events_of(client, report) == before + 2


async def events_of(client: httpx.AsyncClient, report: str) -> int:
    """How many events a job of the report sees."""
    started = await client.get(f"/deduper/jobs/reportId/{report}")
    assert started.status_code == 201, started.text
    job = await ended(client, started.json()["jobId"])
    assert job["status"] == "completed", job
    return int(job["result"]["events"])
