"""GitHub's REST API, as far as issues and pipeline files need it (docs/contract/integrations.md#github)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from argus.integrations.remote import Remote, RemoteError, ask, json_of
from argus.integrations.shapes import expecting
from argus.kit.errors import foreseen
from argus.models.issue import GithubIssue, IssueAssignee, IssueLabel
from argus.runtime import Runtime

API = "https://api.github.com"
GITHUB = Remote("GitHub")
PER_PAGE = 100  # issues; GitHub's most
GONE = frozenset({301, 403, 404, 410, 451})  # what it says of a repository that is not there, or not for us
LARGEST = 2**31 - 1  # number of an issue that a column holds

HOST = r"https?://(?:www\.)?github\.com(?::443)?/"
OWNER = r"(?P<owner>\w(?:[\w-]*\w)?)"  # an underscore parts the company from the name of a managed account
NAME = r"(?P<repo>(?!\.{1,2}/)[\w.-]+)"
ISSUE_URL = re.compile(rf"(?i:{HOST}){OWNER}/{NAME}/(?P<type>issues|pull)/(?P<number>\d{{1,10}})(?!\d)", re.ASCII)
"""The address of an issue or pull request; what follows (a comment, a list of files, a query) is not read."""

REPOSITORIES = tuple(
    re.compile(form, re.ASCII)
    for form in (
        rf"(?i:{HOST}){OWNER}/(?P<repo>(?!\.{{1,2}}(?:\.git)?\Z)[\w.-]+?)(?:\.git)?\Z",
        rf"(?:ssh://)?git@(?i:github\.com)[:/]{OWNER}/(?P<repo>(?!\.{{1,2}}(?:\.git)?\Z)[\w.-]+?)(?:\.git)?(?![\w.-])",
    )
)


class GithubError(Exception):
    """GitHub does not answer as it should: what it said, and the status."""


class GithubUnreachable(GithubError):
    """It does not answer at all, not now, or not with what belongs there: whatever was asked for, another time may be better."""


@dataclass(frozen=True, slots=True)
class IssueAddress:
    owner: str
    repo: str
    type: str
    number: int

    @property
    def url(self) -> str:
        """The one spelling of the many that an address has."""
        return f"https://github.com/{self.owner}/{self.repo}/{self.type}/{self.number}"


def is_github(url: str) -> bool:
    """Whether an address is meant for GitHub: its name stands anywhere in it."""
    return "github.com" in url.lower()


def parse_issue_url(url: str) -> IssueAddress:
    """Owner, repository, kind and number of an issue or pull request.

    Raises:
        Exception: `URL doesn't match Github schema`.
    """
    address = issue_address(url)
    if address is None:
        raise foreseen(Exception("URL doesn't match Github schema"))
    return address


def issue_address(url: str) -> IssueAddress | None:
    found = ISSUE_URL.match(url)
    number = int(found["number"]) if found else LARGEST + 1
    return IssueAddress(found["owner"], found["repo"], found["type"], number) if found and number <= LARGEST else None


def parse_repository(url: str) -> tuple[str, str] | None:
    """User and name of a repository; None when the address is no GitHub one."""
    found = next((found for form in REPOSITORIES if (found := form.match(url))), None)
    return (found["owner"], found["repo"]) if found else None


async def fetch_issue(runtime: Runtime, address: IssueAddress) -> GithubIssue:
    """An issue as it is now, not yet stored.

    Raises:
        GithubError: it is not there, not readable, or GitHub is out of reach.
    """
    answer, _ = await _get(runtime, f"{API}/repos/{address.owner}/{address.repo}/issues/{address.number}")
    with expecting(GITHUB, GithubError):
        return GithubIssue(
            type=address.type, owner=address.owner, repo=address.repo, number=answer["number"], url=address.url, **remote_fields(answer)
        )


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
        issues, answer = await _get(runtime, url)
        with expecting(GITHUB, GithubUnreachable):
            if not isinstance(issues, list):
                raise TypeError("no list")
            read = [(address, remote_fields(issue)) for issue in issues if (address := issue_address(issue.get("html_url") or ""))]
        for each in read:
            yield each
        following = answer.links.get("next", {}).get("url")
        if following == url or (following and not following.startswith(f"{API}/")):  # our token goes nowhere else
            raise GithubUnreachable("GitHub names a next page that is none")
        url = following


async def file_status(runtime: Runtime, user: str, repo: str, path: str, branch: str) -> int:
    """What GitHub answers when it is asked for a file.

    Raises:
        GithubError: it is out of reach.
    """
    token = runtime.settings.GITHUB_ACCESS_TOKEN
    headers = {"Accept": "application/vnd.github+json", **({"Authorization": f"Bearer {token}"} if token else {})}
    url = httpx.URL(f"{API}/repos/{user}/{repo}/contents/{quote(path)}", params={"ref": branch})
    try:
        return (await ask(runtime, GITHUB, "GET", str(url), headers=headers)).status_code
    except RemoteError as problem:
        raise GithubUnreachable(str(problem)) from problem


async def _get(runtime: Runtime, url: str) -> tuple[Any, httpx.Response]:
    """The JSON of an answer, and the answer."""
    token = runtime.settings.GITHUB_ACCESS_TOKEN
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        answer = await ask(runtime, GITHUB, "GET", url, headers=headers)
        if answer.status_code != 200:
            passing = answer.status_code not in GONE or answer.headers.get("x-ratelimit-remaining") == "0"
            told = f"GitHub answers {answer.status_code} for {httpx.URL(url).path}"
            raise GithubUnreachable(told) if passing else GithubError(told)
        return json_of(GITHUB, answer), answer
    except RemoteError as problem:
        raise GithubUnreachable(str(problem)) from problem
