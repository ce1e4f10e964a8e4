"""Stored issues follow GitHub and Jira."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.features.tracker.issues.refresh import GITHUB_MARK, JIRA_MARK, refresh_github, refresh_jira
from argus.integrations.github import GithubUnreachable
from argus.kit.clock import now
from argus.kit.errors import JiraServiceException
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.runtime import RuntimeStore
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

SETTINGS = {"GITHUB_ACCESS_TOKEN": "pat", "JIRA_SERVER": "https://jira.test/", "JIRA_EMAIL": "argus@example.com", "JIRA_TOKEN": "secret"}
Remote = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(**SETTINGS) as found:
        yield found


def remote(runtime: Runtime, answer: Remote) -> list[httpx.Request]:
    """Let a function answer for the world; what it was asked is in the list."""
    asked: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return asked


def on_github(repo: str, number: int, **values: Any) -> dict[str, Any]:
    known = {"title": f"title of {number}", "state": "closed", "labels": [], "assignees": []}
    return {"html_url": f"https://github.com/{repo}/issues/{number}", "number": number, **known, **values}


async def stored(runtime: Runtime, number: int, owner: str = "Acme", repo: str = "db") -> GithubIssue:
    issue = GithubIssue(owner=owner, repo=repo, number=number, type="issues", title="old", state="open", url=f"u/{owner}/{repo}/{number}")
    await runtime.store.save(issue)
    return issue


async def test_what_changed_on_github_is_taken_over_page_by_page(runtime: Runtime) -> None:
    first, second, other = await stored(runtime, 1), await stored(runtime, 2), await stored(runtime, 3)

    def answer(request: httpx.Request) -> httpx.Response:
        if "page" not in request.url.params:
            next_page = {"Link": f'<{request.url}&page=2>; rel="next"'}
            label = {"id": 7, "name": "bug", "color": "ff0000", "description": None}
            return httpx.Response(200, headers=next_page, json=[on_github("acme/DB", 1, labels=[label]), on_github("acme/db", 99)])
        return httpx.Response(200, json=[on_github("acme/db", 2, assignees=[{"login": "bob", "html_url": "https://github.com/bob"}])])

    asked = remote(runtime, answer)
    assert await refresh_github(runtime) == 2
    after = {issue.id: issue for issue in await runtime.store.all(select(GithubIssue))}
    assert (after[first.id].title, after[first.id].state, after[first.id].labels[0].name) == ("title of 1", "closed", "bug")
    assert after[second.id].assignees[0].login == "bob"
    assert after[other.id] == other
    assert {issue.url for issue in after.values()} == {first.url, second.url, other.url}
    assert asked[0].url.path.lower() == "/repos/acme/db/issues"
    assert asked[0].url.params["since"] == "2020-01-01T00:00:00Z"
    assert asked[0].headers["Authorization"] == "token pat"


async def test_the_next_refresh_asks_from_the_last_one_on(runtime: Runtime) -> None:
    await stored(runtime, 1)
    asked = remote(runtime, lambda request: httpx.Response(200, json=[]))
    before = now()
    await refresh_github(runtime)
    await refresh_github(runtime)
    mark = await runtime.store.get(RuntimeStore, key=GITHUB_MARK)
    assert mark.value_type == "datetime"
    assert mark.value_date is not None
    assert mark.value_date - before < timedelta(seconds=10)
    assert asked[1].url.params["since"] >= f"{before:%Y-%m-%dT%H:%M:%SZ}"


async def test_a_repository_that_cannot_be_read_holds_up_no_other(runtime: Runtime) -> None:
    kept, changed = await stored(runtime, 1, repo="secret"), await stored(runtime, 1, repo="open")

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if "secret" in request.url.path else httpx.Response(200, json=[on_github("acme/open", 1)])

    remote(runtime, answer)
    assert await refresh_github(runtime) == 1
    assert (await runtime.store.get(GithubIssue, id=kept.id)) == kept
    assert (await runtime.store.get(GithubIssue, id=changed.id)).state == "closed"


async def test_statistics_that_show_a_changed_issue_are_dropped(runtime: Runtime) -> None:
    issue, release, other = await stored(runtime, 1), uuid4(), uuid4()
    await runtime.store.save(IssueLink(run_id=uuid4(), issue_id=issue.id, release_id=release))
    for release_id in (release, other):
        await runtime.store.save(ReleaseStatsSnapshot(release_id=release_id, filter_key="v=::", payload="{}"))
    remote(runtime, lambda request: httpx.Response(200, json=[on_github("acme/db", 1)]))
    await refresh_github(runtime)
    assert [row.release_id for row in await runtime.store.all(select(ReleaseStatsSnapshot))] == [other]


def in_jira(key: str) -> dict[str, Any]:
    fields = {"summary": f"about {key}", "status": {"name": "Done"}, "labels": ["x"], "assignee": {"emailAddress": "b@example.com"}}
    return {"key": key, "fields": {**fields, "project": {"key": "MOVED"}}}


@pytest.mark.parametrize("cloud", [True, False])
async def test_what_changed_in_jira_is_taken_over_page_by_page(runtime: Runtime, cloud: bool) -> None:
    for key in ("ARG-1", "ARG-2"):
        await runtime.store.save(JiraIssue(key=key, project="ARG", state="new", summary="old", permalink=f"https://jira.test/browse/{key}"))

    def answer(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        if request.url.path.endswith("/serverInfo"):
            return httpx.Response(200, json={"deploymentType": "Cloud" if cloud else "Server"})
        later = "nextPageToken" in query or "startAt" in query
        page: dict[str, Any] = {"issues": [in_jira("ARG-2") if later else in_jira("ARG-1")], "total": 2}
        return httpx.Response(200, json=page if later or not cloud else {**page, "nextPageToken": "more"})

    asked = remote(runtime, answer)
    assert await refresh_jira(runtime) == 2
    for issue in await runtime.store.all(select(JiraIssue)):
        assert (issue.summary, issue.state, issue.project) == (f"about {issue.key}", "done", "ARG")
        assert (issue.assignees, issue.labels[0].name) == (["b@example.com"], "x")
    assert len(asked) == 3
    assert asked[1].url.path == ("/rest/api/2/search/jql" if cloud else "/rest/api/2/search")
    assert asked[1].url.params["jql"] == 'updated >= "2025-01-01 00:00"'


async def test_a_refresh_that_fails_is_made_good_by_the_next_one(runtime: Runtime) -> None:
    remote(runtime, lambda request: httpx.Response(503))
    with pytest.raises(JiraServiceException):
        await refresh_jira(runtime)
    assert await runtime.store.find(RuntimeStore, key=JIRA_MARK) is None


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_github_that_does_not_answer_is_asked_for_the_same_again(runtime: Runtime, status: int) -> None:
    issue = await stored(runtime, 1)
    remote(runtime, lambda request: httpx.Response(status, headers={"Retry-After": "0"}))
    with pytest.raises(GithubUnreachable):
        await refresh_github(runtime)
    asked = remote(runtime, lambda request: httpx.Response(200, json=[on_github("acme/db", 1)]))
    assert await refresh_github(runtime) == 1
    assert asked[0].url.params["since"] == "2020-01-01T00:00:00Z"
    assert (await runtime.store.get(GithubIssue, id=issue.id)).state == "closed"


@pytest.mark.parametrize("page", ["https://evil.example/repos/acme/db/issues?page=2", "same"])
async def test_a_next_page_that_is_none_is_not_asked_for(runtime: Runtime, page: str) -> None:
    await stored(runtime, 1)

    def answer(request: httpx.Request) -> httpx.Response:
        following = str(request.url) if page == "same" else page
        return httpx.Response(200, headers={"Link": f'<{following}>; rel="next"'}, json=[])

    asked = remote(runtime, answer)
    with pytest.raises(GithubUnreachable):
        await refresh_github(runtime)
    assert len(asked) == 1
