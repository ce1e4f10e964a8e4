"""How jobs are started: once a key, five a minute and report, by ids in whatever letters, as often as a caller may; on both lanes."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import func, select

from argus.db.database import open_database
from argus.features.deduper.tables import DedupeJob
from argus.kit.ulids import new_ulid
from strangler.registry import Lane
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, playing, report
from tests.serving import Server

pytestmark = pytest.mark.anyio
JOBS = "/deduper/jobs"


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with playing(tmp_path_factory.mktemp("starts"), cast("Lane", request.param), DEDUPER_GRACE_SECONDS=0.3) as running:
        yield running


async def jobs_of(server: Server, report_id: str) -> int:
    database = await open_database(server.runtime)
    async with database.reading() as session:
        return int(await session.scalar(select(func.count()).where(DedupeJob.report_id == report_id)) or 0)


async def test_a_post_that_is_sent_again_starts_one_job_and_gets_the_first_answer(server: Server, client: httpx.AsyncClient) -> None:
    report_id = await report(server, "completes")
    headers, body = {"Idempotency-Key": new_ulid()}, {"reportId": report_id}
    first, *others = await asyncio.gather(*(client.post(JOBS, json=body, headers=headers) for _ in range(5)))
    assert {answer.status_code for answer in (first, *others)} == {201}
    assert {answer.content for answer in others} == {first.content}
    assert [answer.headers.get("idempotency-replayed") for answer in (first, *others)].count("true") == 4
    await ended(client, first.json()["job"]["jobId"])
    late = await client.post(JOBS, json=body, headers=headers)
    assert (late.status_code, late.content, late.headers["location"]) == (201, first.content, first.headers["location"])
    assert await jobs_of(server, report_id) == 1


async def test_a_key_is_for_one_request_of_one_caller(server: Server, client: httpx.AsyncClient) -> None:
    one, other = await report(server, "completes"), await report(server, "completes")
    headers = {"Idempotency-Key": new_ulid()}
    assert (await client.post(JOBS, json={"reportId": one}, headers=headers)).status_code == 201
    refused = await client.post(JOBS, json={"reportId": other}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_conflict")
    wrong = await client.post(JOBS, json={"reportId": other}, headers={"Idempotency-Key": "no key"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_idempotency_key")
    async with server.client("bob") as bob:
        assert (await bob.post(JOBS, json={"reportId": other}, headers=headers)).status_code == 201


async def test_a_key_of_what_was_refused_may_be_used_again(server: Server, client: httpx.AsyncClient) -> None:
    report_id = await report(server, "silent")
    job_id = (await client.post(JOBS, json={"reportId": report_id})).json()["job"]["jobId"]
    headers = {"Idempotency-Key": new_ulid()}
    assert (await client.post(JOBS, json={"reportId": report_id}, headers=headers)).json()["code"] == "job_active"
    await client.post(f"{JOBS}/{job_id}/cancel", params={"wait": "1"})
    again = await client.post(JOBS, json={"reportId": report_id}, headers=headers)
    assert again.status_code == 201
    await client.post(f"{JOBS}/{again.json()['job']['jobId']}/cancel", params={"wait": "1"})


async def test_five_jobs_a_minute_may_be_started_for_a_report(server: Server, client: httpx.AsyncClient) -> None:
    report_id = await report(server, "completes")
    for _ in range(5):
        job = (await client.post(JOBS, json={"reportId": report_id})).json()["job"]
        await client.post(f"{JOBS}/{job['jobId']}/cancel", params={"wait": "1"})
    refused = await client.post(JOBS, json={"reportId": report_id})
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "too_many_starts", "60")
    assert (await client.post(JOBS, json={"reportId": await report(server, "completes")})).status_code == 201, "of another report"
    assert await jobs_of(server, report_id) == 5


async def test_more_than_so_many_jobs_do_not_wait(server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "DEDUPER_MAX_PENDING", 0)
    report_id = await report(server, "completes")
    refused = await client.post(JOBS, json={"reportId": report_id})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_pending")
    assert await jobs_of(server, report_id) == 0


async def test_more_events_than_a_job_takes_are_refused_with_their_number(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argus.features.deduper.service.MOST_EVENTS", -1)
    refused = await client.post(JOBS, json={"reportId": await report(server, "completes")})
    assert (refused.status_code, refused.json()["code"], refused.json()["count"]) == (422, "too_many_events", 0)


async def test_requests_are_counted_as_on_every_extension_route(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.runtime.settings, "RATE_READS", "3/minute")
    answers = [await client.get(f"{JOBS}/list") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) > 0
    async with server.client("bob") as bob, server.client(None) as anybody:
        assert (await bob.get(f"{JOBS}/list")).status_code == 200, "each caller has a rate"
        assert [(await anybody.get("/deduper/health")).status_code for _ in range(4)] == [200, 200, 200, 429]
        assert (await anybody.get("/test")).status_code == 200


async def test_a_run_is_found_in_whatever_letters_its_id_is_written(server: Server, client: httpx.AsyncClient) -> None:
    report_id = await report(server, "completes")
    started = await client.get(f"{JOBS}/reportId/{report_id.upper()}")
    assert (started.status_code, started.json()["reportId"]) == (201, report_id)
    for found in (
        await client.get(f"{JOBS}/reportId/{report_id.upper()}", params={"lookup": "1"}),
        await client.get(JOBS, params={"lookup": "1", "reportId": report_id.upper()}),
    ):
        assert [job["jobId"] for job in found.json()["jobs"]] == [started.json()["jobId"]]


LINE = re.compile(
    r"deduper\.\w+ job_id=(?P<job>\w{26}) report_id=(?P<report>\S+) attempt=\d+ pid=(?:\d+|None) "
    r"status=\w+ duration_ms=\d+ request_id=\S+(?: .*)?"
)


@pytest.mark.parametrize(
    ("play", "parameters", "steps"),
    [
        ("completes", {}, ["enqueue", "start", "complete"]),
        ("exits 3", {}, ["enqueue", "start", "fail"]),
        ("silent", {"timeoutSeconds": 1}, ["enqueue", "start", "timeout", "fail"]),
        ("silent", None, ["enqueue", "start", "cancel"]),
    ],
    ids=["completed", "failed", "timed out", "cancelled"],
)
async def test_each_step_of_a_job_is_a_line_of_the_log_with_the_same_facts(
    server: Server,
    client: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    play: str,
    parameters: dict[str, Any] | None,
    steps: list[str],
) -> None:
    with caplog.at_level(logging.INFO, "argus.deduper"):
        job_id = await begin(server, client, play, **(parameters or {}))
        if parameters is None:
            while (await client.get(f"{JOBS}/{job_id}")).json()["pid"] is None:
                await asyncio.sleep(0.05)
            await client.post(f"{JOBS}/{job_id}/cancel")
        job = await ended(client, job_id)
    lines = [record.getMessage() for record in caplog.records if record.name == "argus.deduper" and job_id in record.getMessage()]
    assert [line.split()[0] for line in lines] == [f"deduper.{step}" for step in steps]
    for line in lines:
        told = LINE.fullmatch(line)
        assert told is not None, line
        assert (told["job"], told["report"]) == (job_id, job["reportId"])
