"""What administrators change, and what they cannot, on both lanes."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.snapshots import filter_key
from argus.models.catalogue import ArgusGroup, ArgusTest
from argus.models.snapshot import ReleaseDistinctVersion, ReleaseStatsSnapshot
from argus.models.user import User
from argus.storage.statements import select
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

SCT = "/api/v1/client/testrun/scylla-cluster-tests/submit"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


def body_of_test(made: Made, test: str, **values: Any) -> dict[str, Any]:
    """A test as it is, for an update."""
    known = {"name": "t", "pretty_name": None, "plugin_name": "generic", "enabled": True, "build_system_id": made.job("t")}
    return {"test_id": test, **known, "build_system_url": "u", "group_id": made.group, **values}


async def cluster_run(made: Made, name: str) -> str:
    run_id = str(uuid4())
    body = {"schema_version": "v8", "run_id": run_id, "job_name": made.job(name), "job_url": "https://ci/1/"}
    await answered(made.client.post(SCT, json={**body, "started_by": "ci", "commit_id": "c", "sct_config": None}))
    return run_id


async def place_of(made: Made, run_id: str) -> tuple[str | None, str | None]:
    run = await answered(made.client.get(f"/api/v1/run/scylla-cluster-tests/{run_id}"))
    return run["test_id"], run["group_id"]


async def test_a_release_name_is_given_once(client: httpx.AsyncClient, made: Made) -> None:
    body = {"release_name": made.name, "pretty_name": "again", "perpetual": False}
    assert await refused(client.post(f"{ADMIN}/release/create", json=body)) == (
        "ReleaseManagerException",
        [f"Release {made.name} already exists!", made.name],
    )


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("release/create", {"release_name": "x"}, "'pretty_name' and 'perpetual'"),
        ("release/set_state", {"release_id": str(uuid4())}, "'state'"),
        ("group/create", {"group_name": "x", "pretty_name": "x", "build_system_id": "x", "release_id": "x", "colour": 1}, "'colour'"),
        ("test/delete", {}, "'test_id'"),
        ("test/batch_move", {"tests": []}, "'new_group_id'"),
    ],
)
async def test_bodies_are_strict(client: httpx.AsyncClient, path: str, body: dict[str, Any], named: str) -> None:
    exception, arguments = await refused(client.post(f"{ADMIN}/{path}", json=body))
    assert exception == "TypeError"
    assert named in arguments[0]


async def test_a_value_that_fits_no_column_changes_nothing(client: httpx.AsyncClient, made: Made) -> None:
    assert (await refused(client.post(f"{ADMIN}/release/set_state", json={"release_id": made.id, "state": "maybe"})))[0] == "TypeError"
    body = {"release_name": 7, "pretty_name": None, "perpetual": False}
    assert (await refused(client.post(f"{ADMIN}/release/create", json=body)))[0] in ("TypeError", "AttributeError")
    assert (await answered(client.get(f"/api/v1/release/{made.id}/details")))["enabled"] is True


async def test_a_build_id_belongs_to_one_test(client: httpx.AsyncClient, made: Made) -> None:
    first, second = await made.new_test("t"), await made.new_test("u")
    taken = body_of_test(made, second)
    exception, arguments = await refused(client.post(f"{ADMIN}/test/update", json=taken))
    assert (exception, arguments) == ("ArgusTestException", ["Build Id is already used by another test", first, second])
    assert (await answered(client.get(f"/api/v1/test/{second}/details")))["build_system_id"] == made.job("u")
    await answered(client.post(f"{ADMIN}/test/update", json=body_of_test(made, first, name="renamed")))


async def test_of_simultaneous_tests_with_one_build_id_one_is_made(client: httpx.AsyncClient, made: Made) -> None:
    answers = await asyncio.gather(*(made.new_test("t") for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert len(await answered(client.get(f"{ADMIN}/tests/get", params={"groupId": made.group}))) == 1


async def test_cluster_runs_follow_their_test(client: httpx.AsyncClient, made: Made) -> None:
    run_id = await cluster_run(made, "t")
    assert await place_of(made, run_id) == (None, None)
    test = await made.new_test("t", plugin="scylla-cluster-tests")
    assert await place_of(made, run_id) == (test, made.group)
    other = await made.new_group("other")
    await answered(client.post(f"{ADMIN}/test/batch_move", json={"new_group_id": other, "tests": [test]}))
    assert await place_of(made, run_id) == (test, other)


async def test_all_tests_move_or_none(client: httpx.AsyncClient, made: Made) -> None:
    test, other, unknown = await made.new_test("t"), await made.new_group("other"), uuid4()
    exception, arguments = await refused(
        client.post(f"{ADMIN}/test/batch_move", json={"new_group_id": other, "tests": [test, str(unknown)]})
    )
    assert (exception, arguments) == ("DocumentNotFound", [f"No ArgusTest found matching {{'id': {unknown!r}}}"])
    assert await answered(client.get(f"{ADMIN}/tests/get", params={"groupId": other})) == []


@pytest.mark.parametrize("way", ["move", "update", "create", "group deleted"])
async def test_a_test_in_a_group_of_another_release_belongs_to_that_one(client: httpx.AsyncClient, made: Made, way: str) -> None:
    there = await make(client)
    if way == "create":
        body: dict[str, Any] = {"test_name": "t", "pretty_name": None, "build_id": made.job("t"), "build_url": "u", "group_id": there.group}
        body |= {"release_id": made.id, "plugin_name": "generic"}
        test = (await answered(client.post(f"{ADMIN}/test/create", json=body)))["new_test"]["id"]
    else:
        test = await made.new_test("t")
    run = await made.new_run("t")
    said = {"message": "look", "reactions": {}, "mentions": []}
    await answered(client.post(f"/api/v1/test/{test}/run/{run}/comments/submit", json=said))
    for release in (made, there):
        await release.stats()  # stored, until something changes
    match way:
        case "move":
            await answered(client.post(f"{ADMIN}/test/batch_move", json={"new_group_id": there.group, "tests": [test]}))
        case "update":
            await answered(client.post(f"{ADMIN}/test/update", json=body_of_test(made, test, group_id=there.group)))
        case "group deleted":
            body = {"group_id": made.group, "delete_tests": False, "new_group_id": there.group}
            await answered(client.post(f"{ADMIN}/group/delete", json=body))
    shown = (await there.stats())["groups"][there.group]["tests"]
    assert list(shown) == [test]
    assert (shown[test]["buildNumber"], shown[test]["hasComments"]) == (1, True)
    assert [group["tests"] for group in (await made.stats())["groups"].values()] in ([{}], [])


async def test_a_test_is_not_put_into_a_group_that_is_gone(client: httpx.AsyncClient, made: Made) -> None:
    test = await made.new_test("t")
    request = client.post(f"{ADMIN}/test/update", json=body_of_test(made, test, group_id=str(uuid4())))
    assert (await refused(request))[0] == "DocumentNotFound"
    assert (await answered(client.get("/api/v1/test-info", params={"testId": test})))["group"]["id"] == made.group


async def test_a_group_cannot_hand_its_tests_to_itself(client: httpx.AsyncClient, made: Made) -> None:
    test = await made.new_test("t")
    body = {"group_id": made.group, "delete_tests": False, "new_group_id": made.group}
    assert (await refused(client.post(f"{ADMIN}/group/delete", json=body)))[0] == "ReleaseManagerException"
    assert (await answered(client.get("/api/v1/test-info", params={"testId": test})))["group"]["id"] == made.group


async def test_a_release_takes_its_catalogue_along_and_leaves_its_runs(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    await made.new_test("t")
    run_id = await made.new_run("t", scylla_version="6.0.0")
    await made.stats()
    await answered(client.post(f"{ADMIN}/release/delete", json={"releaseId": made.id}))
    release = UUID(made.id)
    for model in (ArgusGroup, ArgusTest, ReleaseDistinctVersion, ReleaseStatsSnapshot):
        assert await server.store.all(select(model).where(release_id=release)) == []
    assert (await answered(client.get(f"/api/v1/run/generic/{run_id}")))["release_id"] == made.id


async def test_every_change_drops_the_stored_statistics(server: Server, client: httpx.AsyncClient, made: Made) -> None:
    test, other = await made.new_test("t"), await made.new_group("other")
    changes: dict[str, dict[str, Any]] = {
        "release/set_perpetual": {"release_id": made.id, "perpetual": True},
        "release/set_state": {"release_id": made.id, "state": True},
        "release/set_dormant": {"release_id": made.id, "dormant": False},
        "release/edit": dict.fromkeys(("pretty_name", "description", "valid_version_regex"), "x")
        | {"id": made.id, "enabled": True, "perpetual": False, "dormant": False},
        "group/create": {"group_name": "n", "pretty_name": "n", "build_system_id": "n", "release_id": made.id},
        "group/update": {"group_id": other, "name": "o", "pretty_name": "o", "enabled": True, "build_system_id": "o"},
        "release/group/state/toggle": {"entityId": other, "state": True},
        "release/test/state/toggle": {"entityId": test, "state": True},
        "test/update": body_of_test(made, test),
        "test/batch_move": {"new_group_id": other, "tests": [test]},
        "test/delete": {"test_id": test},
        "group/delete": {"group_id": other},
    }
    key = filter_key(None, None, no_version=True, limited=False)
    for path, body in changes.items():
        await made.stats()
        assert await server.store.find(ReleaseStatsSnapshot, release_id=UUID(made.id), filter_key=key) is not None, path
        await answered(client.post(f"{ADMIN}/{path}", json=body))
        assert await server.store.find(ReleaseStatsSnapshot, release_id=UUID(made.id), filter_key=key) is None, path


async def account(server: Server, **values: Any) -> User:
    name = f"user-{uuid4().hex[:8]}"
    user = User(username=name, email=f"{name}@example.com", roles=["ROLE_USER"]).changed(**values)
    await server.store.save(user)
    return user


async def test_users_are_listed_without_secrets(client: httpx.AsyncClient) -> None:
    listed = await answered(client.get(f"{ADMIN}/users"))
    assert {"password", "api_token"} & {key for user in listed.values() for key in user} == set()
    assert all("roles" in user and "service_user" in user for user in listed.values())


async def test_an_address_is_given_once_even_at_the_same_time(server: Server, client: httpx.AsyncClient) -> None:
    users = [await account(server) for _ in range(5)]
    wanted = f"{uuid4().hex}@example.com"
    answers = await asyncio.gather(*(client.post(f"{ADMIN}/user/{user.id}/email/set", json={"newEmail": wanted}) for user in users))
    assert [answer.json()["response"] for answer in answers].count(True) == 1
    assert len(await server.store.all(select(User).where(email=wanted))) == 1


async def test_keeping_ones_own_address_is_no_conflict(server: Server, client: httpx.AsyncClient) -> None:
    user = await account(server)
    assert await answered(client.post(f"{ADMIN}/user/{user.id}/email/set", json={"newEmail": user.email})) is True


async def test_a_new_password_logs_in(server: Server, client: httpx.AsyncClient) -> None:
    user = await account(server)
    assert await refused(client.post(f"{ADMIN}/user/{user.id}/password/set", json={"newPassword": "four"})) == (
        "UserServiceException",
        ["New password is too short"],
    )
    await answered(client.post(f"{ADMIN}/user/{user.id}/password/set", json={"newPassword": "long enough"}))
    async with server.client(None) as browser:
        await browser.post("/auth/login", data={"username": user.username, "password": "long enough"})
        assert "token" in await answered(browser.get("/api/v1/user/token"))


async def test_simultaneous_toggles_all_count(server: Server, client: httpx.AsyncClient) -> None:
    user = await account(server)
    await asyncio.gather(*(answered(client.post(f"{ADMIN}/user/{user.id}/admin/toggle")) for _ in range(7)))
    assert (await server.store.get(User, id=user.id)).roles == ["ROLE_USER", "ROLE_ADMIN"]
    assert (await refused(client.post(f"{ADMIN}/user/{user.id}/delete")))[0] == "UserServiceException"
    await answered(client.post(f"{ADMIN}/user/{user.id}/admin/toggle"))
    await answered(client.post(f"{ADMIN}/user/{user.id}/delete"))
    assert await server.store.find(User, id=user.id) is None


async def test_nobody_else_gets_in(server: Server, made: Made) -> None:
    for actor in ("bob", "tunnel", None):
        async with server.client(actor) as caller:
            answer = await caller.post(f"{ADMIN}/release/delete", json={"releaseId": made.id})
            assert (answer.status_code, answer.json()) == (403, {"status": "error", "message": "Forbidden"})
