"""The discussion of a run: what comments are about, reactions of people, and what was said before an edit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.features.tracker.comments import discussion
from argus.models.discussion import CommentExtra, CommentText
from argus.storage.statements import select
from tests.features.tracker.making import answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

EVENT = {"kind": "event", "ref": "c396f918-590b-4c87-8f73-cf64067b4d0a", "label": "DatabaseLogEvent 12:03:04"}


@dataclass
class Place:
    """A run and whoever talks about it."""

    client: httpx.AsyncClient
    test: str
    run: str

    @property
    def old(self) -> str:
        return f"/api/v1/test/{self.test}/run/{self.run}"

    async def say(self, message: str, **more: Any) -> dict[str, Any]:
        """The comment as it then stands in the discussion."""
        told = await answered(self.client.post(f"{self.old}/discussion", json={"message": message, **more}))
        return dict(told["comments"][-1])

    async def comments(self, client: httpx.AsyncClient | None = None) -> list[dict[str, Any]]:
        return list((await answered((client or self.client).get(f"/api/v1/run/{self.run}/discussion")))["comments"])

    async def react(self, client: httpx.AsyncClient, comment: str, name: str = "+1", on: bool = True) -> list[dict[str, Any]]:
        body = {"name": name, "on": on}
        return list(await answered(client.post(f"/api/v1/run/{self.run}/comment/{comment}/reactions", json=body)))


@pytest.fixture
async def place(client: httpx.AsyncClient) -> Place:
    made = await make(client)
    return Place(client, await made.new_test("t"), await made.new_run("t"))


async def test_a_comment_says_what_it_is_about_and_stays_an_ordinary_one(place: Place) -> None:
    said = await place.say("the <disk> is full", about=EVENT)
    assert (said["about"], said["message"], said["edited_at"], said["signs"]) == (EVENT, "the &lt;disk&gt; is full", None, [])
    (ordinary,) = await answered(place.client.get(f"/api/v1/run/{place.run}/comments"))
    assert ordinary["id"] == said["id"]
    assert sorted(ordinary) == [
        "id", "mentions", "message", "posted_at", "reactions", "release_id", "test_id", "test_run_id", "user_id"
    ]  # fmt: skip
    await answered(place.client.post(f"{place.old}/comments/submit", json={"message": "old way", "reactions": {}, "mentions": []}))
    assert [each["about"] for each in await place.comments()] == [EVENT, None]


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("event", "about must name one of"),
        ({**EVENT, "kind": "log"}, "about must name one of"),
        ({**EVENT, "ref": ""}, "about must have a ref"),
        ({**EVENT, "ref": "x" * 501}, "about must have a ref"),
        ({**EVENT, "label": "x" * 201}, "the label of about"),
    ],
)
async def test_what_it_is_about_is_checked_before_anything_is_stored(place: Place, about: Any, why: str) -> None:
    kind, arguments = await refused(place.client.post(f"{place.old}/discussion", json={"message": "x", "about": about}))
    assert (kind, arguments[0][: len(why)]) == ("DataValidationError", why)
    assert await place.comments() == []


@pytest.mark.parametrize("message", ["", " \n", "x" * (discussion.LONGEST + 1)])
async def test_a_comment_has_a_text_of_bounded_length(place: Place, message: str) -> None:
    assert (await refused(place.client.post(f"{place.old}/discussion", json={"message": message})))[0] == "DataValidationError"


async def test_one_person_counts_once_and_takes_back_only_what_is_theirs(server: Server, place: Place) -> None:
    body = {"message": "agreed?", "reactions": {"+1": 2, "rocket": 1}, "mentions": []}
    (written,) = await answered(place.client.post(f"{place.old}/comments/submit", json=body))
    async with server.client("bob") as bob:
        await asyncio.gather(*(place.react(who, written["id"]) for who in [place.client, bob] * 5))
        await place.react(bob, written["id"], "eyes")
        (mine,), (his,) = await place.comments(), await place.comments(bob)
        counts = {"+1": 4, "eyes": 1, "rocket": 1}
        assert {sign["name"]: sign["count"] for sign in mine["signs"]} == {sign["name"]: sign["count"] for sign in his["signs"]} == counts
        assert [sign["name"] for sign in mine["signs"] if sign["mine"]] == ["+1"]
        assert [sign["name"] for sign in his["signs"] if sign["mine"]] == ["+1", "eyes"]
        assert len(mine["signs"][0]["people"]) == 2
        for _ in range(2):
            signs = await place.react(bob, written["id"], on=False)
        assert next((sign["name"], sign["count"], sign["mine"]) for sign in signs) == ("+1", 3, False)
    (ordinary,) = await answered(place.client.get(f"/api/v1/run/{place.run}/comments"))
    assert ordinary["reactions"] == body["reactions"]


async def test_what_cannot_be_reacted_to_or_with_is_refused(place: Place) -> None:
    said = await place.say("x")
    path = f"/api/v1/run/{place.run}/comment"
    assert (await refused(place.client.post(f"{path}/{said['id']}/reactions", json={"name": "rocket", "on": True})))[
        0
    ] == "DataValidationError"
    assert (await refused(place.client.post(f"{path}/{said['id']}/reactions", json={"name": "+1", "on": 1})))[0] == "DataValidationError"
    assert (await refused(place.client.post(f"{path}/{uuid4()}/reactions", json={"name": "+1", "on": True})))[0] == "DocumentNotFound"
    elsewhere = f"/api/v1/run/{uuid4()}/comment/{said['id']}"
    assert (await refused(place.client.post(f"{elsewhere}/reactions", json={"name": "+1", "on": True})))[0] == "DocumentNotFound"
    assert (await refused(place.client.get(f"{elsewhere}/texts")))[0] == "DocumentNotFound"


async def test_an_edit_keeps_what_was_said_before(place: Place) -> None:
    said = await place.say("first")
    own = f"{place.old}/comment/{said['id']}"
    for text in ("second", "third", "third"):
        await answered(place.client.post(f"{own}/update", json={"message": text, "reactions": {}, "mentions": []}))
    (now,) = await place.comments()
    assert (now["message"], now["edited_at"] is not None) == ("third", True)
    earlier = await answered(place.client.get(f"/api/v1/run/{place.run}/comment/{said['id']}/texts"))
    assert [text["message"] for text in earlier] == ["second", "first"]
    assert all(text["until"] for text in earlier)


async def test_a_deleted_comment_leaves_nothing_behind(server: Server, place: Place) -> None:
    said = await place.say("first", about=EVENT)
    await place.react(place.client, said["id"])
    own = f"{place.old}/comment/{said['id']}"
    await answered(place.client.post(f"{own}/update", json={"message": "second", "reactions": {}, "mentions": []}))
    await answered(place.client.post(f"{own}/delete"))
    assert await place.comments() == []
    assert await server.store.all(select(CommentExtra).where(run_id=UUID(place.run))) == []
    assert await server.store.all(select(CommentText).where(comment_id=UUID(said["id"]))) == []


async def test_of_a_long_discussion_the_newest_are_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discussion, "MOST", 2)
    for text in ("one", "two", "three"):
        await place.say(text)
    told = await answered(place.client.get(f"/api/v1/run/{place.run}/discussion"))
    assert ([each["message"] for each in told["comments"]], told["more"]) == (["two", "three"], True)
