"""What the health check says: each check by itself, the programs that run, and how the last jobs went."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.features.deduper.processes import of_job
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, playing
from tests.serving import Server

pytestmark = pytest.mark.anyio

SLOTS = 2
HEALTH = "/deduper/health"


@pytest.fixture
async def server(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Server]:
    """A server of its own for each test: health tells of all jobs."""
    async with playing(tmp_path, DEDUPER_MAX_CONCURRENT=SLOTS, QUEUE_CONCURRENCY=4, DEDUPER_GRACE_SECONDS=0.3) as running:
        yield running


async def health(caller: httpx.AsyncClient, status: int = 200) -> dict[str, Any]:
    answer = await caller.get(HEALTH)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_it_counts_the_programs_that_run_and_no_more_of_them_run_than_there_are_slots(
    server: Server, client: httpx.AsyncClient
) -> None:
    assert (await health(client))["status"] == "healthy"
    jobs = [await begin(server, client, "completes 0.7") for _ in range(3 * SLOTS)]
    most, counted, until = 0, set(), time.monotonic() + 60
    while time.monotonic() < until:
        found = await health(client)
        running = sum(bool(of_job(job_id)) for job_id in jobs)
        most = max(most, running)
        counted.add(found["activeJobs"])
        assert running <= SLOTS
        assert found["activeJobs"] == found["active_jobs"] <= SLOTS == found["maxConcurrentJobs"]
        if found["activeJobs"] + found["pendingJobs"] == 0:
            break
        await asyncio.sleep(0.05)
    assert most == max(counted) == SLOTS, "the slots were never used up"
    assert [(await ended(client, job_id))["status"] for job_id in jobs] == ["completed"] * len(jobs)
    found = await health(client)
    assert (found["activeJobs"], found["pendingJobs"], found["jobsLastHour"]["completed"]) == (0, 0, len(jobs))


async def test_it_counts_how_jobs_ended_and_degrades_when_most_of_them_fail(server: Server, client: httpx.AsyncClient) -> None:
    late = await begin(server, client, "silent", timeoutSeconds=1)
    assert (await ended(client, late))["error"]["code"] == "timeout"
    gone = await begin(server, client, "silent")
    assert (await client.post(f"/deduper/jobs/{gone}/cancel", params={"wait": "1"})).status_code == 200
    assert (await health(client))["status"] == "healthy", "one of two is not more than half"
    await ended(client, await begin(server, client, "exits 3"))
    found = await health(client)
    assert found["jobsLastHour"] == {"completed": 0, "failed": 1, "cancelled": 1, "timeout": 1}
    assert (found["status"], found["lastError"]["code"]) == ("degraded", "exit_3")
    async with server.client(None) as anybody:
        assert (await health(anybody))["lastError"] is None, "what failed is told to those who are logged in"
    await ended(client, await begin(server, client, "completes"))
    assert (await health(client))["status"] == "healthy"


async def test_a_disk_that_was_full_degrades_it_until_a_job_ends_otherwise(server: Server, client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await ended(client, await begin(server, client, "completes"))
    assert (await ended(client, await begin(server, client, "full")))["error"]["code"] == "disk_full"
    assert (await health(client))["status"] == "degraded"
    await ended(client, await begin(server, client, "completes"))
    assert (await health(client))["status"] == "healthy"


async def test_too_little_room_degrades_it_and_says_how_much_there_is(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus.features.deduper.checks.FREE", 1 << 60)
    found = await health(client)
    assert found["status"] == "degraded"
    free = found["configuration"]["diskFree"]
    assert (free["ok"], free["required"]) == (False, False)
    assert free["detail"].endswith(" GiB")
    job = await ended(client, await begin(server, client, "completes"))
    assert job["status"] == "completed", "an optional check stops no job"


@pytest.mark.parametrize("how", ["hangs", "refuses"])
async def test_databases_that_do_not_answer_make_it_unhealthy(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async def ping() -> None:
        if how == "refuses":
            raise OSError("refused")
        await asyncio.sleep(600)

    monkeypatch.setattr("argus.features.deduper.checks.STORAGE_WITHIN", 0.2)
    monkeypatch.setattr(server.runtime.store, "ping", ping)
    found = await health(client, 503)
    storage = found["configuration"]["storage"]
    assert (found["status"], storage["ok"], storage["required"]) == ("unhealthy", False, True)
    assert storage["detail"] == ("OSError" if how == "refuses" else "no answer within 0.2 s")
    refused = await client.post("/deduper/jobs", json={"reportId": "recent"})
    assert (refused.status_code, list(refused.json()["configuration"])) == (503, ["storage"])
