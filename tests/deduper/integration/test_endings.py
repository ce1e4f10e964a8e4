"""How a job ends, whatever its program does; nothing of it stays behind."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from argus.features.deduper.launch import ALLOWED
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, left_behind, playing, report
from tests.serving import Server

pytestmark = pytest.mark.anyio

CANCELS = 200


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with playing(tmp_path_factory.mktemp("endings"), DEDUPER_STALL_SECONDS=4, DEDUPER_GRACE_SECONDS=0.3) as running:
        yield running


@pytest.mark.parametrize(
    ("play", "status", "code"),
    [
        ("completes", "completed", None),
        ("no_result", "failed", "no_result"),
        ("exits 64", "failed", "bad_parameters"),
        ("exits 3", "failed", "exit_3"),
        ("dies", "failed", "signal_11"),
        ("full", "failed", "disk_full"),
        ("silent", "failed", "stalled"),
    ],
)
async def test_each_way_of_ending_has_its_state(
    server: Server, client: httpx.AsyncClient, play: str, status: str, code: str | None
) -> None:
    job_id = await begin(server, client, play)
    job = await ended(client, job_id)
    assert (job["status"], job["error"] and job["error"]["code"]) == (status, code)
    assert job["createdAt"] <= job["startedAt"] <= job["completedAt"]
    assert (job["result"] or {}).get("published", False) is (status == "completed")
    assert left_behind(server, job_id) == []


@pytest.mark.parametrize("play", ["chatty", "stubborn"])
async def test_a_time_out_ends_whatever_the_program_does(server: Server, client: httpx.AsyncClient, play: str) -> None:
    job_id = await begin(server, client, play, timeoutSeconds=2)
    job = await ended(client, job_id)
    assert job["error"] == {"code": "timeout", "message": "Job exceeded 2 s"}
    assert left_behind(server, job_id) == []


@pytest.mark.parametrize("play", ["silent", "stubborn", "forks", "late"])
async def test_a_cancelled_job_is_gone_with_all_that_it_forked(server: Server, client: httpx.AsyncClient, play: str) -> None:
    job_id = await begin(server, client, play)
    await _running(client, job_id)
    answer = await client.post(f"/deduper/jobs/{job_id}/cancel")
    assert answer.status_code == 202
    assert answer.json()["message"] == "Cancellation requested"
    job = await ended(client, job_id)
    assert job["status"] == "cancelled"
    assert job["result"] is None
    assert left_behind(server, job_id) == []
    again = await client.post(f"/deduper/jobs/{job_id}/cancel")
    assert (again.status_code, again.json()["message"]) == (200, "Job cancelled")


async def test_a_program_that_leaves_something_running_leaves_nothing(server: Server, client: httpx.AsyncClient) -> None:
    job_id = await begin(server, client, "forks_and_leaves")
    assert (await ended(client, job_id))["status"] == "completed"
    assert left_behind(server, job_id) == []


async def test_a_finished_job_cannot_be_cancelled_and_stays_as_it_is(server: Server, client: httpx.AsyncClient) -> None:
    job_id = await begin(server, client, "completes")
    before = await ended(client, job_id)
    answer = await client.post(f"/deduper/jobs/{job_id}/cancel")
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["status"]) == ("job_finished", "completed")
    assert (await client.get(f"/deduper/jobs/{job_id}")).json() == before


async def test_the_program_sees_no_secrets_and_its_lines_are_bounded(server: Server, client: httpx.AsyncClient) -> None:
    job_id = await begin(server, client, "environment")
    job = await ended(client, job_id)
    (names,) = [line for line in job["logs"] if line.startswith("environment ")]
    assert set(names.split()[1:]) - {"LC_CTYPE"} <= ALLOWED
    assert max(map(len, job["logs"])) <= 64 * 1024
    text = (await client.get(f"/deduper/jobs/{job_id}/logs", params={"tail": "1"})).text
    assert text.startswith("token=")
    assert "sosecretavalue" not in text


async def test_of_a_plain_program_the_exit_code_alone_counts(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.runtime.settings, "DEDUPER_PROTOCOL", "plain")
    done = await ended(client, job_id := await begin(server, client, "completes"))
    assert (done["status"], done["result"], done["progress"]) == ("completed", None, None)
    assert "a line of the log" in done["logs"]
    assert [line for line in done["logs"] if line.startswith('{"type": "result"')], "what it prints is its log"
    none = await client.get(f"/deduper/reports/{done['reportId']}/clusters")
    assert none.json()["code"] == "no_result", "it keeps its results itself, and no head row changes"
    assert left_behind(server, job_id) == []
    failed = await ended(client, await begin(server, client, "full"))
    assert failed["error"]["code"] == "exit_74", "what it says of itself is not heard"


async def test_clearing_may_cancel_first(server: Server, client: httpx.AsyncClient) -> None:
    job_id = await begin(server, client, "stubborn")
    await _running(client, job_id)
    report_id = (await client.get(f"/deduper/jobs/{job_id}")).json()["reportId"]
    refused = await client.delete("/deduper/clear-db-table", params={"reportId": report_id})
    assert (refused.status_code, refused.json()["jobs"]) == (409, [job_id])
    cleared = await client.delete("/deduper/clear-db-table", params={"reportId": report_id, "cancel": "1"})
    assert cleared.json()["deleted"]["jobs"] == 1
    assert left_behind(server, job_id) == []


async def test_many_starts_of_one_report_make_one_job(server: Server, client: httpx.AsyncClient) -> None:
    report_id = await report(server, "silent")
    answers = await asyncio.gather(*(client.get(f"/deduper/jobs/reportId/{report_id}") for _ in range(100)))
    assert sorted({answer.status_code for answer in answers}) == [200, 201]
    assert [answer.status_code for answer in answers].count(201) == 1
    assert len({answer.json()["jobId"] for answer in answers}) == 1
    posted = await client.post("/deduper/jobs", json={"reportId": report_id, "force": True})
    assert (posted.status_code, posted.json()["code"]) == (409, "job_active")
    assert (await client.post(f"/deduper/jobs/{answers[0].json()['jobId']}/cancel", params={"wait": "1"})).status_code == 200


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_two_hundred_jobs_cancelled_at_random_moments(server: Server, client: httpx.AsyncClient) -> None:
    """Each is exactly one of cancelled and completed, and leaves neither a process nor a file."""
    seed = random.SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    dice, outcomes = random.Random(seed), []

    async def one() -> None:
        job_id = await begin(server, client, f"completes {dice.uniform(0, 0.3):.3f}")
        await asyncio.sleep(dice.uniform(0, 1.5))
        while (answer := await client.post(f"/deduper/jobs/{job_id}/cancel")).status_code == 503:
            await asyncio.sleep(int(answer.headers["retry-after"]))  # the machine is slow, and the answer says when to ask again
        assert answer.status_code in (200, 202, 409), answer.text
        job = await ended(client, job_id, 120)
        assert (job["status"] == "completed") == (job["result"] is not None)
        assert job["status"] in ("cancelled", "completed"), job
        assert left_behind(server, job_id) == []
        outcomes.append(job["status"])

    for _ in range(CANCELS // 10):
        await asyncio.gather(*(one() for _ in range(10)))
    assert set(outcomes) == {"cancelled", "completed"}, "the moments were not spread over both"
    print({status: outcomes.count(status) for status in set(outcomes)})


async def _running(caller: httpx.AsyncClient, job_id: str) -> None:
    until = time.monotonic() + 30
    while (job := (await caller.get(f"/deduper/jobs/{job_id}")).json())["pid"] is None:
        assert job["status"] in ("pending", "running"), job
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
