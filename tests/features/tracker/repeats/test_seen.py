"""Failed cases and events say in how many runs they were seen before, since when, and with which issue."""

from __future__ import annotations

import random
import time
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.features.tracker.repeats import service
from argus.models.issue import GithubIssue, IssueLink
from argus.models.sct_event import EMBEDDING_SIZE, SCTCriticalEventEmbedding, SCTEvent
from argus.storage.statements import select
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"
SCT = "scylla-cluster-tests"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def result(made: Made, name: str, run: str, status: str, at: float) -> None:
    body = {"name": name, "timestamp": at, "session_timestamp": at, "test_type": "dtest", "run_id": run, "status": status, "markers": []}
    await answered(made.client.post(f"{API}/client/testrun/pytest/result/submit", json={**body, "duration": 1.0, "message": "boom"}))


async def link(server: Server, run: str, number: int) -> GithubIssue:
    issue = GithubIssue(
        owner="acme", repo="db", number=number, state="open", title=f"Issue {number}", url=f"https://github.com/acme/db/issues/{number}"
    )
    await server.store.save(issue)
    await server.store.save(IssueLink(run_id=UUID(run), issue_id=issue.id, type="github"))
    return issue


async def seen(made: Made, run: str, *names: str) -> list[dict[str, Any]]:
    return list(await answered(made.client.post(f"{API}/run/{run}/cases/seen_before", json={"names": list(names)})))


async def test_a_failed_case_tells_its_other_runs_the_oldest_and_their_issues(server: Server, made: Made) -> None:
    await made.new_test("t")
    runs = [await made.new_run("t", number, scylla_version=f"2025.{number}.0") for number in range(1, 6)]
    name, at = f"test_{uuid4().hex}", time.time()
    for back, (run, status) in enumerate(zip(runs, ["failure", "passed", "error", "failure", "failure"], strict=True)):
        await result(made, name, run, status, at - 1000 + back)
    for run in (runs[0], runs[2]):
        await link(server, run, uuid4().int % 10**6)
    often = await link(server, runs[0], 77)
    await server.store.save(IssueLink(run_id=UUID(runs[3]), issue_id=often.id, type="github"))
    first, second = await seen(made, runs[4], name, "test_nobody_knows")
    assert (first["name"], first["runs"], first["more"]) == (name, 3, False)
    assert first["since"]["run_id"] == runs[0]
    assert [issue["runs"] for issue in first["issues"]] == [2, 1, 1]
    best = first["issues"][0]
    assert (best["subtype"], best["number"], best["url"], best["owner"], best["repo"]) == ("github", 77, often.url, "acme", "db")
    assert (second["runs"], second["since"], second["issues"]) == (0, None, [])


async def test_only_the_newest_results_are_looked_at(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOOKED_AT", 2)
    await made.new_test("t")
    runs = [await made.new_run("t", number) for number in range(1, 5)]
    name, at = f"test_{uuid4().hex}", time.time()
    for back, run in enumerate(runs):
        await result(made, name, run, "failure", at - 1000 + back)
    told = (await seen(made, runs[3], name))[0]
    assert (told["runs"], told["more"], told["since"]["run_id"]) == (1, True, runs[2])


async def test_events_like_one_are_found_in_other_runs(server: Server, made: Made) -> None:
    test = await made.new_test("c", plugin=SCT)
    near = [random.Random(7).random() for _ in range(EMBEDDING_SIZE)]
    runs: list[str] = []
    for number in range(1, 4):
        run = str(uuid4())
        body = {"schema_version": "v8", "run_id": run, "job_name": made.job("c"), "job_url": f"https://ci/{number}/", "started_by": "ci"}
        await answered(
            made.client.post(
                f"{API}/client/testrun/{SCT}/submit",
                json=body | {"commit_id": "a", "sct_config": None, "origin_url": None, "branch_name": None},
            )
        )
        event = {"run_id": run, "severity": "CRITICAL", "ts": 1_700_000_000 + number, "message": "down", "event_type": "E"}
        await answered(made.client.post(f"{API}/client/sct/{run}/event/submit", json={"schema_version": "v8", "data": event}))
        stored = await server.store.first(select(SCTEvent).where(run_id=UUID(run), severity="CRITICAL"))
        assert stored is not None
        await server.store.save(SCTCriticalEventEmbedding(run_id=UUID(run), ts=stored.ts, embedding=near))
        runs.append(run)
    issue = await link(server, runs[0], 9)
    asked = {"events": [{"severity": "CRITICAL", "ts": "2023-11-14T22:13:23Z"}]}
    told = (await answered(made.client.post(f"{API}/client/sct/{runs[2]}/events/seen_before", json=asked)))[0]
    assert test
    assert (told["runs"], told["since"]["run_id"], [found["url"] for found in told["issues"]]) == (2, runs[0], [issue.url])
    many = {"events": asked["events"] * 6}
    assert (await refused(made.client.post(f"{API}/client/sct/{runs[2]}/events/seen_before", json=many)))[0] == "DataValidationError"


@pytest.mark.parametrize("names", [["x"] * 21, "x", [1], [""]])
async def test_too_many_names_or_none_that_is_one_are_refused(client: httpx.AsyncClient, names: Any) -> None:
    assert (await refused(client.post(f"{API}/run/{uuid4()}/cases/seen_before", json={"names": names})))[0] == "DataValidationError"
