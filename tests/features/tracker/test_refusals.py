"""What must be refused is refused, on both lanes, and leaves everything as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.models.catalogue import ArgusGroup, ArgusTest
from argus.models.enums import UserRoles
from argus.models.user import User
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.serving import ACTORS, Server

pytestmark = pytest.mark.anyio

VIEWS = "/api/v1/views"
HIGHLIGHTS = f"{VIEWS}/widgets/highlights"
PLANS = "/api/v1/planning/plan"


@pytest.fixture
async def bob(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without any role."""
    async with server.client("bob") as caller:
        yield caller


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def somebody(server: Server, **values: Any) -> User:
    """A person of their own, so that no other test sees what becomes of them."""
    name = f"person-{uuid4().hex[:10]}"
    user = User(username=name, full_name=name, email=f"{name}@example.com", roles=[UserRoles.User], **values)
    await server.store.save(user)
    return user


async def caller_of(server: Server, name: str) -> User:
    return await server.store.get(User, username=name)


# ---------------------------------------------------------------------------------------------------------- who may come in


async def test_a_user_without_the_role_does_no_administration(server: Server, bob: httpx.AsyncClient) -> None:
    name = f"rel-{uuid4().hex[:10]}"
    answer = await bob.post(f"{ADMIN}/release/create", json={"release_name": name, "pretty_name": "", "perpetual": False})
    assert name not in answer.text
    assert name not in str(await answered(bob.get("/api/v1/releases")))


async def test_nobody_is_asked_to_log_in(server: Server) -> None:
    async with server.client(None) as anybody:
        answer = await anybody.get("/api/v1/releases")
    assert (answer.status_code, answer.json()["status"]) == (403, "error")


@pytest.mark.parametrize("path", ["/api/v1/releases", f"{ADMIN}/users"])
async def test_a_tunnel_server_sees_nothing_but_its_own_route(server: Server, path: str) -> None:
    async with server.client("tunnel") as tunnel:
        answer = await tunnel.get(path)
        assert answer.status_code == 403
        assert (await tunnel.get("/api/v1/client/ssh/keys")).status_code == 200


async def test_a_user_is_no_tunnel_server(bob: httpx.AsyncClient) -> None:
    answer = await bob.get("/api/v1/client/ssh/keys")
    assert answer.status_code == 302


async def test_a_token_that_nobody_has_is_refused(server: Server) -> None:
    async with server.client(None, Authorization="token of-nobody") as caller:
        assert (await refused(caller.get("/api/v1/releases")))[0] == "APIException"


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}, {"Sec-Fetch-Site": "same-site", "Origin": "http://evil.argus.test"}],
    ids=["another site", "another origin", "a neighbour"],
)
async def test_another_sites_page_writes_nothing_with_our_cookie(server: Server, headers: dict[str, str]) -> None:
    team = {"name": f"team-{uuid4().hex[:8]}", "leader": str((await caller_of(server, "bob")).id), "members": []}
    browser = await server.browser("bob")
    answer = await browser.post("/api/v1/team/create", json=team, headers=headers)
    assert answer.status_code == 403
    assert await answered(browser.post("/api/v1/team/create", json=team, headers={"Origin": "http://argus.test"}))


# --------------------------------------------------------------------------------------------------------- what is another's


async def test_a_comment_is_changed_by_whoever_wrote_it(client: httpx.AsyncClient, bob: httpx.AsyncClient, made: Made) -> None:
    test, body = await made.new_test("t"), {"message": "mine", "reactions": {}, "mentions": []}
    run = f"/api/v1/test/{test}/run/{await made.new_run('t')}"
    (comment,) = await answered(client.post(f"{run}/comments/submit", json=body))
    assert "other user comments" in (await refused(bob.post(f"{run}/comment/{comment['id']}/update", json={**body, "message": "no"})))[1][0]
    assert (await answered(bob.get(f"/api/v1/comment/{comment['id']}/get")))["message"] == "mine"


@pytest.fixture
async def place(client: httpx.AsyncClient) -> dict[str, Any]:
    """A widget of alice's view."""
    view = await answered(client.post(f"{VIEWS}/create", json={"name": f"v-{uuid4().hex[:10]}", "items": [], "settings": "[]"}))
    return {"view_id": view["id"], "index": 0}


