"""The inbox as somebody wants it: filtered, put off, and told by kind."""

# ruff: noqa: F811 (a fixture of the neighbours)

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from argus.features.tracker.notifications import choosing, later
from argus.kit.clock import now
from argus.models.notification import ArgusNotification, NotificationLater
from argus.models.user import User
from argus.storage.statements import insert, select
from tests.features.tracker.making import answered, refused
from tests.features.tracker.notifications.test_notifications import API, caller, receiver, told  # noqa: F401 - a fixture
from tests.serving import Server

pytestmark = pytest.mark.anyio


def soon(**more: float) -> str:
    return (datetime.now(UTC) + timedelta(**more)).isoformat()


async def page(own: Any, **query: Any) -> list[str]:
    return [entry["id"] for entry in (await answered(own.get(f"{API}/page", params=query)))["entries"]]


async def test_the_list_is_narrowed_by_kind_state_and_text(server: Server, receiver: User) -> None:
    kinds = ["TYPE_MENTION", "TYPE_ASSIGNEE_CHANGE", "TYPE_MENTION"]
    rows = []
    for number, kind in enumerate(kinds):
        content = f"by <span class='x'>@bob</span> to <a href='/class'>a/job#{number} &amp; more</a>"
        row = ArgusNotification(receiver=receiver.id, title=f"Title {number}", type=kind, content=content, state=1 + (number == 0))
        await server.store.save(row)
        rows.append(str(row.id))
        await asyncio.sleep(0.001)
    first, second, third = rows
    async with caller(server, receiver) as own:
        assert await page(own) == [third, second, first]
        assert await page(own, kind="TYPE_MENTION") == [third, first]
        assert await page(own, kind="TYPE_MENTION", unread=1) == [third]
        assert await page(own, q="JOB#1 & MORE") == [second]
        assert await page(own, q="title 0") == [first]
        assert await page(own, q="class") == []
        entry = (await answered(own.get(f"{API}/page")))["entries"][0]
        assert (entry["type"], entry["later"]) == ("TYPE_MENTION", None)
        for query in ({"kind": "x"}, {"q": "x" * 201}):
            assert (await refused(own.get(f"{API}/page", params=query)))[0] == "DataValidationError"
        assert (await refused(own.get(f"{API}/page", params={"unread": "x"})))[0] == "ValueError"


async def test_pages_of_what_is_rare_go_on_where_the_last_one_ended(
    server: Server, receiver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await told(server, receiver, 9)
    monkeypatch.setattr(choosing, "SLICE", 2)
    monkeypatch.setattr(choosing, "LOOKED_AT", 4)
    async with caller(server, receiver) as own:
        found, before, pages = [], None, 0
        while pages < 9:
            told_page = await answered(own.get(f"{API}/page", params={"q": "n0", "limit": 1, **({"before": before} if before else {})}))
            found += [entry["id"] for entry in told_page["entries"]]
            before, pages = told_page["next"], pages + 1
            if before is None:
                break
        assert (found, pages) == (ids[-1:], 3)
        both = [await page(own, unread=1, limit=4), await page(own, unread=1, limit=9)]
    assert both == [ids[:4], ids[:4]]


async def test_what_is_put_off_leaves_list_and_bell_until_it_is_due(server: Server, receiver: User) -> None:
    ids = await told(server, receiver, 4)
    async with caller(server, receiver) as own:
        until = soon(hours=3)
        assert await answered(own.post(f"{API}/later", json={"ids": [ids[0], ids[2], str(uuid4())], "until": until})) == 2
        assert await page(own) == [ids[1], ids[3]]
        assert await page(own, later=1) == [ids[0], ids[2]]
        assert await answered(own.get(f"{API}/waiting")) == 2
        assert await answered(own.get(f"{API}/get_unread")) == 4
        assert len(await answered(own.get(f"{API}/summary"))) == 4
        await answered(own.post(f"{API}/read", json={"id": ids[0]}))
        assert await answered(own.get(f"{API}/waiting")) == 2
        assert await answered(own.post(f"{API}/read_all", json={"until": ids[0]})) == 2
        assert (await answered(own.get(f"{API}/waiting")), await answered(own.get(f"{API}/get_unread"))) == (0, 1)
        assert await answered(own.post(f"{API}/later", json={"ids": [ids[2]], "until": None})) == 1
        assert await answered(own.get(f"{API}/waiting")) == 1
        assert await page(own) == [ids[1], ids[2], ids[3]]


async def test_it_comes_back_by_itself(server: Server, receiver: User) -> None:
    (one,) = await told(server, receiver, 1)
    row = (await server.store.all(select(ArgusNotification).where(receiver=receiver.id)))[0]
    past = NotificationLater(receiver=receiver.id, id=row.id, until=now() - timedelta(seconds=1))
    await server.store.write(insert(past, ttl=600))
    async with caller(server, receiver) as own:
        assert (await page(own), await answered(own.get(f"{API}/waiting"))) == ([one], 1)


@pytest.mark.parametrize("until", [soon(seconds=-5), soon(days=400), "2020-01-01T00:00:00"])
async def test_it_is_put_off_for_a_while_that_is_to_come(server: Server, receiver: User, until: str) -> None:
    (one,) = await told(server, receiver, 1)
    async with caller(server, receiver) as own:
        assert (await refused(own.post(f"{API}/later", json={"ids": [one], "until": until})))[0] == "DataValidationError"


async def test_how_many_are_put_off_has_a_bound(server: Server, receiver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await told(server, receiver, 3)
    monkeypatch.setattr(later, "MOST", 2)
    async with caller(server, receiver) as own:
        for wrong in ([], [ids[0]] * 101, "x"):
            assert (await refused(own.post(f"{API}/later", json={"ids": wrong, "until": soon(hours=1)})))[0] == "DataValidationError"
        assert await answered(own.post(f"{API}/later", json={"ids": ids[:2], "until": soon(hours=1)})) == 2
        assert await answered(own.post(f"{API}/later", json={"ids": ids[:2], "until": soon(hours=2)})) == 2
        assert (await refused(own.post(f"{API}/later", json={"ids": ids[2:], "until": soon(hours=1)})))[0] == "DataValidationError"


async def test_others_cannot_put_off_what_is_mine(server: Server, receiver: User) -> None:
    (one,) = await told(server, receiver, 1)
    async with server.client("bob") as bob:
        assert await answered(bob.post(f"{API}/later", json={"ids": [one], "until": soon(hours=1)})) == 0
    async with caller(server, receiver) as own:
        assert await page(own) == [one]


async def test_each_kind_is_chosen_by_itself(server: Server, receiver: User) -> None:
    async with caller(server, receiver) as own:
        before = await answered(own.get(f"{API}/settings"))
        assert {(each["bell"], each["mail"]) for each in before["kinds"]} == {(True, True)}
        assert before["mails"] is False
        chosen = await answered(own.post(f"{API}/settings", json={"kind": "TYPE_MENTION", "bell": False, "mail": True}))
        ways = {each["kind"]: (each["bell"], each["mail"]) for each in chosen["kinds"]}
        assert ways.pop("TYPE_MENTION") == (False, True)
        assert set(ways.values()) == {(True, True)}
        assert await answered(own.get(f"{API}/settings")) == chosen
        for wrong in ({"kind": "x", "bell": True, "mail": True}, {"kind": "TYPE_MENTION", "bell": 1, "mail": True}):
            assert (await refused(own.post(f"{API}/settings", json=wrong)))[0] == "DataValidationError"
        assert (await refused(own.post(f"{API}/settings", json={"kind": "TYPE_MENTION"})))[0] == "KeyError"
