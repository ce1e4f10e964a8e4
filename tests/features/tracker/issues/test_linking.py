"""Issues are attached to runs, listed and taken off again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.models.issue import GithubIssue, JiraIssue
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.storage.statements import select
from tests.features.tracker.making import Made, answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1"
JIRA = "http://127.0.0.1"


def remote(request: httpx.Request) -> httpx.Response:
    """GitHub with every issue of `acme`, and Jira with every issue of `ARG`."""
    word = request.url.path.rpartition("/")[2]
    if request.url.host == "api.github.com":
        if "/acme/" not in request.url.path:
            return httpx.Response(404)
        label = {"id": 7, "name": "bug", "color": "ff0000", "description": None}
        person = {"login": "bob", "html_url": "https://github.com/bob"}
        return httpx.Response(
            200, json={"number": int(word), "state": "open", "title": f"<b>{word}</b>", "labels": [label], "assignees": [person]}
        )
    fields = {"summary": f"about {word}", "status": {"name": "In Progress"}, "project": {"key": "ARG"}, "labels": ["x"], "assignee": None}
    return httpx.Response(200, json={"key": word, "fields": fields})


@pytest.fixture(autouse=True)
async def remotes(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(remote)) as http:
        monkeypatch.setattr(server.runtime, "http", http)
        for name in ("GITHUB_ENABLED", "JIRA_ENABLED"):
            monkeypatch.setattr(server.runtime.settings, name, True)
        yield


@pytest.fixture
def urls() -> tuple[str, str]:
    """An issue of each provider that no other test knows."""
    number = uuid4().int % 10**9
    return f"https://github.com/acme/db/issues/{number}", f"{JIRA}/browse/ARG-{number}"


@pytest.fixture
async def made(client: httpx.AsyncClient) -> Made:
    return await make(client)


async def attach(made: Made, test: str, run: str, url: str, event: str | None = None) -> Any:
    path = f"{API}/test/{test}/run/{run}/issues/{f'event/{event}/' if event else ''}submit"
    return await answered(made.client.post(path, json={"issue_url": url}))


async def listed(made: Made, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await answered(made.client.get(f"{API}/issues/get", params=query))
    return found


async def told(made: Made, run: str) -> list[str]:
    found = await answered(made.client.get(f"{API}/run/{run}/activity"))
    return [found["events"][event["id"]] for event in found["raw_events"]]


@pytest.mark.parametrize(
    ("first", "second", "stored"),
    [
        (
            "http://www.github.com/acme/d-b.x/issues/{n}/",
            "https://GitHub.com/acme/d-b.x/issues/{n}#c",
            "https://github.com/acme/d-b.x/issues/{n}",
        ),
        (f"{JIRA}/browse/ARG-{{n}}/", f"{JIRA}/browse/ARG-{{n}}?focusedId=https://github.com/x", f"{JIRA}:9/browse/ARG-{{n}}"),
    ],
)
async def test_an_issue_has_many_spellings_and_one_record(made: Made, first: str, second: str, stored: str) -> None:
    number, test = uuid4().int % 10**9, await made.new_test("t")
    run = await made.new_run("t")
    issues = [await attach(made, test, run, url.format(n=number)) for url in (first, second, stored)]
    assert len({issue["id"] for issue in issues}) == 1
    assert issues[0].get("url", issues[0].get("permalink")) == stored.format(n=number)


async def test_an_issue_is_fetched_once_and_attached_often(made: Made, urls: tuple[str, str], server: Server) -> None:
    test = await made.new_test("t")
    first, second = await made.new_run("t"), await made.new_run("t", 2)
    number = urls[0].rpartition("/")[2]
    await server.store.save(ReleaseStatsSnapshot(release_id=UUID(made.id), filter_key="v=::", payload="{}"))
    issue = await attach(made, test, first, urls[0])
    assert (issue["type"], issue["owner"], issue["repo"], issue["number"], issue["url"]) == ("issues", "acme", "db", int(number), urls[0])
    assert (issue["labels"][0]["description"], issue["assignees"][0]["login"], issue["state"]) == ("", "bob", "open")
    assert await server.store.all(select(ReleaseStatsSnapshot).where(release_id=UUID(made.id))) == []
    again = await attach(made, test, second, urls[0])
    assert again["id"] == issue["id"]
    assert await told(made, first) == [f'An issue titled "<b>{number}</b>" was added by alice']
    assert await told(made, second) == [f'An issue titled "<b>{number}</b>" was attached by alice']


@pytest.mark.parametrize("provider", [0, 1], ids=["github", "jira"])
async def test_an_issue_that_two_people_attach_at_once_is_one_record(
    made: Made, urls: tuple[str, str], server: Server, monkeypatch: pytest.MonkeyPatch, provider: int
) -> None:
    both_asked, asked = asyncio.Event(), 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 2:
            both_asked.set()
        await asyncio.wait_for(both_asked.wait(), 10)
        return remote(request)

    test = await made.new_test("t")
    runs = [await made.new_run("t"), await made.new_run("t", 2)]
    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as http:
        monkeypatch.setattr(server.runtime, "http", http)
        issues = await asyncio.gather(*(attach(made, test, run, urls[provider]) for run in runs))
    assert issues[0]["id"] == issues[1]["id"]
    assert [[entry["id"] for entry in await listed(made, filterKey="run_id", id=run)] for run in runs] == [[issues[0]["id"]]] * 2


async def test_issues_of_both_providers_in_one_list(made: Made, urls: tuple[str, str]) -> None:
    test = await made.new_test("t")
    run, other = await made.new_run("t"), await made.new_run("t", 2)
    event = str(uuid4())
    jira = await attach(made, test, run, urls[1])
    github = await attach(made, test, run, urls[0], event)
    await attach(made, test, other, urls[0])
    assert (jira["key"], jira["state"], jira["project"], jira["assignees"]) == (urls[1].rpartition("/")[2], "in progress", "ARG", [])
    plain = await listed(made, filterKey="run_id", id=run)
    assert [(entry["id"], entry["subtype"], entry["type"]) for entry in plain] == [
        (github["id"], "github", "github"),
        (jira["id"], "jira", "jira"),
    ]
    assert (plain[0]["run_id"], plain[0]["issue_id"], plain[0]["event_id"]) == (run, github["id"], event)
    whole = await listed(made, filterKey="test_id", id=test, aggregateByIssue=1)
    assert {entry["id"]: {link["run_id"] for link in entry["links"]} for entry in whole} == {github["id"]: {run, other}, jira["id"]: {run}}
    assert [(entry["subtype"], entry.get("type"), entry["user_id"]) for entry in whole] == [
        ("github", "issues", github["user_id"]),
        ("jira", None, jira["user_id"]),
    ]
    assert [entry["id"] for entry in await listed(made, filterKey="event_id", id=event)] == [github["id"]]
    for key, value in (("release_id", made.id), ("group_id", made.group)):
        assert len(await listed(made, filterKey=key, id=value)) == 2


async def test_issues_by_the_version_of_their_runs(made: Made, urls: tuple[str, str]) -> None:
    test = await made.new_test("t")
    with_version = await made.new_run("t", scylla_version="6.2.1-0.20240901.abc")
    without = await made.new_run("t", 2)
    await attach(made, test, with_version, urls[0])
    await attach(made, test, without, urls[1])

    async def kinds(**query: Any) -> list[str]:
        return [entry["subtype"] for entry in await listed(made, filterKey="test_id", id=test, **query)]

    assert await kinds(productVersion="6.2") == ["github"]
    assert await kinds(productVersion="6.3") == []
    assert await kinds(productVersion="6.3", includeNoVersion=1) == ["jira"]
    assert await kinds(productVersion="!noVersion") == ["jira"]
    assert await kinds(productVersion="", includeNoVersion=0) == ["github", "jira"]


async def test_an_issue_goes_with_its_last_link(made: Made, urls: tuple[str, str], server: Server) -> None:
    test = await made.new_test("t")
    first, second = await made.new_run("t"), await made.new_run("t", 2)
    for url, model in ((urls[0], GithubIssue), (urls[1], JiraIssue)):
        issue = await attach(made, test, first, url)
        await attach(made, test, second, url)
        body = {"issue_id": issue["id"], "run_id": first}
        assert await answered(made.client.post(f"{API}/issues/delete", json=body)) == {"deleted": [first, issue["id"]]}
        assert await server.store.find(model, id=UUID(issue["id"])) is not None
        error, _ = await refused(made.client.post(f"{API}/issues/delete", json=body))
        assert error == "DocumentNotFound"
        assert await answered(made.client.post(f"{API}/issues/delete", json={**body, "run_id": second})) == {"deleted": issue["id"]}
        assert await server.store.find(model, id=UUID(issue["id"])) is None
        assert (await told(made, first))[-1].endswith(f'was removed by alice from "{first}"')


async def test_an_issue_that_the_remote_does_not_have_leaves_nothing(made: Made) -> None:
    test = await made.new_test("t")
    run = await made.new_run("t")
    body = {"issue_url": "https://github.com/nobody/x/issues/1"}
    error, _ = await refused(made.client.post(f"{API}/test/{test}/run/{run}/issues/submit", json=body))
    assert error == "GithubError"
    assert await listed(made, filterKey="run_id", id=run) == []
    assert await told(made, run) == []
