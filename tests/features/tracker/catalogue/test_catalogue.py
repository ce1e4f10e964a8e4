"""What everybody reads of releases, groups and tests, on both lanes."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from tests.features.tracker.making import ADMIN, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"


async def test_lists_hide_what_is_disabled_unless_asked(client: httpx.AsyncClient) -> None:
    made = await make(client)
    off = await made.new_group("a-off")
    await answered(client.post(f"{ADMIN}/release/group/state/toggle", json={"entityId": off, "state": False}))
    shown = await answered(client.get(f"{API}/groups", params={"releaseId": made.id, "all": ""}))
    everything = await answered(client.get(f"{API}/groups", params={"releaseId": made.id, "all": "0"}))
    assert [group["id"] for group in shown] == [made.group]
    assert [group["name"] for group in everything] == ["a-off", "g"]


async def test_releases_come_by_name_with_dormant_ones_last(client: httpx.AsyncClient) -> None:
    first, second = await make(client), await make(client)
    await answered(client.post(f"{ADMIN}/release/set_dormant", json={"release_id": first.id, "dormant": True}))
    answer = await client.get(f"{API}/releases")
    assert answer.headers["cache-control"] == "max-age=60"
    keys = [(release["dormant"], release["name"]) for release in answer.json()["response"]]
    assert keys == sorted(keys)
    assert {(True, first.name), (False, second.name)} <= set(keys)


async def test_a_test_tells_where_it_belongs(client: httpx.AsyncClient) -> None:
    made = await make(client)
    test = await made.new_test("t")
    info = await answered(client.get(f"{API}/test-info", params={"testId": test}))
    assert (info["test"]["id"], info["group"]["id"], info["release"]["name"]) == (test, made.group, made.name)
    await answered(client.post(f"{ADMIN}/group/delete", json={"group_id": made.group, "delete_tests": True}))
    assert (await refused(client.get(f"{API}/test-info", params={"testId": test})))[0] == "DocumentNotFound"


async def test_any_user_sets_the_type_of_a_tests_runs(server: Server, client: httpx.AsyncClient) -> None:
    test = await (await make(client)).new_test("t")
    async with server.client("bob") as bob:
        changed = await answered(bob.post(f"{API}/test/{test}/set_plugin", json={"plugin_name": "sirenada"}))
    assert changed["plugin_name"] == "sirenada"
    assert changed == await answered(client.get(f"{API}/test/{test}/details"))


async def test_a_broken_bulk_creation_makes_nothing(client: httpx.AsyncClient) -> None:
    good, bad = f"good-{uuid4()}", f"bad-{uuid4()}"
    assert await refused(client.post(f"{API}/release/create", json={good: {"groups": {}}, bad: {}})) == ("KeyError", ["groups"])
    assert not {good, bad} & {release["name"] for release in await answered(client.get(f"{API}/releases"))}


@pytest.mark.parametrize("said", [{}, None, {"groups": {"g": {"tests": [5]}}}])
async def test_what_is_said_of_a_release_that_is_there_does_not_count(client: httpx.AsyncClient, said: object) -> None:
    made, new = await make(client), f"new-{uuid4()}"
    answer = await answered(client.post(f"{API}/release/create", json={made.name: said, new: {"groups": {}}}))
    assert answer == {made.name: {"status": "error", "message": f"Release {made.name} already exists"}, new: {"groups": {}}}


@pytest.mark.parametrize("group", [{"tests": ["a", 5]}, {"pretty_name": 5}])
async def test_names_are_text_or_nothing_is_made(client: httpx.AsyncClient, group: dict[str, object]) -> None:
    name = f"rel-{uuid4().hex[:12]}"
    body = {name: {"groups": {"fine": {"tests": ["a"]}, "g": group}}}
    assert await refused(client.post(f"{API}/release/create", json=body)) == ("AttributeError", ["'int' object has no attribute 'encode'"])
    assert name not in [release["name"] for release in await answered(client.get(f"{API}/releases"))]


async def test_of_simultaneous_bulk_creations_one_makes_the_release(client: httpx.AsyncClient) -> None:
    name = f"bulk-{uuid4()}"
    body = {name: {"groups": {"g": {"tests": ["a", "b"]}}}}
    answers = await asyncio.gather(*(answered(client.post(f"{API}/release/create", json=body)) for _ in range(8)))
    created = [answer[name] for answer in answers if "groups" in answer[name]]
    assert created == [{"groups": {"g": {"status": "created", "tests": {"a": "created", "b": "created"}}}}]
    taken = {"status": "error", "message": f"Release {name} already exists"}
    assert all(answer[name] == taken for answer in answers if "groups" not in answer[name])
    (release,) = [found for found in await answered(client.get(f"{API}/releases")) if found["name"] == name]
    (group,) = await answered(client.get(f"{API}/groups", params={"releaseId": release["id"]}))
    assert len(await answered(client.get(f"{API}/tests", params={"groupId": group["id"]}))) == 2


@pytest.mark.parametrize("body", [[], {}])
async def test_nothing_to_create_creates_nothing(client: httpx.AsyncClient, body: object) -> None:
    assert await answered(client.post(f"{API}/release/create", json=body)) == {}


async def test_versions_come_from_runs_of_every_type(client: httpx.AsyncClient) -> None:
    made = await make(client)
    await made.new_test("t")
    await made.new_run("t", scylla_version="5.4.9-0.20240703.02d9a6d16c43")
    await made.new_run("t", 2, scylla_version="6.0.1-0.20240703.02d9a6d16c43")
    await made.new_run("t", 3)
    assert await answered(client.get(f"{API}/release/{made.id}/versions")) == ["6.0.1", "5.4.9"]
    assert await answered(client.get(f"{API}/release/{made.id}/images")) == []


async def test_the_deployed_version_needs_no_login(server: Server) -> None:
    async with server.client(None) as anybody:
        assert list(await answered(anybody.get(f"{API}/version"))) == ["commit_id"]
        assert (await anybody.get(f"{API}/releases")).status_code == 403
    async with server.client(None, Authorization="token nobody") as stranger:
        assert (await refused(stranger.get(f"{API}/version")))[0] == "APIException"
