"""Release statistics are stored until something changes them, on both lanes."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from argus.domain.snapshots import filter_key, invalidate_release, invalidate_version
from argus.features.tracker.stats import service
from argus.features.tracker.stats.reading import runs_of
from argus.models.catalogue import ArgusRelease
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.plugins.generic.model import GenericRun
from argus.storage.statements import select, update
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

KEY = filter_key(None, None, no_version=True, limited=False)


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    made = await make(client)
    await made.new_test("t")
    return made


async def rows(server: Server, made: Made) -> dict[str, str | None]:
    found = await server.store.all(select(ReleaseStatsSnapshot).where(release_id=UUID(made.id)))
    return {row.filter_key: row.payload for row in found}


async def test_an_answer_is_stored_as_it_was_given(server: Server, made: Made) -> None:
    answer = await made.client.get("/api/v1/release/stats/v2", params={"release": made.name, "limited": 0, "force": 0})
    stored = await rows(server, made)
    assert set(stored) == {KEY}
    assert answer.text == f'{{"response":{stored[KEY]},"status":"ok"}}\n'
    assert answer.headers["content-type"] == "application/json"


async def test_what_another_system_stored_is_served_verbatim(server: Server, made: Made) -> None:
    await server.store.save(ReleaseStatsSnapshot(release_id=UUID(made.id), filter_key=KEY, payload='{"z": "ä", "a": 1}'))
    assert await made.stats() == {"z": "ä", "a": 1}
    assert (await made.stats(force=1))["total"] == 1
    assert (await made.stats())["total"] == 1


async def test_a_stored_answer_outlives_what_does_not_count(server: Server, made: Made) -> None:
    run_id = await made.new_run("t")
    assert (await made.stats())["running"] == 1
    await answered(made.client.post(f"/api/v1/client/testrun/generic/{run_id}/set_status", json={"new_status": "failed"}))
    assert (await made.stats())["running"] == 1
    assert (await made.stats(productVersion="6"))["failed"] == 1


@pytest.mark.parametrize("scope", ["release", "version"])
async def test_what_was_read_before_a_change_is_not_stored_after_it(
    server: Server, made: Made, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    release, read = UUID(made.id), runs_of

    async def overtaken(*args: Any) -> Any:
        found = await read(*args)
        if scope == "release":
            await invalidate_release(server.runtime, release)
        else:
            await invalidate_version(server.runtime, release, "6.0")
        return found

    monkeypatch.setattr(f"{service.__name__}.runs_of", overtaken)
    await made.stats()
    assert await rows(server, made) == {}
    monkeypatch.undo()
    await made.stats()
    assert set(await rows(server, made)) == {KEY}


async def test_simultaneous_readers_leave_one_answer(server: Server, made: Made) -> None:
    answers = await asyncio.gather(*(made.stats(force=1) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert set(await rows(server, made)) == {KEY}


async def test_a_failed_computation_leaves_nothing(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr("argus.features.tracker.stats.service.tally", broken)
    request = made.client.get("/api/v1/release/stats/v2", params={"release": made.name, "limited": 1, "force": 0})
    assert await refused(request) == ("ValueError", ["broken"])
    assert await rows(server, made) == {}


async def test_a_run_of_a_status_that_nobody_knows_hides_no_other(server: Server, made: Made) -> None:
    odd, _ = await made.new_run("t", 2), await made.new_run("t", 1)
    stored = await server.store.get(GenericRun, id=UUID(odd))
    await server.store.write(update(GenericRun, **stored.primary_key_values()).set(status="odd"))
    (test,) = (await made.stats())["groups"][made.group]["tests"].values()
    assert (test["status"], test["buildNumber"]) == ("running", 1)


async def test_only_the_newest_fifteen_runs_of_a_job_are_read(server: Server, made: Made) -> None:
    for number in range(1, 18):
        await made.new_run("t", number, scylla_version="5.0.0" if number == 1 else "6.0.0")
    assert (await made.stats(productVersion="5.0", includeNoVersion=0))["not_planned"] == 1
    (test,) = (await made.stats())["groups"][made.group]["tests"].values()
    assert test["buildNumber"] == 17


async def test_dormant_and_disabled_releases_answer_short(server: Server, made: Made) -> None:
    release = UUID(made.id)
    await server.store.write(update(ArgusRelease, id=release).set(dormant=True))
    assert await made.stats() == {"dormant": True}
    assert await rows(server, made) == {}
    await server.store.write(update(ArgusRelease, id=release).set(dormant=False, enabled=False))
    empty = await made.stats()
    assert (empty["groups"], empty["total"], empty["disabled"]) == ({}, 0, True)
    assert (await made.stats(force=1))["total"] == 1


async def test_plans_count_for_exactly_their_version(server: Server, made: Made) -> None:
    alice = next(user["id"] for user in (await answered(made.client.get("/api/v1/users"))).values() if user["username"] == "alice")
    tests = await answered(made.client.get(f"{ADMIN}/tests/get", params={"groupId": made.group}))
    plan = {"name": made.name, "description": "d", "owner": alice, "participants": [], "target_version": "7.0", "release_id": made.id}
    await answered(
        made.client.post("/api/v1/planning/plan/create", json={**plan, "tests": [tests[0]["id"]], "groups": [], "assignments": {}})
    )
    assert (await made.stats(productVersion="7.0"))["not_run"] == 1
    assert (await made.stats(productVersion="7"))["not_planned"] == 1
    assert (await made.stats())["not_planned"] == 1


async def test_statistics_name_their_release(client: httpx.AsyncClient) -> None:
    url, flags = "/api/v1/release/stats/v2", {"limited": 0, "force": 0}
    missing = ("DocumentNotFound", ["No ArgusRelease found matching {'name': None}"])
    assert await refused(client.get(url, params=flags)) == missing
    assert (await refused(client.get(url, params={"release": "x", "limited": 0})))[0] == "TypeError"
    assert (await refused(client.get(url, params={**flags, "release": "x", "includeNoVersion": ""})))[0] == "ValueError"


async def test_activity_names_its_release(made: Made) -> None:
    url = "/api/v1/release/activity"
    assert await refused(made.client.get(url)) == ("Exception", ["Release name not specified in the request"])
    assert (await refused(made.client.get(url, params={"releaseName": "none"})))[0] == "DocumentNotFound"
    assert await answered(made.client.get(url, params={"releaseName": made.name})) == {
        "release_id": made.id,
        "raw_events": [],
        "events": {},
    }
