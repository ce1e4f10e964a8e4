"""One decision about many runs: row by row, with the same trail as single ones, and taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.runs import get_run
from argus.models.notification import ArgusNotification
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.storage.statements import select
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"


def github(request: httpx.Request) -> httpx.Response:
    """Every issue of `acme`; none of anybody else."""
    if "/acme/" not in request.url.path:
        return httpx.Response(404)
    number = int(request.url.path.rpartition("/")[2])
    return httpx.Response(200, json={"number": number, "state": "open", "title": f"Issue {number}", "labels": [], "assignees": []})


@pytest.fixture(autouse=True)
async def remotes(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(github)) as http:
        monkeypatch.setattr(server.runtime, "http", http)
        monkeypatch.setattr(server.runtime.settings, "GITHUB_ENABLED", True)
        yield


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def some_runs(made: Made, count: int) -> list[dict[str, str]]:
    test = await made.new_test("t")
    return [{"test_id": test, "run_id": await made.new_run("t", number)} for number in range(1, count + 1)]


async def triage(made: Made, runs: list[dict[str, str]], **change: Any) -> list[dict[str, Any]]:
    answer = await answered(made.client.post(f"{API}/runs/triage", json={"runs": runs, "change": change}))
    return list(answer["rows"])


async def undo(made: Made, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = {"rows": [{key: row[key] for key in ("test_id", "run_id", "undo")} for row in rows]}
    return list((await answered(made.client.post(f"{API}/runs/triage/undo", json=body)))["rows"])


async def told(made: Made, run: str) -> list[str]:
    found = await answered(made.client.get(f"{API}/run/{run}/activity"))
    return [found["events"][event["id"]] for event in found["raw_events"]]


async def person(made: Made, name: str) -> str:
    return str(next(u["id"] for u in (await answered(made.client.get(f"{API}/users"))).values() if u["username"] == name))


async def state(server: Server, run: str) -> tuple[Any, ...]:
    found = await get_run(server.runtime, "generic", UUID(run))
    return found.status, found.investigation_status, found.assignee


async def test_everything_is_changed_for_all_and_leaves_the_trail_of_single_changes(server: Server, made: Made) -> None:
    runs, bob = await some_runs(made, 12), await person(made, "bob")
    await server.store.save(ReleaseStatsSnapshot(release_id=UUID(made.id), filter_key="v=::", payload="{}"))
    url = f"https://github.com/acme/db/issues/{uuid4().int % 10**9}"
    wanted = {"status": "failed", "investigation_status": "in_progress", "assignee": bob}
    rows = await triage(made, runs, **wanted, issue_url=url, comment="look <here>")
    assert [row["run_id"] for row in rows] == [run["run_id"] for run in runs]
    assert all(row["refused"] == [] for row in rows)
    assert rows[3]["done"] == wanted | {"issue_id": rows[0]["done"]["issue_id"], "comment_id": rows[3]["done"]["comment_id"]}
    for run in runs:
        assert await state(server, run["run_id"]) == ("failed", "in_progress", UUID(bob))
    assert sorted(await told(made, runs[5]["run_id"])) == [
        "A comment was posted by alice",
        f'An issue titled "Issue {url.rpartition("/")[2]}" was attached by alice',
        'Assignee was changed from "None" to "bob" by alice',
        "Investigation status was changed from not_investigated to in_progress by alice",
        "Status was changed from running to failed by alice",
    ]
    comments = await answered(made.client.get(f"{API}/run/{runs[7]['run_id']}/comments"))
    assert [comment["message"] for comment in comments] == ["look &lt;here&gt;"]
    sources = {row.source_id for row in await server.store.all(select(ArgusNotification).where(receiver=UUID(bob)))}
    assert {UUID(run["run_id"]) for run in runs} <= sources
    assert not await server.store.all(select(ReleaseStatsSnapshot).where(release_id=UUID(made.id)))


async def test_a_row_that_fails_says_why_and_leaves_its_neighbours_alone(server: Server, made: Made) -> None:
    runs = await some_runs(made, 3)
    gone = {"test_id": runs[0]["test_id"], "run_id": str(uuid4())}
    nowhere = {"test_id": str(uuid4()), "run_id": runs[0]["run_id"]}
    rows = await triage(made, [gone, runs[0], nowhere, runs[1], runs[2]], investigation_status="investigated")
    assert [[part["what"] for part in row["refused"]] for row in rows] == [["run"], [], ["run"], [], []]
    assert gone["run_id"] in rows[0]["refused"][0]["message"]
    assert rows[0]["done"] == rows[0]["undo"] == {}
    for run in runs:
        assert (await state(server, run["run_id"]))[1] == "investigated"


async def test_a_part_that_fails_leaves_the_other_parts_of_its_row(server: Server, made: Made) -> None:
    runs = await some_runs(made, 2)
    rows = await triage(made, runs, investigation_status="ignored", issue_url="https://github.com/nobody/db/issues/1", comment="see above")
    for run, row in zip(runs, rows, strict=True):
        assert [part["what"] for part in row["refused"]] == ["issue"]
        assert set(row["done"]) == {"investigation_status", "comment_id"}
        assert (await state(server, run["run_id"]))[1] == "ignored"


async def test_what_is_so_already_is_not_written_again(made: Made) -> None:
    runs = await some_runs(made, 2)
    await triage(made, runs[:1], status="failed")
    before = await told(made, runs[0]["run_id"])
    rows = await triage(made, [*runs, runs[0]], status="failed")
    assert [row["done"] for row in rows] == [{}, {"status": "failed"}]
    assert await told(made, runs[0]["run_id"]) == before


async def test_all_of_it_is_taken_back(server: Server, made: Made) -> None:
    runs, bob = await some_runs(made, 3), await person(made, "bob")
    before = [await state(server, run["run_id"]) for run in runs]
    url = f"https://github.com/acme/db/issues/{uuid4().int % 10**9}"
    await answered(made.client.post(f"{API}/test/{runs[0]['test_id']}/run/{runs[0]['run_id']}/issues/submit", json={"issue_url": url}))
    rows = await triage(made, runs, status="failed", investigation_status="in_progress", assignee=bob, issue_url=url, comment="oh")
    back = await undo(made, rows)
    assert all(row["refused"] == [] for row in back)
    assert [await state(server, run["run_id"]) for run in runs] == before
    linked = [await answered(made.client.get(f"{API}/issues/get", params={"filterKey": "run_id", "id": run["run_id"]})) for run in runs]
    assert [len(found) for found in linked] == [1, 0, 0]  # the one that was there before stays
    assert await answered(made.client.get(f"{API}/run/{runs[1]['run_id']}/comments")) == []
    assert "Status was changed from failed to running by alice" in await told(made, runs[1]["run_id"])


async def test_what_somebody_else_has_changed_since_is_not_taken_back(server: Server, made: Made) -> None:
    runs = await some_runs(made, 2)
    rows = await triage(made, runs, investigation_status="in_progress")
    path = f"{API}/test/{runs[0]['test_id']}/run/{runs[0]['run_id']}/investigation_status/set"
    await answered(made.client.post(path, json={"investigation_status": "investigated"}))
    back = await undo(made, rows)
    assert [[part["what"] for part in row["refused"]] for row in back] == [["investigation_status"], []]
    assert "since" in back[0]["refused"][0]["message"]
    assert [(await state(server, run["run_id"]))[1] for run in runs] == ["investigated", "not_investigated"]


ONE = {"test_id": str(uuid4()), "run_id": str(uuid4())}


@pytest.mark.parametrize(
    ("body", "exception"),
    [
        ({"runs": [], "change": {"status": "failed"}}, "DataValidationError"),
        ({"runs": [ONE] * 101, "change": {"status": "failed"}}, "DataValidationError"),
        ({"runs": [ONE], "change": {}}, "DataValidationError"),
        ({"runs": [ONE], "change": {"state": "failed"}}, "DataValidationError"),
        ({"runs": [ONE], "change": {"comment": "  "}}, "DataValidationError"),
        ({"runs": [ONE], "change": {"comment": "x" * 65_537}}, "DataValidationError"),
        ({"runs": [ONE], "change": {"status": "bad"}}, "ValueError"),
        ({"runs": [ONE], "change": {"assignee": str(uuid4())}}, "DocumentNotFound"),
        ({"runs": [{"test_id": "x", "run_id": "y"}], "change": {"status": "failed"}}, "ValueError"),
        ({"runs": ["x"], "change": {"status": "failed"}}, "DataValidationError"),
        ({"change": {"status": "failed"}}, "KeyError"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_as_a_whole(client: httpx.AsyncClient, body: Any, exception: str) -> None:
    assert (await refused(client.post(f"{API}/runs/triage", json=body)))[0] == exception


async def test_only_who_is_logged_in_may(server: Server) -> None:
    async with server.client(None) as nobody:
        for path in ("triage", "triage/undo"):
            assert (await nobody.post(f"{API}/runs/{path}", json={})).status_code == 403
