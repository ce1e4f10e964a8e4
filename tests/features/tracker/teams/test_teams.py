"""Teams belong to their leaders, on both lanes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.models.user import User
from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/team"


async def people(server: Server) -> dict[str, str]:
    users = {user.username: str(user.id) for name in ("alice", "bob", "carol") if (user := await server.store.get(User, username=name))}
    return {str(name): found for name, found in users.items()}


async def led_by_bob(server: Server, members: list[str]) -> dict[str, Any]:
    leader = (await people(server))["bob"]
    async with server.client("bob") as bob:
        return dict(await answered(bob.post(f"{API}/create", json={"name": "T", "leader": leader, "members": members, "colour": 1})))


async def test_the_leader_comes_first(server: Server) -> None:
    who = await people(server)
    team = await led_by_bob(server, [who["carol"], who["bob"]])
    assert team["members"] == [who["bob"], who["carol"], who["bob"]]  # as submitted, behind the leader
    async with server.client("bob") as bob:
        body = {"id": team["id"], "name": "N", "members": [who["carol"]]}
        edited = await answered(bob.post(f"{API}/anything/edit", json=body))
        assert (edited["team_id"], edited["status"]) == ("anything", "updated")
        assert edited["team"]["members"] == [who["bob"], who["carol"]]
        again = await answered(bob.post(f"{API}/x/edit", json={**body, "members": [who["carol"], who["bob"]]}))
        assert again["team"]["members"] == [who["carol"], who["bob"]]


async def test_no_role_stands_above_the_leader(server: Server, client: httpx.AsyncClient) -> None:
    team = await led_by_bob(server, [])
    name = team["name"]
    requests = {
        f'Cannot edit team "{name}" as it doesn\'t belong to the user.': client.post(
            f"{API}/x/edit", json={"id": team["id"], "name": "x", "members": []}
        ),
        f"Cannot edit team \"{name}\"'s MOTD as it doesn't belong to the user.": client.post(
            f"{API}/x/motd/edit", json={"id": team["id"], "motd": "x"}
        ),
        f'Cannot delete team "{name}" as it doesn\'t belong to the user.': client.delete(f"{API}/{team['id']}/delete"),
    }
    for message, request in requests.items():
        assert await refused(request) == ("TeamManagerException", [message])
    assert await answered(client.get(f"{API}/{team['id']}/get")) == team


async def test_a_message_of_the_day_comes_and_goes(server: Server, client: httpx.AsyncClient) -> None:
    team = await led_by_bob(server, [])
    async with server.client("bob") as bob:
        for motd in ("# Today", None):
            await answered(bob.post(f"{API}/x/motd/edit", json={"id": team["id"], "motd": motd}))
            assert (await answered(client.get(f"{API}/{team['id']}/get")))["motd"] == motd


async def test_a_team_that_is_gone_is_named(server: Server, client: httpx.AsyncClient) -> None:
    team = await led_by_bob(server, [])
    async with server.client("bob") as bob:
        assert await answered(bob.delete(f"{API}/{team['id']}/delete")) == {"team_id": team["id"], "status": "deleted"}
        assert await refused(bob.delete(f"{API}/{team['id']}/delete")) == (
            "TeamManagerException",
            [f"Team {team['id']} doesn't exist!", team["id"]],
        )
    assert await refused(client.get(f"{API}/{team['id']}/get")) == (
        "TeamManagerException",
        [f"Team {team['id']} does not exist", team["id"]],
    )


async def test_led_teams_come_before_all_others(server: Server, client: httpx.AsyncClient) -> None:
    who = await people(server)
    team = await led_by_bob(server, [])
    async with server.client("carol") as carol:
        other = await answered(carol.post(f"{API}/create", json={"name": "C", "leader": who["carol"], "members": []}))
    listed = [found["id"] for found in await answered(client.get(f"{API}/user/{who['bob']}/teams"))]
    led = [found["id"] for found in await answered(client.get(f"{API}/leader/{who['bob']}/teams"))]
    assert team["id"] in led
    assert listed[: len(led)] == led
    assert other["id"] in listed[len(led) :]
    assert len(listed) == len(set(listed))
    assert await answered(client.get(f"{API}/leader/{uuid4()}/teams")) == []


async def test_jobs_are_of_somebody(client: httpx.AsyncClient) -> None:
    unknown = uuid4()
    assert await refused(client.get(f"{API}/user/{unknown}/jobs")) == (
        "DocumentNotFound",
        [f"No User found matching {{'id': {UUID(str(unknown))!r}}}"],
    )
