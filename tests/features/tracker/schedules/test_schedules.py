"""Planner comments live; assignees follow plans; schedules only check their input, on both lanes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.kit.clock import time_uuid
from argus.models.plan import ArgusReleasePlan
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/release"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def test_a_comment_is_read_without_a_login(server: Server, made: Made) -> None:
    test = await made.new_test("t")
    body = {"releaseId": made.id, "groupId": made.group, "testId": test, "newComment": "<b> – twice"}
    assert await answered(made.client.post(f"{API}/schedules/comment/update", json={**body, "more": 1})) == body
    async with server.client(None) as anybody:
        answer = await anybody.get(f"{API}/planner/comment/get/test", params={"id": test})
        assert (answer.json()["response"], answer.headers["cache-control"]) == ("<b> – twice", "max-age=60")
        assert await answered(anybody.get(f"{API}/planner/comment/get/test", params={"id": str(uuid4())})) == ""


async def test_the_planner_shows_what_is_enabled(made: Made) -> None:
    test, off = await made.new_test("t"), await made.new_group("off")
    hidden = await made.new_test("hidden", off)
    await answered(made.client.post(f"{ADMIN}/release/group/state/toggle", json={"entityId": off, "state": False}))
    data = await answered(made.client.get(f"{API}/planner/data", params={"releaseId": made.id}))
    entries = {entry["id"]: entry for entry in data["tests"]}
    assert set(data["groups"]) == {made.group}
    assert data["tests_by_group"] == {"g": [entries[test]]}
    assert (entries[test]["group_name"], entries[test]["comment"]) == ("g", "")
    assert "group_name" not in entries[hidden]


async def plan(server: Server, made: Made, **values: Any) -> ArgusReleasePlan:
    row = ArgusReleasePlan(id=time_uuid(), release_id=UUID(made.id)).changed(**values)
    await server.store.save(row)
    return row


async def test_the_first_plan_names_who_looks_after_something(server: Server, made: Made) -> None:
    group, other, owner, helper = UUID(made.group), UUID(await made.new_group("o")), uuid4(), uuid4()
    plans = [
        await plan(server, made, groups=[group, other], owner=owner, target_version="1"),
        await plan(server, made, groups=[group], owner=helper, target_version="2", assignee_mapping={group: None or helper}),
    ]
    stored = [found["id"] for found in await answered(made.client.get(f"/api/v1/planning/release/{made.id}/all"))]
    first = next(found for found in plans if str(found.id) == stored[0])

    async def asked(**query: str) -> Any:
        return await answered(made.client.get(f"{API}/assignees/groups", params={"releaseId": made.id, **query}))

    assert await asked(version="") == {str(group): [str(first.owner)], str(other): [str(owner)]}
    assert await asked(version="2") == {str(group): [str(helper)]}
    assert await asked(planId=str(plans[0].id)) == {str(group): [str(owner)], str(other): [str(owner)]}


async def test_a_plan_without_owner_names_nobody(server: Server, made: Made) -> None:
    test = UUID(await made.new_test("t"))
    await plan(server, made, tests=[test])
    assert await answered(made.client.get(f"{API}/assignees/tests", params={"groupId": made.group})) == {str(test): [None]}


async def test_schedules_check_their_input(client: httpx.AsyncClient) -> None:
    full = dict.fromkeys(("releaseId", "start", "end", "tests", "groups", "assignees", "tag"), "x")
    assert await answered(client.post(f"{API}/schedules/submit", json=full)) == {}
    for key in full:
        body = {name: value for name, value in full.items() if name != key}
        assert await refused(client.post(f"{API}/schedules/submit", json=body)) == ("KeyError", [key])
    assert (await refused(client.post(f"{API}/schedules/update", json={"release_id": 1, "more": 2})))[0] == "TypeError"
