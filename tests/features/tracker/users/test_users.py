"""The directory, one's token and one's desk, on both lanes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from argus.kit.clock import now, time_uuid
from argus.models.plan import ArgusReleasePlan
from argus.models.user import User
from argus.plugins.generic.model import GenericRun
from tests.features.tracker.making import ADMIN, answered, make
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"


async def person(server: Server, **values: object) -> User:
    name = f"user-{uuid4().hex[:8]}"
    user = User(username=name, email=f"{name}@example.com", roles=["ROLE_USER"]).changed(**values)
    await server.store.save(user)
    return user


async def test_the_directory_tells_only_what_is_public(client: httpx.AsyncClient) -> None:
    users = await answered(client.get(f"{API}/users"))
    assert {frozenset(user) for user in users.values()} == {frozenset({"id", "username", "full_name", "email", "picture_id"})}
    assert {"alice", "tunnel"} <= {user["username"] for user in users.values()}
    assert all(key == user["id"] for key, user in users.items())


async def test_a_first_token_is_made_once_however_many_ask(server: Server) -> None:
    from argus.features.tracker.users.service import api_token

    user = await person(server)
    tokens = await asyncio.gather(*(api_token(server.runtime, user) for _ in range(10)))
    stored = (await server.store.get(User, id=user.id)).api_token
    assert {token["token"] for token in tokens} == {stored}
    assert stored
    assert len(stored) == 64


async def test_jobs_are_recent_runs_of_every_type(server: Server, client: httpx.AsyncClient) -> None:
    user = await person(server, api_token=uuid4().hex)
    recent, old = (
        GenericRun(id=uuid4(), build_id=f"job-{uuid4()}", assignee=user.id, start_time=now() - timedelta(days=days)) for days in (29, 31)
    )
    for run in (recent, old):
        await server.store.save(run)
    async with server.client(None, Authorization=f"token {user.api_token}") as caller:
        own = await answered(caller.get(f"{API}/user/jobs"))
    assert [job["id"] for job in own] == [str(recent.id)]
    assert sorted(own[0]) == sorted(
        [
            *("build_id", "start_time", "release_id", "group_id", "assignee", "test_id", "id"),
            *("status", "investigation_status", "build_job_url", "build_number", "scylla_version"),
        ]
    )
    assert await answered(client.get(f"{API}/team/user/{user.id}/jobs")) == own


async def test_planned_jobs_follow_owner_participants_and_mapping(server: Server, client: httpx.AsyncClient) -> None:
    made = await make(client)
    names = ("nobodys", "mine", "others", "off")
    tests = {name: await made.new_test(name) for name in names}
    newest = await made.new_run("mine", 2)
    await answered(client.post(f"{ADMIN}/release/test/state/toggle", json={"entityId": tests["off"], "state": False}))
    owner, helper = await person(server, api_token=uuid4().hex), await person(server, api_token=uuid4().hex)
    plan = ArgusReleasePlan(id=time_uuid(), owner=owner.id, participants=[helper.id], tests=list(map(UUID, tests.values())))
    mapping = {plan.tests[1]: owner.id, plan.tests[2]: helper.id}
    await server.store.save(plan.changed(assignee_mapping=mapping))

    async def desk(user: User) -> dict[str, object]:
        async with server.client(None, Authorization=f"token {user.api_token}") as caller:
            found = await answered(caller.get(f"{API}/user/planned_jobs"))
        return {test["name"]: test["last_run"] and test["last_run"]["id"] for test in found}

    assert await desk(owner) == {"nobodys": None, "mine": newest}
    assert await desk(helper) == {"others": None}
