"""The room of a release: what its tests, views, plans and people say, bounded, in one answer."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.features.tracker.comments import service as comments_service
from argus.features.tracker.rooms import digest, noted, service
from argus.live import hub_of
from argus.models.issue import GithubIssue, IssueLink
from argus.models.plan import ArgusReleasePlan
from argus.models.view import ArgusUserView
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"
NOTES = f"{API}/views/widgets/highlights"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noted, "FRESH", -1.0)


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def room(made: Made, **query: Any) -> dict[str, Any]:
    return dict(await answered(made.client.get(f"{API}/release/room", params={"release": made.name, **query})))


async def ended(made: Made, test: str, name: str, number: int, status: str, **values: Any) -> str:
    run = await made.new_run(name, number, **values)
    await answered(made.client.post(f"{API}/test/{test}/run/{run}/status/set", json={"status": status}))
    return run


async def new_view(made: Made, *items: str, settings: Any = None) -> str:
    widgets = [{"position": 1, "type": "highlights", "settings": {"index": 3}, "filter": []}] if settings is None else settings
    body = {"name": f"view-{uuid4().hex[:8]}", "items": list(items), "settings": json.dumps(widgets), "description": "", "displayName": "V"}
    return str((await answered(made.client.post(f"{API}/views/create", json=body)))["id"])


async def note(made: Made, view: str, content: str, is_task: bool = False, index: int = 3) -> dict[str, Any]:
    body = {"view_id": view, "index": index, "content": content, "is_task": is_task}
    return dict(await answered(made.client.post(f"{NOTES}/create", json=body)))


def contents(some: dict[str, Any]) -> list[str]:
    return [item["content"] for item in some["items"]]


async def test_tests_are_told_by_what_changed_and_what_waits(made: Made) -> None:
    broken, mended, steady = [await made.new_test(name) for name in ("broken", "mended", "steady")]
    await ended(made, broken, "broken", 1, "passed")
    run = await ended(made, broken, "broken", 2, "failed")
    await ended(made, mended, "mended", 1, "failed")
    await ended(made, mended, "mended", 2, "passed")
    await ended(made, steady, "steady", 1, "passed")
    tests = (await room(made))["tests"]
    assert tests["counts"] == {"total": 3, "passed": 2, "failed": 1}
    assert [[item["name"] for item in tests[kind]["items"]] for kind in ("broken", "mended", "to_open")] == [
        ["broken"],
        ["mended"],
        ["broken"],
    ]
    (found,) = tests["broken"]["items"]
    assert (found["run_id"], found["build_number"], found["group"], found["plugin"]) == (run, 2, "g", "generic")
    await answered(
        made.client.post(f"{API}/test/{broken}/run/{run}/investigation_status/set", json={"investigation_status": "investigated"})
    )
    assert (await room(made))["tests"]["to_open"]["count"] == 0, "what was made of older statistics is not told again"


async def test_a_version_narrows_it(made: Made) -> None:
    test = await made.new_test("t")
    await ended(made, test, "t", 1, "failed", scylla_version="1.0.0-0.20240901.abcdef")
    await ended(made, test, "t", 2, "passed", scylla_version="2.0.0-0.20240902.abcdef")
    assert (await room(made))["tests"]["counts"] == {"total": 1, "passed": 1}
    assert (await room(made, version="1."))["tests"]["counts"] == {"total": 1, "failed": 1}


async def test_views_of_a_release_are_those_that_hold_something_of_it(made: Made, server: Server, client: httpx.AsyncClient) -> None:
    test = await made.new_test("t")
    other = await make(client)
    whole, part, single = [await new_view(made, item) for item in (f"release:{made.id}", f"group:{made.group}", f"test:{test}")]
    elsewhere, plain = await new_view(made, f"release:{other.id}"), await new_view(made, f"release:{made.id}", settings=[])
    plan = ArgusReleasePlan(name="p", release_id=UUID(made.id))
    await server.store.save(plan)
    await server.store.save((await _view(server, planned := await new_view(made))).changed(plan_id=plan.id))
    assert {view["id"] for view in (await room(made))["views"]} == {whole, part, single, planned}
    assert {elsewhere, plain}.isdisjoint(view["id"] for view in (await room(made))["views"])


async def _view(server: Server, view_id: str) -> Any:
    return await server.store.get(ArgusUserView, id=UUID(view_id))


async def test_what_views_note_is_gathered_without_what_was_put_away(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = await new_view(made, f"release:{made.id}"), await new_view(made, f"release:{made.id}")
    await note(made, one, "first")
    away = await note(made, two, "away")
    await answered_plainly(made.client.post(f"{NOTES}/archive", json={"view_id": two, "index": 3, "created_at": away["created_at"]}))
    await note(made, two, "second")
    await note(made, two, "in another list", index=4)
    task = await note(made, one, "done", is_task=True)
    await note(made, two, "open", is_task=True)
    await answered(
        made.client.post(f"{NOTES}/set_completed", json={"view_id": one, "index": 3, "created_at": task["created_at"], "completed": True})
    )
    found = await room(made)
    assert contents(found["highlights"]) == ["second", "first"]
    assert (contents(found["action_items"]), found["action_items"]["done"], found["action_items"]["count"]) == (["open", "done"], 1, 2)
    monkeypatch.setattr(noted, "HIGHLIGHTS", 1)
    assert (found := await room(made))["highlights"]["count"] == 2
    assert contents(found["highlights"]) == ["second"]


async def answered_plainly(request: Any) -> None:
    answer: httpx.Response = await request
    assert answer.json() == {"status": "ok"}


@pytest.mark.parametrize("settings", ["highlights", {"type": "highlights"}, [None, {"type": "highlights", "settings": {"index": "x"}}]])
async def test_settings_that_are_odd_are_no_list(made: Made, settings: Any) -> None:
    view = await new_view(made, f"release:{made.id}", settings=settings)
    assert view not in {found["id"] for found in (await room(made))["views"]}


async def test_issues_are_open_ones_of_the_newest_runs(made: Made, server: Server) -> None:
    tests = [await made.new_test(name) for name in ("a", "b")]
    runs = [await ended(made, test, name, 1, "failed") for test, name in zip(tests, ("a", "b"), strict=True)]
    both, one, closed = (GithubIssue(number=n, state=state, title=f"i{n}") for n, state in ((1, "open"), (2, "open"), (3, "closed")))
    for issue, linked in ((both, runs), (one, runs[:1]), (closed, runs)):
        await server.store.save(issue)
        for run in linked:
            test = UUID(tests[runs.index(run)])
            await server.store.save(IssueLink(run_id=UUID(run), issue_id=issue.id, release_id=UUID(made.id), test_id=test, type="github"))
    # links that no route wrote: the next change has the statistics made anew
    await answered(made.client.post(f"{API}/test/{tests[0]}/run/{runs[0]}/status/set", json={"status": "test_error"}))
    issues = (await room(made))["issues"]
    assert [(issue["title"], issue["tests"]) for issue in issues["items"]] == [("i1", 2), ("i2", 1)]


async def test_the_last_comments_say_who_is_named(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    test = await made.new_test("t")
    run = await ended(made, test, "t", 1, "failed")
    seconds = iter((1_700_000_000, 1_700_000_001))
    monkeypatch.setattr(comments_service, "now_s", lambda: next(seconds))
    for text in ("the first", f"@bob is it <{'x' * 400}"):
        await answered(
            made.client.post(f"{API}/test/{test}/run/{run}/comments/submit", json={"message": text, "reactions": {}, "mentions": []})
        )
    comments = (await room(made))["comments"]
    assert (comments["count"], comments["items"][1]["text"]) == (2, "the first")
    newest = comments["items"][0]
    assert newest["text"] == f"@bob is it <{'x' * (digest.EXCERPT - 12)}…"
    assert len(newest["mentions"]) == 1
    assert (newest["run_id"], newest["name"], newest["status"]) == (run, "t", "failed")


async def test_plans_say_who_has_them_and_how_far_they_are(made: Made, server: Server) -> None:
    first, second = await made.new_test("a"), await made.new_test("b")
    await ended(made, first, "a", 1, "passed")
    await ended(made, second, "b", 1, "failed")
    done = ArgusReleasePlan(name="done", release_id=UUID(made.id), completed=True, tests=[UUID(first)])
    todo = ArgusReleasePlan(name="to do", release_id=UUID(made.id), owner=uuid4(), groups=[UUID(made.group)])
    for plan in (todo, done):
        await server.store.save(plan)
    plans = (await room(made))["plans"]
    assert [(plan["name"], plan["tests"]) for plan in plans["items"]] == [
        ("to do", {"total": 2, "passed": 1, "failed": 1}),
        ("done", {"total": 1, "passed": 1, "failed": 0}),
    ]
    assert plans["items"][0]["owner"] == str(todo.owner)


async def test_a_message_is_written_by_who_has_seen_the_last_one(made: Made, server: Server) -> None:
    path = f"{API}/release/room/message"
    assert (await room(made))["message"] == {"number": 0, "text": "", "author_id": None, "at": None}
    async with hub_of(server.runtime).subscribe([f"release:{made.id}"]) as heard:
        written = await answered(made.client.post(path, json={"release_id": made.id, "text": "No <b>merges</b> today", "number": 0}))
        async for message in heard:
            if message.type == "room":  # that of the catalogue, which made the release, may come before
                break
    assert (written["number"], written["text"]) == (1, "No &lt;b&gt;merges&lt;/b&gt; today")
    assert (await room(made))["message"] == written
    for stale in (0, 2):
        body = {"release_id": made.id, "text": "mine", "number": stale}
        assert (await refused(made.client.post(path, json=body)))[0] == "DataValidationError"
    await answered(made.client.post(path, json={"release_id": made.id, "text": "", "number": 1}))
    assert ((await room(made))["message"]["number"], (await room(made))["message"]["text"]) == (2, "")


async def test_of_several_who_write_at_once_one_does(made: Made) -> None:
    bodies = [{"release_id": made.id, "text": str(n), "number": 0} for n in range(5)]
    answers = await asyncio.gather(*(made.client.post(f"{API}/release/room/message", json=body) for body in bodies))
    assert sorted(answer.json()["status"] for answer in answers) == ["error"] * 4 + ["ok"]


@pytest.mark.parametrize(
    ("change", "exception"),
    [
        ({"release_id": "none"}, "ValueError"),
        ({"release_id": str(uuid4())}, "DocumentNotFound"),
        ({"text": None}, "DataValidationError"),
        ({"text": "x" * (service.LONGEST + 1)}, "DataValidationError"),
        ({"number": "1"}, "DataValidationError"),
        ({"number": True}, "DataValidationError"),
        ({"number": 2**31}, "DataValidationError"),
    ],
)
async def test_what_makes_no_message_is_refused(made: Made, change: dict[str, Any], exception: str) -> None:
    body = {"release_id": made.id, "text": "x", "number": 0, **change}
    assert (await refused(made.client.post(f"{API}/release/room/message", json=body)))[0] == exception
    for key in ("release_id", "text", "number"):
        assert (await refused(made.client.post(f"{API}/release/room/message", json=_without(body, key))))[0] == "KeyError"


def _without(body: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != key}


async def test_a_room_of_nothing_is_refused(client: httpx.AsyncClient) -> None:
    assert (await refused(client.get(f"{API}/release/room")))[0] == "DocumentNotFound"
    assert (await refused(client.get(f"{API}/release/room", params={"release": "no such"})))[0] == "DocumentNotFound"
    made = await make(client)
    query = {"release": made.name, "version": "x" * 201}
    assert (await refused(client.get(f"{API}/release/room", params=query)))[0] == "DataValidationError"


async def test_an_archived_release_has_no_counts(made: Made) -> None:
    await answered(made.client.post("/admin/api/v1/release/set_dormant", json={"release_id": made.id, "dormant": True}))
    found = await room(made)
    assert (found["tests"], found["issues"], found["comments"]) == (None, None, None)
    assert found["release"]["dormant"] is True


async def test_the_page_has_an_address_of_its_own(made: Made, server: Server) -> None:
    page = await made.client.get(f"/release/{made.name}/room")
    assert (page.status_code, "releaseRoom" in page.text, made.id in page.text) == (200, True, True)
    assert (await made.client.get("/release/no-such/room")).headers["location"] == "/error/?type=404"
    async with server.client(None) as nobody:
        assert (await nobody.get(f"/release/{made.name}/room")).headers["location"] == "/auth/login"
