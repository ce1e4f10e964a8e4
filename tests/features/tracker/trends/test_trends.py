"""How tests did over time: flaky ones, slow ones, outcomes by version, as an API and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.features.tracker.trends import service
from argus.features.tracker.trends.tally import trend_of
from argus.kit.clock import EPOCH, now
from argus.plugins.generic.model import GenericRun
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"
MIDNIGHT = datetime(2026, 1, 1)


def run(minute: int, status: str, version: str | None = "1.0", took: int | None = 60, number: int = 1) -> GenericRun:
    start = MIDNIGHT + timedelta(minutes=minute)
    end = EPOCH if took is None else start + timedelta(seconds=took)
    return GenericRun(build_id="j", id=uuid4(), start_time=start, end_time=end, status=status, scylla_version=version, build_number=number)


def test_flakiness_counts_changes_between_runs_that_passed_or_failed() -> None:
    assert trend_of([]).flakiness is None
    assert trend_of([run(1, "passed")]).flakiness is None
    steady = trend_of([run(n, "failed") for n in range(5)])
    assert (steady.flakiness, steady.failed) == (0.0, 5)
    shuffled = trend_of([run(4, "passed"), run(1, "passed"), run(2, "failed"), run(3, "passed"), run(5, "test_error")])
    assert (shuffled.changes, shuffled.flakiness, shuffled.passed, shuffled.failed) == (3, 0.75, 3, 2)


def test_what_was_skipped_or_aborted_or_goes_on_does_not_count_and_a_retry_does() -> None:
    skipped = [run(2, "aborted"), run(3, "running", took=None), run(4, "created"), run(5, "not_planned")]
    assert trend_of([run(1, "passed"), *skipped, run(6, "passed")]).changes == 0
    retried = trend_of([run(1, "failed", number=7), run(2, "passed", number=7)])
    assert (retried.changes, retried.flakiness, retried.mixed_versions) == (1, 1.0, 1)


def test_versions_and_durations() -> None:
    last = run(9, "failed", "2.0", took=600)
    told = trend_of(
        [run(1, "passed", "1.0", 100), run(2, "failed", "1.0", 5), run(3, "passed", None, 300), run(4, "passed", "2.0", 200), last]
    )
    assert {name: (v["passed"], v["failed"], v["last"]) for name, v in told.versions.items()} == {
        "1.0": (1, 1, "failed"), "": (1, 0, "passed"), "2.0": (1, 1, "failed"),
    }  # fmt: skip
    assert told.versions["2.0"]["run_id"] == last.id
    assert (told.median_seconds, told.last_seconds) == (200, 600)


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def some(server: Server, made: Made, name: str, *runs: tuple[int, str, str]) -> str:
    """A test with runs: days ago, status, version."""
    test = await made.new_test(name)
    for days, status, version in runs:
        start = now() - timedelta(days=days)
        row = GenericRun(
            build_id=made.job(name),
            id=uuid4(),
            start_time=start,
            end_time=start + timedelta(hours=1),
            status=status,
            scylla_version=version,
        )
        await server.store.save(row.changed(test_id=UUID(test), release_id=UUID(made.id)))
    return test


async def asked(made: Made, **query: Any) -> dict[str, Any]:
    return dict(await answered(made.client.get(f"{API}/trends", params={"release": made.name, **query})))


async def test_a_release_is_told_over_any_time_span_version_and_filter(server: Server, made: Made) -> None:
    flaky = await some(server, made, "flaky", (40, "passed", "1.0"), (20, "failed", "1.0"), (10, "passed", "2.0"), (5, "failed", "2.0"))
    await some(server, made, "steady", (3, "passed", "2.0"), (2, "passed", "2.0"))
    found = {row["test"]: row for row in (await asked(made))["tests"]}
    assert (found["flaky"]["test_id"], found["flaky"]["flakiness"], found["steady"]["flakiness"]) == (flaky, 1.0, 0.0)
    assert found["flaky"]["median_seconds"] == 3600
    recent = {row["test"]: row for row in (await asked(made, since="30d"))["tests"]}
    assert (recent["flaky"]["changes"], recent["flaky"]["passed"]) == (2, 1)
    until = (now() - timedelta(days=15)).isoformat()
    assert (await asked(made, until=until, q="FLAKY"))["tests"][0]["changes"] == 1
    assert (await asked(made, version="2.", q="flaky"))["tests"][0]["versions"].keys() == {"2.0"}
    assert (await asked(made, q="nothing-is-called-so")) == {"tests": [], "next": None, "total": 0}


async def test_a_view_is_told_as_well(server: Server, made: Made) -> None:
    test = await some(server, made, "t", (2, "passed", "1.0"), (1, "failed", "1.0"))
    body = {"name": f"view-{made.id}", "items": [f"test:{test}"], "settings": "[]", "description": "", "displayName": "V"}
    view = (await answered(made.client.post(f"{API}/views/create", json=body)))["id"]
    found = await answered(made.client.get(f"{API}/trends", params={"view": view}))
    assert [(row["test"], row["changes"]) for row in found["tests"]] == [("t", 1)]


async def test_pages_and_runs_are_bounded(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abcde":
        await some(server, made, name, *((day, "passed", "1.0") for day in range(1, 6)))
    monkeypatch.setattr(service, "PAGE", 2)
    monkeypatch.setattr(service, "RUNS_PER_TEST", 3)
    first = await asked(made)
    assert ([row["test"] for row in first["tests"]], first["next"], first["total"]) == (["a", "b"], "2", 5)
    assert {row["passed"] for row in first["tests"]} == {3}
    last = await asked(made, after="4")
    assert ([row["test"] for row in last["tests"]], last["next"]) == (["e"], None)


async def test_all_of_it_comes_as_csv_that_no_spreadsheet_executes(server: Server, made: Made) -> None:
    await some(server, made, "=cmd|calc", (2, "passed", "1.0"), (1, "failed", "1.0"))
    answer = await made.client.get(f"{API}/trends/csv", params={"release": made.name})
    assert answer.headers["content-type"].startswith("text/csv")
    head, row = csv.reader(io.StringIO(answer.text))
    assert head == list(service.COLUMNS)
    assert (row[0], row[3:7]) == ("'=cmd|calc", ["1", "1", "1", "1.0"])


@pytest.mark.parametrize("query", [{}, {"view": str(uuid4())}, {"since": "soon"}, {"after": "x"}, {"q": "x" * 201}])
async def test_what_makes_no_sense_is_refused(made: Made, query: dict[str, str]) -> None:
    both = {"release": made.name, **query} if query else {}
    assert (await refused(made.client.get(f"{API}/trends", params=both)))[0] == "DataValidationError"
