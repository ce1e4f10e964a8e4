"""Issues that people linked to runs."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.runtime import Runtime
from argus.storage.statements import select

Issue = GithubIssue | JiraIssue

GITHUB = ("number", "state", "title", "url")
JIRA = ("key", "state", "summary", "permalink")


async def issues_of_runs(runtime: Runtime, run_ids: Iterable[UUID]) -> dict[UUID, list[Issue]]:
    """The issues of each run that has some; runs in the order in which the store tells their links."""
    links = await runtime.store.all_in(select(IssueLink), "run_id", list(run_ids))
    found: dict[UUID, Issue] = {}
    wanted = [link.issue_id for link in links]
    found |= {issue.id: issue for issue in await runtime.store.all_in(select(GithubIssue), "id", wanted)}
    elsewhere = [issue_id for issue_id in wanted if issue_id not in found]
    found |= {issue.id: issue for issue in await runtime.store.all_in(select(JiraIssue), "id", elsewhere)}
    issues: dict[UUID, list[Issue]] = {}
    for link in links:
        linked = issues.setdefault(link.run_id, [])
        if link.issue_id in found:
            linked.append(found[link.issue_id])
    return issues


def shown(issue: Issue, *more: str) -> dict[str, object]:
    """An issue in a list, with further fields of GitHub issues."""
    if isinstance(issue, JiraIssue):
        return {"subtype": "jira"} | {name: getattr(issue, name) for name in JIRA}
    return {"subtype": "github"} | {name: getattr(issue, name) for name in (*GITHUB, *more)}
