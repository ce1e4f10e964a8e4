"""Plans and their views, on both lanes."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid1, uuid4

import httpx
import pytest

from argus.kit.clock import time_uuid
from argus.kit.slug import slug
from argus.models.catalogue import ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.view import ArgusUserView
from argus.storage.errors import OperationTimedOut
from argus.storage.statements import delete, select
from argus.storage.statements import update as edit
from argus.storage.store import Store
from tests.features.tracker.making import ADMIN, Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/planning"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


def body_of(made: Made, **values: Any) -> dict[str, Any]:
    known = {"name": f"plan {uuid4().hex[:8]}", "description": "d", "owner": str(uuid4()), "participants": []}
    return {**known, "target_version": "6.0", "release_id": made.id, "tests": [], "groups": [], "assignments": {}, **values}


async def create(made: Made, **values: Any) -> dict[str, Any]:
    return dict(await answered(made.client.post(f"{API}/plan/create", json=body_of(made, **values))))


async def update(made: Made, plan: dict[str, Any], **values: Any) -> dict[str, Any]:
    assert await answered(made.client.post(f"{API}/plan/update", json={"id": plan["id"], **values})) is True
    return dict(await answered(made.client.get(f"{API}/plan/{plan['id']}/get")))


async def view_of(server: Server, plan: dict[str, Any]) -> ArgusUserView:
    return await server.store.get(ArgusUserView, id=UUID(plan["view_id"]))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rel-1  (1.0) - P", "rel-1-1-0-p"),
        ("--a__b--", "a-b"),
        ("Größe–Ångström & Łódź", "grosse-angstrom-lodz"),
        ("план", ""),
    ],
)
def test_slugs(text: str, name: str) -> None:
    assert slug(text) == name


async def test_a_plan_brings_a_view_of_its_tests(server: Server, made: Made) -> None:
    test, group = await made.new_test("t"), await made.new_group("o")
    inside = await made.new_test("u", group)
    plan = await create(made, name="Nightly", tests=[test], groups=[group])
    view = await view_of(server, plan)
    assert (view.display_name, view.name) == (f"{made.name}  (6.0) - Nightly", f"{made.name}-6-0-nightly")
    assert {str(found) for found in view.tests} == {test, inside}
    assert (str(view.plan_id), [str(found) for found in view.group_ids]) == (plan["id"], [group])
    assert json.loads(view.widget_settings or "")[2]["settings"]["productVersion"] == "6.0"


async def test_name_and_version_are_given_once_even_at_the_same_time(made: Made) -> None:
    body = body_of(made)
    answers = await asyncio.gather(*(made.client.post(f"{API}/plan/create", json=body) for _ in range(6)))
    assert sorted(answer.json()["status"] for answer in answers) == ["error"] * 5 + ["ok"]
    assert len(await answered(made.client.get(f"{API}/release/{made.id}/all"))) == 1


async def test_simultaneous_plans_get_numbers_of_their_own(made: Made) -> None:
    plans = await asyncio.gather(*(create(made) for _ in range(6)))
    assert {plan["key"] for plan in plans} == {f"{made.name}#{number}" for number in range(1, 7)}


async def test_plans_without_a_version_share_names(made: Made) -> None:
    body = body_of(made, target_version=None)
    first = await answered(made.client.post(f"{API}/plan/create", json=body))
    await answered(made.client.delete(f"{API}/plan/{first['id']}/delete", params={"deleteView": 1}))
    row = {**body, "name": body["name"]}
    await answered(made.client.post(f"{API}/plan/create", json=row))
    exception, arguments = await refused(made.client.post(f"{API}/plan/create", json=row))  # but their views do not
    assert (exception, arguments[1]) == ("UserViewException", slug(f"{made.name} - {body['name']}"))


async def test_a_number_that_is_free_again_is_used_again(server: Server, made: Made) -> None:
    await create(made)
    second = await create(made)
    await answered(made.client.delete(f"{API}/plan/{second['id']}/delete", params={"deleteView": 1}))
    odd = [ArgusReleasePlan(id=time_uuid(), release_id=UUID(made.id), key=key) for key in (None, "rubbish", "a#b#x")]
    for row in odd:
        await server.store.save(row)
    assert (await create(made))["key"] == f"{made.name}#2"


async def test_a_plan_is_found_by_key_or_id(made: Made) -> None:
    plan = await create(made)
    for reference in (plan["id"], plan["id"].upper(), plan["key"].replace("#", "%23")):
        assert await answered(made.client.get(f"{API}/plan/{reference}/get")) == plan
    for unknown in (str(uuid4()), str(time_uuid()), "no-such%231"):
        assert (await refused(made.client.get(f"{API}/plan/{unknown}/get")))[0] == "DocumentNotFound"


async def test_a_plan_that_cannot_be_stored_leaves_no_view(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Store.create

    async def broken(store: Store, row: Any) -> bool:
        if isinstance(row, ArgusReleasePlan):
            raise OperationTimedOut("too slow")
        return await real(store, row)

    monkeypatch.setattr(Store, "create", broken)
    assert (await refused(made.client.post(f"{API}/plan/create", json=body_of(made, name="Gone"))))[0] == "OperationTimedOut"
    assert await server.store.find(ArgusUserView, name=f"{made.name}-6-0-gone") is None


async def test_an_edit_that_fails_leaves_no_view(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await create(made)
    await server.store.write(edit(ArgusReleasePlan, id=UUID(plan["id"])).set(view_id=None))
    await server.store.write(delete(ArgusUserView).where(id=UUID(plan["view_id"])))
    before = {view.id for view in await server.store.all(select(ArgusUserView))}

    async def too_slow(*_: Any, **__: Any) -> None:
        raise OperationTimedOut("too many")

    with monkeypatch.context() as patch:
        patch.setattr("argus.features.tracker.planning.editing.swap", too_slow)
        assert (await refused(made.client.post(f"{API}/plan/update", json={"id": plan["id"], "description": "x"})))[
            0
        ] == "OperationTimedOut"
    assert {view.id for view in await server.store.all(select(ArgusUserView))} == before
    changed = await update(made, plan, description="x")  # its name is free
    assert changed["view_id"] is not None


async def test_a_value_that_fits_no_column_leaves_no_view(server: Server, made: Made) -> None:
    body = body_of(made, name="Odd", target_version="версия")
    assert (await refused(made.client.post(f"{API}/plan/create", json=body)))[0] in ("TypeError", "UnicodeEncodeError")
    assert [v for v in await server.store.all(select(ArgusUserView)) if (v.name or "").startswith(made.name)] == []


async def test_a_view_shows_one_plan(server: Server, made: Made) -> None:
    plan = await create(made)
    for request in (
        made.client.post(f"{API}/plan/create", json=body_of(made, view_id=plan["view_id"])),
        made.client.post(f"{API}/plan/update", json={"id": (await create(made))["id"], "view_id": plan["view_id"]}),
    ):
        assert await refused(request) == ("PlannerServiceException", ["This view is already assigned to another plan."])


async def test_people_who_edit_together_lose_nothing(made: Made) -> None:
    plan = await create(made)
    users, tests = [str(uuid4()) for _ in range(12)], [str(uuid4()) for _ in range(12)]
    changes = [
        {"participants_add": [user], "tests_add": [test], "assignee_mapping_set": {test: user}, "options_set": {test: {"labels": [user]}}}
        for user, test in zip(users, tests, strict=True)
    ]
    await asyncio.gather(*(update(made, plan, **change) for change in changes))
    now = await answered(made.client.get(f"{API}/plan/{plan['id']}/get"))
    assert (set(now["participants"]), set(now["tests"])) == (set(users), set(tests))
    assert now["assignee_mapping"] == dict(zip(tests, users, strict=True))
    assert set(json.loads(now["options"])) == set(tests)


async def test_what_leaves_the_plan_leaves_mapping_and_options(server: Server, made: Made) -> None:
    keep, drop = await made.new_test("keep"), await made.new_test("drop")
    user = str(uuid4())
    plan = await create(made, tests=[keep, drop], assignments={keep: user, drop: user}, options={drop: {"labels": ["a"]}, keep: {}})
    changed = await update(made, plan, tests_remove=[drop], name="", description="words")
    assert (changed["tests"], changed["assignee_mapping"], json.loads(changed["options"])) == ([keep], {keep: user}, {keep: {}})
    assert (changed["name"], changed["description"], changed["target_version"]) == ("", "words", "6.0")
    assert [str(test) for test in (await view_of(server, plan)).tests] == [keep]


async def test_an_update_moves_the_view_to_the_new_version_and_tests(server: Server, made: Made) -> None:
    test = await made.new_test("t")
    plan = await create(made)
    await update(made, plan, target_version="7.0", tests_add=[test])
    view = await view_of(server, plan)
    assert [str(found) for found in view.tests] == [test]
    assert json.loads(view.widget_settings or "")[2]["settings"] == {
        "targetVersion": True,
        "versionsIncludeNoVersion": False,
        "productVersion": "7.0",
    }
    assert view.name == f"{made.name}-6-0-{slug(plan['name'])}"


async def test_another_view_takes_over(server: Server, made: Made) -> None:
    plan, own = await create(made), ArgusUserView(name=f"own-{uuid4()}", widget_settings="not json")
    await server.store.create(own)
    changed = await update(made, plan, view_id=str(own.id))
    assert changed["view_id"] == str(own.id)
    assert str((await server.store.get(ArgusUserView, id=own.id)).plan_id) == plan["id"]
    assert (await view_of(server, plan)).plan_id is None


async def test_an_update_takes_owner_and_end(made: Made) -> None:
    plan, owner = await create(made), str(uuid4())
    assert (await update(made, plan, owner=owner))["owner"] == owner
    for given in (1717243200500, "2024-06-01T12:00:00.500Z", "2024-06-01T14:00:00.500+02:00"):
        assert (await update(made, plan, ends_at=given))["ends_at"] == "2024-06-01T12:00:00.500Z"


async def test_a_refused_update_changes_nothing(server: Server, made: Made) -> None:
    plan, taken = await create(made), await create(made)
    for change, exception in (
        ({"name": taken["name"], "tests_add": [str(uuid4())]}, "PlannerServiceException"),
        ({"description": "x", "tests_add": ["bad"]}, "ValueError"),
        ({"description": "x", "colour": "red"}, "TypeError"),
        ({"description": "x", "view_id": str(uuid4())}, "DocumentNotFound"),
    ):
        assert (await refused(made.client.post(f"{API}/plan/update", json={"id": plan["id"], **change})))[0] == exception
        assert await answered(made.client.get(f"{API}/plan/{plan['id']}/get")) == plan


async def test_a_plan_without_its_view_can_be_deleted(server: Server, made: Made) -> None:
    for query in ({"deleteView": 1}, {"deleteView": 0}, {}):
        plan = await create(made)
        await server.store.write(delete(ArgusUserView).where(id=UUID(plan["view_id"])))
        assert await answered(made.client.delete(f"{API}/plan/{plan['id']}/delete", params=query)) is True
        assert await server.store.find(ArgusUserView, id=UUID(plan["view_id"])) is None  # no ghost of it either


async def other_release(made: Made, *names: str) -> tuple[Made, dict[str, str]]:
    target = await make(made.client)
    return target, {name: await target.new_test(name) for name in names}


def copied(plan: dict[str, Any], target: Made, **values: Any) -> dict[str, Any]:
    known = {"keepParticipants": True, "replacements": {}, "targetReleaseId": target.id, "targetReleaseName": target.name}
    return {"plan": {**plan, "name": f"copy {uuid4().hex[:8]}"}, **known, **values}


async def test_a_copy_finds_entities_by_path_and_takes_replacements(made: Made) -> None:
    same, gone, other = [await made.new_test(name) for name in ("same", "gone", "other")]
    user = str(uuid4())
    mapping = {same: user, gone: user, made.group: user}
    plan = await create(made, tests=[same, gone, other], groups=[made.group], assignments=mapping, options={gone: {"labels": ["x"]}})
    target, tests = await other_release(made, "same", "chosen")
    check = await answered(made.client.get(f"{API}/plan/{plan['id']}/copy/check", params={"releaseId": target.id}))
    assert (check["status"], [test["id"] for test in check["missing"]["tests"]]) == ("failed", [gone, other])

    body = copied(plan, target, replacements={gone: tests["chosen"], other: None})
    copy = await answered(made.client.post(f"{API}/plan/copy", json=body))
    assert copy["tests"] == [tests["same"], tests["chosen"]]
    assert copy["groups"] == [target.group]
    assert copy["assignee_mapping"] == {tests["same"]: user, tests["chosen"]: user, target.group: user}
    assert json.loads(copy["options"]) == {tests["chosen"]: {"labels": ["x"]}}
    assert (copy["key"], copy["created_from"], copy["completed"]) == (f"{target.name}#1", None, False)

    bare = await answered(made.client.post(f"{API}/plan/copy", json=copied(plan, target, keepParticipants=False)))
    assert (bare["participants"], bare["assignee_mapping"], bare["tests"]) == ([], {}, [tests["same"]])


async def test_a_replacement_is_in_the_target_release(made: Made) -> None:
    gone = await made.new_test("gone")
    plan = await create(made, tests=[gone])
    target, _ = await other_release(made)
    body = copied(plan, target, replacements={gone: gone})
    assert (await refused(made.client.post(f"{API}/plan/copy", json=body)))[0] == "PlannerServiceException"
    assert await answered(made.client.get(f"{API}/release/{target.id}/all")) == []


async def test_plans_of_more_than_a_hundred_tests(server: Server, made: Made) -> None:
    target = await make(made.client)
    for release in (made, target):
        rows = [
            ArgusTest(name=f"n{n}", build_system_id=release.job(f"n{n}"), release_id=UUID(release.id), group_id=UUID(release.group))
            for n in range(120)
        ]
        await asyncio.gather(*(server.store.create(row) for row in rows))
    tests = [test["id"] for test in await answered(made.client.get(f"{ADMIN}/tests/get", params={"groupId": made.group}))]
    plan = await create(made, tests=tests)
    assert len(await answered(made.client.get(f"{API}/plan/{plan['id']}/resolve_entities"))) == 120
    check = await answered(made.client.get(f"{API}/plan/{plan['id']}/copy/check", params={"releaseId": target.id}))
    assert check["status"] == "passed"
    assert len((await answered(made.client.post(f"{API}/plan/copy", json=copied(plan, target))))["tests"]) == 120


async def test_entities_that_are_gone_are_left_out(made: Made) -> None:
    gone, test = await made.new_test("gone"), await made.new_test("t")
    plan = await create(made, tests=[gone, test], groups=[made.group, str(uuid4())])
    await answered(made.client.post(f"{ADMIN}/test/delete", json={"test_id": gone}))
    found = await answered(made.client.get(f"{API}/plan/{plan['id']}/resolve_entities"))
    assert [(entity["type"], entity["id"], entity["release"]) for entity in found] == [
        ("test", test, made.name),
        ("group", made.group, made.name),
    ]
    assert found[0]["group"] == "g"


@pytest.mark.parametrize("plan", [str(uuid1()), str(uuid4()).upper()])
async def test_a_plan_that_is_not_there_cannot_be_copied(made: Made, plan: str) -> None:
    asked = made.client.get(f"{API}/plan/{plan}/copy/check", params={"releaseId": made.id})
    assert await refused(asked) == ("DocumentNotFound", [f"Plan {plan.lower()} not found"])
