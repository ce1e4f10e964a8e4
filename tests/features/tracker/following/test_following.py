"""Releases that somebody follows: kept for each person, bounded, and told with how they stand."""

# ruff: noqa: F811 (a fixture of the neighbours)

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.following import service
from argus.live import hub_of
from argus.models.user import User
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.features.tracker.notifications.test_notifications import caller, receiver  # noqa: F401 - a fixture
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/following"


async def names(person: httpx.AsyncClient) -> list[str]:
    return [release["name"] for release in await answered(person.get(API))]


async def standing(person: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    return dict(await answered(person.get(f"{API}/standing", params=query)))


async def state(made: Made, what: str, value: bool) -> None:
    path, key = {"dormant": ("set_dormant", "dormant"), "enabled": ("set_state", "state")}[what]
    await answered(made.client.post(f"{ADMIN}/release/{path}", json={"release_id": made.id, key: value}))


async def test_what_one_person_follows_is_nobody_elses(server: Server, client: httpx.AsyncClient, receiver: User) -> None:
    made = await make(client)
    async with caller(server, receiver) as own:
        assert await answered(own.post(f"{API}/follow", json={"release_id": made.id})) == [made.id]
        assert await answered(own.post(f"{API}/follow", json={"release_id": made.id})) == [made.id], "once is enough"
        assert await names(own) == [made.name]
        assert made.name not in await names(client)
        assert await answered(own.post(f"{API}/unfollow", json={"release_id": made.id})) == []
        assert await names(own) == []


async def test_the_state_of_each_is_told_and_follows_its_runs(server: Server, client: httpx.AsyncClient, receiver: User) -> None:
    made = await make(client)
    test = await made.new_test("t")
    run = await made.new_run("t")
    async with caller(server, receiver) as own:
        await answered(own.post(f"{API}/follow", json={"release_id": made.id}))
        (before,) = (await standing(own))["releases"]
        assert (before["counts"], before["to_open"]) == ({"total": 1, "running": 1}, 0)
        path = f"/api/v1/test/{test}/run/{run}"
        await answered(client.post(f"{path}/status/set", json={"status": "failed"}))
        (failed,) = (await standing(own))["releases"]
        assert (failed["counts"], failed["to_open"]) == ({"total": 1, "failed": 1}, 1)
        await answered(client.post(f"{path}/investigation_status/set", json={"investigation_status": "investigated"}))
        assert [release["to_open"] for release in (await standing(own))["releases"]] == [0]


async def test_dormant_ones_come_last_and_disabled_or_removed_ones_not_at_all(
    server: Server, client: httpx.AsyncClient, receiver: User
) -> None:
    quiet, off, live = await make(client), await make(client), await make(client)
    async with caller(server, receiver) as own:
        for made in (quiet, off, live):
            await answered(own.post(f"{API}/follow", json={"release_id": made.id}))
        await state(quiet, "dormant", True)
        await state(off, "enabled", False)
        assert await names(own) == [live.name, quiet.name]
        told = await standing(own)
        assert [release["counts"] for release in told["releases"]] == [{"total": 0}, None]
        assert [release["name"] for release in (await standing(own, limit=1))["releases"]] == [live.name]
        assert told["total"] == 2


async def test_there_is_a_most(server: Server, client: httpx.AsyncClient, receiver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST", 2)
    async with caller(server, receiver) as own:
        for _ in range(2):
            await answered(own.post(f"{API}/follow", json={"release_id": (await make(client)).id}))
        exception, _ = await refused(own.post(f"{API}/follow", json={"release_id": (await make(client)).id}))
        assert exception == "DataValidationError"
        assert len(await names(own)) == 2


async def test_the_other_pages_of_a_person_hear_of_it(server: Server, client: httpx.AsyncClient, receiver: User) -> None:
    made = await make(client)
    async with caller(server, receiver) as own, hub_of(server.runtime).subscribe([f"user:{receiver.id}"]) as heard:
        await answered(own.post(f"{API}/follow", json={"release_id": made.id}))
        message = await anext(aiter(heard))
        assert (message.type, message.data) == ("following", {"release_id": made.id}), "and not who it was"


@pytest.mark.parametrize(
    ("path", "body", "exception"),
    [
        ("follow", {}, "KeyError"),
        ("follow", {"release_id": "none"}, "ValueError"),
        ("follow", {"release_id": str(uuid4())}, "DocumentNotFound"),
        ("unfollow", {"release_id": "none"}, "ValueError"),
    ],
)
async def test_what_names_no_release_is_refused(client: httpx.AsyncClient, path: str, body: dict[str, str], exception: str) -> None:
    assert (await refused(client.post(f"{API}/{path}", json=body)))[0] == exception


async def test_a_number_beyond_the_bounds_is_refused(client: httpx.AsyncClient) -> None:
    for limit in ("0", "51", "many"):
        assert (await refused(client.get(f"{API}/standing", params={"limit": limit})))[0] == "DataValidationError"


async def test_nobody_follows_without_a_login(server: Server) -> None:
    async with server.client(None) as nobody:
        for answer in (await nobody.get(API), await nobody.post(f"{API}/follow", json={})):
            assert answer.status_code == 403
