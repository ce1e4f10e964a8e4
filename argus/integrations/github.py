"""GitHub's REST API, as far as issues and pipeline files need it (integrations.md, "GitHub")."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from argus.models.issue import GithubIssue, IssueAssignee, IssueLabel
from argus.runtime import Runtime

API = "https://api.github.com"
TIMEOUT = 15.0  # seconds
FILE_TIMEOUT = 60.0  # seconds
PER_PAGE = 100  # issues; GitHub's most

ISSUE_URL = re.compile(r"https?://(?:www\.)?github\.com/(?P<owner>\w+)/(?P<repo>[\w-]+)/(?P<type>issues|pull)/(?P<number>\d+)/?", re.ASCII)
REPOSITORY = re.compile(
    r"https?://(?:www\.)?github\.com/(?P<user>[\w-]+)/(?P<repo>[\w-]+?)(?:\.git)?\Z|git@github\.com:(?P<user2>[\w-]+)/(?P<repo2>[\w-]+)(?:\.git)?"
)


class GithubError(Exception):
    """GitHub does not answer as it should: what it said, and the status."""


@dataclass(frozen=True, slots=True)
class IssueAddress:
    owner: str
    repo: str
    type: str
    number: int


def parse_issue_url(url: str) -> IssueAddress:
    """Owner, repository, kind and number of an issue or pull request.

    Raises:
        Exception: `URL doesn't match Github schema`.
    """
    found = ISSUE_URL.match(url)
    if not found:
        raise Exception("URL doesn't match Github schema")
    return IssueAddress(found["owner"], found["repo"], found["type"], int(found["number"]))


def parse_repository(url: str) -> tuple[str, str] | None:
    """User and name of a repository; None when the address is no GitHub one."""
    found = REPOSITORY.match(url)
    if not found:
        return None
    return found["user"] or found["user2"], found["repo"] or found["repo2"]


async def fetch_issue(runtime: Runtime, address: IssueAddress, url: str) -> GithubIssue:
    """An issue as it is now, not yet stored.

    Raises:
        GithubError: it is not there, not readable, or GitHub is out of reach.
    """
    answer = (await _get(runtime, f"{API}/repos/{address.owner}/{address.repo}/issues/{address.number}")).json()
    return GithubIssue(type=address.type, owner=address.owner, repo=address.repo, number=answer["number"], url=url, **remote_fields(answer))


def remote_fields(answer: dict[str, Any]) -> dict[str, Any]:
    """The columns that follow the remote."""
    return {
        "state": answer["state"],
        "title": answer["title"],
        "labels": [
            IssueLabel(id=label["id"], name=label["name"], color=label["color"], description=label.get("description") or "")
            for label in answer.get("labels", [])
        ],
        "assignees": [IssueAssignee(login=a["login"], html_url=a["html_url"]) for a in answer.get("assignees") or []],
    }


async def updated_issues(runtime: Runtime, owner: str, repo: str, since: datetime) -> AsyncIterator[tuple[IssueAddress, dict[str, Any]]]:
    """Issues and pull requests of a repository that changed since a moment: where each is, and the columns that follow the remote.

    Raises:
        GithubError: the repository is not there, not readable, or GitHub is out of reach.
    """
    query = {"state": "all", "sort": "created", "direction": "desc", "since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "per_page": str(PER_PAGE)}
    url: str | None = str(httpx.URL(f"{API}/repos/{owner}/{repo}/issues", params=query))
    while url:
        answer = await _get(runtime, url)
        for issue in answer.json():
            found = ISSUE_URL.match(issue.get("html_url") or "")
            if found:
                address = IssueAddress(found["owner"], found["repo"], found["type"], int(found["number"]))
                yield address, remote_fields(issue)
        url = answer.links.get("next", {}).get("url")


async def file_status(runtime: Runtime, user: str, repo: str, path: str, branch: str) -> int:
    """What GitHub answers when it is asked for a file.

    Raises:
        GithubError: it is out of reach.
    """
    token = runtime.settings.GITHUB_ACCESS_TOKEN
    headers = {"Accept": "application/vnd.github+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    url = httpx.URL(f"{API}/repos/{user}/{repo}/contents/{path}", params={"ref": branch})
    try:
        return (await runtime.http.get(url, headers=headers, timeout=FILE_TIMEOUT)).status_code
    except httpx.HTTPError as problem:
        raise GithubError(f"GitHub does not answer: {type(problem).__name__}") from problem


async def _get(runtime: Runtime, url: str) -> httpx.Response:
    token = runtime.settings.GITHUB_ACCESS_TOKEN
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        answer = await runtime.http.get(url, headers=headers, timeout=TIMEOUT, follow_redirects=True)
    except httpx.HTTPError as problem:
        raise GithubError(f"GitHub does not answer: {type(problem).__name__}") from problem
    if answer.status_code != 200:
        raise GithubError(f"GitHub answers {answer.status_code} for {httpx.URL(url).path}")
    return answer