async def test_a_highlight_is_changed_by_whoever_wrote_it(client: httpx.AsyncClient, bob: httpx.AsyncClient, place: dict[str, Any]) -> None:
    highlight = await answered(client.post(f"{HIGHLIGHTS}/create", json={**place, "content": "mine", "is_task": False}))
    wanted = {**place, "created_at": highlight["created_at"], "content": "no"}
    assert "Not authorized" in (await bob.post(f"{HIGHLIGHTS}/update", json=wanted)).text
    assert [each["content"] for each in (await answered(client.get(HIGHLIGHTS, params=place)))["highlights"]] == ["mine"]


@pytest.mark.parametrize("what", ["update", "delete"])
async def test_a_highlights_comment_is_its_writers(
    client: httpx.AsyncClient, bob: httpx.AsyncClient, place: dict[str, Any], what: str
) -> None:
    highlight = await answered(client.post(f"{HIGHLIGHTS}/create", json={**place, "content": "x", "is_task": False}))
    discussion = {**place, "highlight_created_at": highlight["created_at"]}
    comment = await answered(client.post(f"{HIGHLIGHTS}/comments/create", json={**discussion, "content": "mine"}))
    wanted = {**discussion, "created_at": comment["created_at"], **({"content": "no"} if what == "update" else {})}
    assert f"Not authorized to {what} comment" in (await bob.post(f"{HIGHLIGHTS}/comments/{what}", json=wanted)).text
    asked = {**place, "created_at": highlight["created_at"]}
    assert [each["content"] for each in await answered(client.get(f"{HIGHLIGHTS}/comments", params=asked))] == ["mine"]


async def test_a_view_is_changed_by_its_owner(client: httpx.AsyncClient, bob: httpx.AsyncClient, place: dict[str, Any]) -> None:
    view = place["view_id"]
    body = {"viewId": view, "updateData": {"name": f"stolen-{uuid4().hex[:8]}", "items": []}}
    assert "other users' views" in (await refused(bob.post(f"{VIEWS}/update", json=body)))[1][0]
    assert "other users' views" in (await refused(bob.post(f"{VIEWS}/delete", json={"viewId": view})))[1][0]
    assert not (await answered(client.get(f"{VIEWS}/get", params={"viewId": view})))["name"].startswith("stolen")


