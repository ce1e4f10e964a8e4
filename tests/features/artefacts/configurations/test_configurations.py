"""Configurations: versions that never change, one of them active."""

from __future__ import annotations

import asyncio

import pytest

from tests.features.artefacts.calling import Desk

pytestmark = pytest.mark.anyio


async def test_versions_count_up_and_the_first_is_active(desk: Desk) -> None:
    first = await desk.configuration()
    second = await desk.configuration(title="better", columns=[{"match": "P99.*", "type": "FLOAT"}])
    other = await desk.configuration("other")
    assert [(c["version"], c["is_active"]) for c in (first, second, other)] == [(1, True), (2, False), (1, True)]
    assert second["payload"]["columns"][0]["match"] == "P99.*"
    assert await desk.json("GET", f"/configurations/{second['configuration_id']}") == second
    listed = await desk.json("GET", "/configurations", params={"document_type": "report", "is_active": True})
    assert [c["configuration_id"] for c in listed["items"]] == [first["configuration_id"]]


async def test_one_version_is_active(desk: Desk) -> None:
    first, second = await desk.configuration(), await desk.configuration()
    active = await desk.json("POST", f"/configurations/{second['configuration_id']}/activate")
    assert active["is_active"]
    assert active["activated_at"]
    assert not (await desk.json("GET", f"/configurations/{first['configuration_id']}"))["is_active"]
    both = [f"/configurations/{c['configuration_id']}/activate" for c in (first, second)]
    answers = await asyncio.gather(*(desk.client.post(path) for path in both * 4))
    assert {answer.status_code for answer in answers} <= {200, 409}
    listed = await desk.json("GET", "/configurations", params={"is_active": True})
    assert len(listed["items"]) == 1
    events = await desk.events(f"/configurations/{second['configuration_id']}")
    assert events[:2] == ["configuration.created", "configuration.activated"]


async def test_versions_made_at_once_all_get_one_of_their_own(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.configuration() for _ in range(8)))
    assert sorted(c["version"] for c in made) == list(range(1, 9))
    assert sum(c["is_active"] for c in made) == 1


async def test_what_counts_or_was_used_stays(desk: Desk) -> None:
    first, second, third = [await desk.configuration() for _ in range(3)]
    assert await desk.refused(409, "DELETE", f"/configurations/{first['configuration_id']}") == "configuration_active"
    await desk.read("a.csv", "a,b\n1,2", configuration_id=second["configuration_id"])
    assert await desk.refused(409, "DELETE", f"/configurations/{second['configuration_id']}") == "configuration_used"
    await desk.json("DELETE", f"/configurations/{third['configuration_id']}", 204)
    assert await desk.refused(404, "GET", f"/configurations/{third['configuration_id']}") == "configuration_not_found"


@pytest.mark.parametrize(
    "payload",
    [
        {"columns": [{"match": "(", "type": "FLOAT"}]},
        {"columns": [{"match": "a" * 201}]},
        {"columns": [{"match": r"(a)\1"}]},
        {"columns": [{"match": "a", "type": "DATE"}]},
        {"columns": [{"match": "a"}] * 501},
        {"processor": "word"},
        {"pages": "3-1"},
        {"tables": "x"},
        {"min_rows": -1},
        {"header": "maybe"},
        {"other": 1},
        {"publish": {"other": 1}},
    ],
)
async def test_a_payload_that_means_nothing_is_refused(desk: Desk, payload: object) -> None:
    body = {"document_type": "report", "title": "t", "payload": payload}
    assert await desk.refused(422, "POST", "/configurations", json=body) == "validation_error"
    assert (await desk.json("GET", "/configurations"))["items"] == []
