"""The inbox: newest first, page by page, for the receiver only, on both lanes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from argus.models.notification import ArgusNotification
from argus.models.user import User
from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/notifications"


@pytest.fixture
async def receiver(server: Server) -> User:
    user = User(username=f"user-{uuid4().hex[:8]}", roles=["ROLE_USER"], api_token=uuid4().hex)
    await server.store.save(user)
    return user


async def told(server: Server, receiver: User, count: int) -> list[str]:
    """Ids of new notifications, newest first."""
    ids: list[UUID] = []
    for number in range(count):
        row = ArgusNotification(receiver=receiver.id, sender=receiver.id, title=f"n{number}", content="<b>c</b>", type="TYPE_MENTION")
        await server.store.save(row.changed(source_type="COMMENT", source_id=uuid4()))
        ids.insert(0, row.id)
        await asyncio.sleep(0.001)
    return [str(found) for found in ids]


def caller(server: Server, receiver: User) -> httpx.AsyncClient:
    return server.client(None, Authorization=f"token {receiver.api_token}")


async def test_pages_begin_with_the_entry_that_is_named(server: Server, receiver: User) -> None:
    ids = await told(server, receiver, 5)
    async with caller(server, receiver) as own:
        first = await answered(own.get(f"{API}/summary", params={"limit": 2}))
        rest = await answered(own.get(f"{API}/summary", params={"afterId": ids[1], "limit": 10}))
    assert [entry["id"] for entry in first] == ids[:2]
    assert [entry["id"] for entry in rest] == ids[1:]
    assert sorted(first[0]) == ["created", "id", "receiver", "sender", "state", "title"]


async def test_the_time_is_in_the_id(server: Server, receiver: User) -> None:
    (one,) = await told(server, receiver, 1)
    async with caller(server, receiver) as own:
        created = (await answered(own.get(f"{API}/get", params={"id": one})))["created"]
    assert abs(created / 1000 - datetime.now(UTC).timestamp()) < 60


async def test_reading_counts_down(server: Server, receiver: User) -> None:
    ids = await told(server, receiver, 3)
    async with caller(server, receiver) as own:
        assert await answered(own.get(f"{API}/get_unread")) == 3
        full = await answered(own.get(f"{API}/get", params={"id": ids[0]}))
        assert (full["state"], full["source"], full["type"], full["content"]) == (1, "COMMENT", "TYPE_MENTION", "<b>c</b>")
        assert await answered(own.post(f"{API}/read", json={"id": ids[0]})) is True
        assert await answered(own.post(f"{API}/read", json={"id": ids[0]})) is True
        assert await answered(own.get(f"{API}/get_unread")) == 2
        assert (await answered(own.get(f"{API}/get", params={"id": ids[0]})))["state"] == 2


async def test_other_peoples_mail_is_not_there(server: Server, client: httpx.AsyncClient, receiver: User) -> None:
    (one,) = await told(server, receiver, 1)
    for request in (client.get(f"{API}/get", params={"id": one}), client.post(f"{API}/read", json={"id": one})):
        assert (await refused(request))[0] == "DocumentNotFound"
    async with caller(server, receiver) as own:
        assert await answered(own.get(f"{API}/get_unread")) == 1


@pytest.mark.parametrize(
    ("query", "exception"), [({"limit": "many"}, "ValueError"), ({"limit": ""}, "ValueError"), ({"afterId": "x"}, "ValueError")]
)
async def test_what_cannot_be_read_is_refused(client: httpx.AsyncClient, query: dict[str, str], exception: str) -> None:
    assert (await refused(client.get(f"{API}/summary", params=query)))[0] == exception


async def test_a_limit_of_nothing_is_refused_as_the_database_does(client: httpx.AsyncClient) -> None:
    assert (await refused(client.get(f"{API}/summary", params={"limit": 0})))[0] == "InvalidRequest"
