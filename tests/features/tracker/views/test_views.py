"""User views on both lanes: membership, editing, refreshing, statistics (docs/contract/views.md#view-routes)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.kit.clock import now
from argus.models.view import ArgusUserView
from argus.storage.statements import update
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/views"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def create(caller: httpx.AsyncClient, *items: str, **more: Any) -> dict[str, Any]:
    body = {"name": f"view-{uuid4().hex[:12]}", "items": items, "settings": "[]", **more}
    return dict(await answered(caller.post(f"{API}/create", json=body)))


async def test_members_come_in_the_order_of_the_items_and_as_often_as_they_are_named(server: Server, made: Made) -> None:
    first = await made.new_test("first")
    group = await made.new_group("other")
    second = await made.new_test("second", group)
    view = await create(made.client, f"group:{group}", f"test:{first}", "unknown:zz", f"test:{second}", f"release:{made.id}")
    assert view["tests"][:3] == [second, first, second]
    assert sorted(view["tests"][3:]) == sorted([first, second])
    assert (view["group_ids"], view["release_ids"]) == ([group], [made.id])
    old = update(ArgusUserView, id=UUID(view["id"])).set(last_updated=now() - timedelta(hours=2))
    await server.store.write(old)
    refreshed = await answered(made.client.get(f"{API}/get", params={"viewId": view["id"]}))
    assert sorted(refreshed["tests"]) == sorted([first, second])


async def test_members_are_not_looked_up(made: Made) -> None:
    nobody = str(uuid4())
    assert (await create(made.client, f"test:{nobody}"))["tests"] == [nobody]


@pytest.mark.parametrize(
    ("wrong", "exception", "argument"),
    [
        ({"name": 5}, "AttributeError", "'int' object has no attribute 'encode'"),
        ({"description": 5}, "AttributeError", "'int' object has no attribute 'encode'"),
        ({"settings": []}, "AttributeError", "'list' object has no attribute 'encode'"),
        ({"items": ["test"]}, "ValueError", "not enough values to unpack (expected 2, got 1)"),
        ({"items": ["test:a:b"]}, "ValueError", "too many values to unpack (expected 2)"),
        ({"items": ["test:zz"]}, "ValueError", "badly formed hexadecimal UUID string"),
    ],
)
async def test_a_body_that_fits_no_view_makes_none(client: httpx.AsyncClient, wrong: dict[str, Any], exception: str, argument: str) -> None:
    body = {"name": f"view-{uuid4().hex[:12]}", "items": [], "settings": "[]", **wrong}
    assert await refused(client.post(f"{API}/create", json=body)) == (exception, [argument])
    assert body["name"] not in [view["name"] for view in await answered(client.get(f"{API}/all"))]


async def test_only_its_maker_and_administrators_change_a_view(server: Server, client: httpx.AsyncClient) -> None:
    async with server.client("bob") as bob, server.client("carol") as carol:
        view = await create(bob)
        body = {"viewId": view["id"], "updateData": {"items": [], "display_name": "x"}}
        refusal = ("UserViewException", ["Unable to modify other users' views"])
        assert await refused(carol.post(f"{API}/update", json=body)) == refusal
        assert await refused(carol.post(f"{API}/delete", json=body)) == refusal
        assert await answered(bob.post(f"{API}/update", json=body)) is True
        assert await answered(client.post(f"{API}/delete", json=body)) is True


async def test_a_view_keeps_maker_and_plan_when_it_is_changed(server: Server, made: Made) -> None:
    view = await create(made.client)
    data = {"items": [], "user_id": str(uuid4()), "id": str(uuid4()), "widget_settings": "anything"}
    await answered(made.client.post(f"{API}/update", json={"viewId": view["id"], "updateData": data}))
    after = await answered(made.client.get(f"{API}/get", params={"viewId": view["id"]}))
    assert {**after, "last_updated": ""} == {**view, "widget_settings": "anything", "last_updated": ""}


class TestStatistics:
    async def counted(self, made: Made, view: dict[str, Any], **query: Any) -> dict[str, Any]:
        return dict(await answered(made.client.get(f"{API}/stats", params={"viewId": view["id"], **query})))

    async def test_a_widget_keeps_the_tests_of_its_filter(self, made: Made) -> None:
        first = await made.new_test("first")
        await made.new_test("second")
        widgets = [
            {"position": 1, "type": "testDashboard", "filter": [first, "no id"], "settings": {}},
            {"position": 2, "type": "testDashboard", "filter": [], "settings": {}},
            {"position": 3, "type": "testDashboard", "filter": ["no id"], "settings": {}},
        ]
        view = await create(made.client, f"release:{made.id}", settings=json.dumps(widgets))
        for widget, total in ((1, 1), (2, 2), (3, 0), (4, 2), ("", 2)):
            assert (await self.counted(made, view, widgetId=widget))["total"] == total

    async def test_a_test_that_is_named_twice_counts_once(self, made: Made) -> None:
        test = await made.new_test("t")
        view = await create(made.client, f"test:{test}", f"test:{test}")
        assert (await self.counted(made, view))["total"] == 1

    @pytest.mark.parametrize("flag", ["limited", "force", "includeNoVersion"])
    async def test_a_flag_is_a_number(self, made: Made, flag: str) -> None:
        view = await create(made.client)
        for value in ("", "yes"):
            exception, arguments = await refused(made.client.get(f"{API}/stats", params={"viewId": view["id"], flag: value}))
            assert (exception, arguments) == ("ValueError", [f"invalid literal for int() with base 10: {value!r}"])
