"""Highlights, action items and their comments on both lanes (docs/contract/views.md#highlights-and-action-items)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/views/widgets/highlights"


@pytest.fixture
async def place(client: httpx.AsyncClient) -> dict[str, Any]:
    """A widget of a new view."""
    body = {"name": f"view-{uuid4().hex[:12]}", "items": [], "settings": "[]"}
    return {"view_id": (await answered(client.post("/api/v1/views/create", json=body)))["id"], "index": 0}


async def listed(client: httpx.AsyncClient, place: dict[str, Any]) -> dict[str, Any]:
    return dict(await answered(client.get(API, params=place)))


async def test_a_group_with_an_item_that_is_no_text_is_not_begun(client: httpx.AsyncClient, place: dict[str, Any]) -> None:
    exception, _ = await refused(client.post(f"{API}/create_group", json={**place, "name": "g", "items": ["fine", 5]}))
    assert exception == "AttributeError"
    assert await listed(client, place) == {"highlights": [], "action_items": []}


async def test_items_of_a_group_are_tasks_of_whoever_makes_it(client: httpx.AsyncClient, place: dict[str, Any]) -> None:
    made = await answered(client.post(f"{API}/create_group", json={**place, "name": " <g> ", "items": ["one", " ", "<two>"]}))
    assert [(item["content"], item["group"], item["completed"]) for item in made] == [
        ("one", "&lt;g&gt;", False),
        ("&lt;two&gt;", "&lt;g&gt;", False),
    ]
    assert {item["assignee_id"] for item in made} == {made[0]["creator_id"]}
    assert (await listed(client, place))["action_items"] == made[::-1]


@pytest.mark.parametrize("content", [None, 5, ["x"]])
async def test_a_comment_is_text_or_it_is_not_stored(client: httpx.AsyncClient, place: dict[str, Any], content: Any) -> None:
    highlight = await answered(client.post(f"{API}/create", json={**place, "content": "x", "is_task": False}))
    discussion = {**place, "highlight_created_at": highlight["created_at"]}
    error = ("TypeError", [f"expected string or bytes-like object, got '{type(content).__name__}'"])
    assert await refused(client.post(f"{API}/comments/create", json={**discussion, "content": content})) == error
    comment = await answered(client.post(f"{API}/comments/create", json={**discussion, "content": "<b>"}))
    changed = {**discussion, "created_at": comment["created_at"], "content": content}
    assert await refused(client.post(f"{API}/comments/update", json=changed)) == error
    asked = {**place, "created_at": highlight["created_at"]}
    assert await answered(client.get(f"{API}/comments", params=asked)) == [{**comment, "content": "<b>"}]
    assert [item["comments_count"] for item in (await listed(client, place))["highlights"]] == [1]


async def test_whoever_is_named_is_told_once_but_for_the_author(server: Server, client: httpx.AsyncClient, place: dict[str, Any]) -> None:
    async with server.client("carol") as carol:
        before = await answered(carol.get("/api/v1/notifications/get_unread"))
        await answered(client.post(f"{API}/create", json={**place, "content": "@carol @carol @alice @no-body", "is_task": True}))
        assert await answered(carol.get("/api/v1/notifications/get_unread")) == before + 1
        newest = (await answered(carol.get("/api/v1/notifications/summary", params={"limit": 1})))[0]
        told = await answered(carol.get("/api/v1/notifications/get", params={"id": newest["id"]}))
    assert (told["title"], told["source"], told["source_id"]) == (
        "You were mentioned in a view highlight",
        "VIEW_ACTION_ITEM",
        place["view_id"],
    )
    assert told["content"].startswith("You were mentioned by <span class='fw-bold'>@alice</span> in a action item in view <a href='/view/")


async def test_only_an_author_changes_a_text_and_anybody_the_rest(server: Server, client: httpx.AsyncClient, place: dict[str, Any]) -> None:
    task = await answered(client.post(f"{API}/create", json={**place, "content": "x", "is_task": True, "group": " "}))
    assert task["group"] == "General"
    key = {**place, "created_at": task["created_at"]}
    async with server.client("bob") as bob:
        forbidden = ("Forbidden", ["Not authorized to update highlight"])
        assert await refused(bob.post(f"{API}/update", json={**key, "content": "y"})) == forbidden
        assert (await answered(bob.post(f"{API}/set_completed", json={**key, "completed": True})))["completed"] is True
        assert (await bob.post(f"{API}/archive", json=key)).json() == {"status": "ok"}
        assert (await listed(bob, place))["action_items"][0]["archived_at"] > 0
        assert (await bob.post(f"{API}/unarchive", json=key)).json() == {"status": "ok"}
    assert (await listed(client, place))["action_items"] == [{**task, "completed": True}]