async def test_a_team_is_changed_by_its_leader(server: Server, client: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    leader = str((await caller_of(server, "bob")).id)
    team = await answered(bob.post("/api/v1/team/create", json={"name": "T", "leader": leader, "members": []}))
    exception, _ = await refused(client.post("/api/v1/team/x/edit", json={"id": team["id"], "name": "stolen", "members": []}))
    assert exception == "TeamManagerException"
    assert (await answered(bob.get(f"/api/v1/team/{team['id']}/get")))["name"] == "T"


# ------------------------------------------------------------------------------------------------------------------- people


async def test_an_administrator_stays_one_until_another_says_so(server: Server, client: httpx.AsyncClient) -> None:
    alice = await caller_of(server, "alice")
    assert "yourself" in (await refused(client.post(f"{ADMIN}/user/{alice.id}/admin/toggle")))[1][0]
    assert (await caller_of(server, "alice")).roles == alice.roles


async def test_nobody_deletes_himself(server: Server, client: httpx.AsyncClient) -> None:
    alice = await caller_of(server, "alice")
    assert "logged in as" in (await refused(client.post(f"{ADMIN}/user/{alice.id}/delete")))[1][0]
    assert await server.store.find(User, id=alice.id)


async def test_an_administrator_is_not_deleted(server: Server, client: httpx.AsyncClient) -> None:
    other = await somebody(server)
    await answered(client.post(f"{ADMIN}/user/{other.id}/admin/toggle"))
    assert "admin" in (await refused(client.post(f"{ADMIN}/user/{other.id}/delete")))[1][0]
    assert await server.store.find(User, id=other.id)


@pytest.mark.parametrize("email", [ACTORS["bob"]["email"], "no address"], ids=["another's", "none"])
async def test_an_address_is_one_and_of_one_person(server: Server, client: httpx.AsyncClient, email: str) -> None:
    other = await somebody(server)
    assert (await refused(client.post(f"{ADMIN}/user/{other.id}/email/set", json={"newEmail": email})))[0] == "UserServiceException"
    assert (await server.store.get(User, id=other.id)).email == other.email


@pytest.mark.parametrize("password", ["", "abc"])
async def test_a_password_has_a_least_length(server: Server, client: httpx.AsyncClient, password: str) -> None:
    other = await somebody(server, password="as it was")
    exception, _ = await refused(client.post(f"{ADMIN}/user/{other.id}/password/set", json={"newPassword": password}))
    assert exception == "UserServiceException"
    assert (await server.store.get(User, id=other.id)).password == "as it was"


# ---------------------------------------------------------------------------------------------------- what would fall apart


async def test_two_tests_have_no_build_id_in_common(server: Server, made: Made) -> None:
    first, second = await made.new_test("first"), await made.new_test("second")
    body = {
        "test_id": second,
        "name": "second",
        "pretty_name": "",
        "enabled": True,
        "build_system_id": made.job("first"),
        "build_system_url": "https://ci/",
        "plugin_name": "generic",
        "group_id": made.group,
    }
    exception, arguments = await refused(made.client.post(f"{ADMIN}/test/update", json=body))
    assert (exception, arguments[1:]) == ("ArgusTestException", [first, second])
    assert (await server.store.get(ArgusTest, id=UUID(second))).build_system_id == made.job("second")


async def test_a_group_does_not_hand_its_tests_to_itself(server: Server, made: Made) -> None:
    test = await made.new_test("t")
    body = {"group_id": made.group, "delete_tests": False, "new_group_id": made.group}
    assert (await refused(made.client.post(f"{ADMIN}/group/delete", json=body)))[0] == "ReleaseManagerException"
    assert await server.store.find(ArgusGroup, id=UUID(made.group))
    assert (await server.store.get(ArgusTest, id=UUID(test))).group_id == UUID(made.group)


def plan(made: Made, **values: Any) -> dict[str, Any]:
    known = {"name": f"plan {uuid4().hex[:8]}", "description": "d", "owner": str(uuid4()), "participants": []}
    return {**known, "target_version": "6.0", "release_id": made.id, "tests": [], "groups": [], "assignments": {}, **values}


async def test_two_plans_of_a_version_have_no_name_in_common(made: Made) -> None:
    body = plan(made)
    await answered(made.client.post(f"{PLANS}/create", json=body))
    assert (await refused(made.client.post(f"{PLANS}/create", json=body)))[0] == "PlannerServiceException"
    assert len(await answered(made.client.get(f"/api/v1/planning/release/{made.id}/all"))) == 1


async def test_a_view_shows_one_plan(made: Made) -> None:
    first = await answered(made.client.post(f"{PLANS}/create", json=plan(made)))
    other = plan(made, view_id=first["view_id"])
    assert (await refused(made.client.post(f"{PLANS}/create", json=other)))[0] == "PlannerServiceException"
    assert len(await answered(made.client.get(f"/api/v1/planning/release/{made.id}/all"))) == 1


async def test_runs_are_not_ignored_without_a_reason(made: Made) -> None:
    test = await made.new_test("t")
    run = await made.new_run("t")
    before = (await answered(made.client.get(f"/api/v1/run/generic/{run}")))["investigation_status"]
    exception, _ = await refused(made.client.post("/api/v1/ignore_jobs", json={"testId": test, "reason": ""}))
    assert exception == "TestRunServiceException"
    assert (await answered(made.client.get(f"/api/v1/run/generic/{run}")))["investigation_status"] == before


async def test_a_job_is_not_copied_onto_itself(made: Made) -> None:
    test = await made.new_test("t")
    body = {"currentTestId": test, "newName": "t", "target": made.id, "group": made.group, "advancedSettings": False}
    exception, arguments = await refused(made.client.post("/api/v1/jenkins/clone/create", json=body))
    assert (exception, arguments) == ("JenkinsServiceError", ["Unable to clone: source and destination are the same"])
