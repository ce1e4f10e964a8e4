"""Bringing stored issues up to date with GitHub and Jira (docs/contract/integrations.md#refreshing-issues).

Only what changed remotely since the last time is asked for. The moment of a refresh is that before its first question, and is stored when
everything was taken over, so that a failure repeats the same window the next time.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.domain.snapshots import invalidate_release
from argus.integrations import github, jira
from argus.kit.clock import now
from argus.models.enums import RuntimeValueType
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.runtime import RuntimeStore
from argus.runtime import Runtime
from argus.storage.statements import select, update

log = logging.getLogger("argus.issues.refresh")

GITHUB_MARK, GITHUB_BEGIN = "github_service_last_issue_refresh", datetime(2020, 1, 1)
JIRA_MARK, JIRA_BEGIN = "jira_service_last_issue_refresh", datetime(2025, 1, 1)


async def refresh_github(runtime: Runtime) -> int:
    """Take over what changed on GitHub; a repository that is not there, or not for us, is passed over, with a warning.

    Returns:
        How many stored issues changed.

    Raises:
        GithubUnreachable: GitHub does not answer; what changed is asked for again the next time.
    """
    since, began = await _last(runtime, GITHUB_MARK, GITHUB_BEGIN), now()
    known: defaultdict[tuple[str, str, int], list[GithubIssue]] = defaultdict(list)
    for issue in await runtime.store.all(select(GithubIssue)):  # every issue that was ever linked: thousands
        if issue.owner and issue.repo and issue.number is not None:
            known[_address(issue.owner, issue.repo, issue.number)].append(issue)
    changed: set[UUID] = set()
    for owner, repo in dict.fromkeys((owner, repo) for owner, repo, _ in known):
        try:
            async for address, fields in github.updated_issues(runtime, owner, repo, since):
                for issue in known.get(_address(address.owner, address.repo, address.number), ()):
                    await _take_over(runtime, issue, fields, changed)
        except github.GithubUnreachable:
            raise
        except github.GithubError as problem:
            log.warning("issues of %s/%s stay as they are: %s", owner, repo, problem)
    await _show(runtime, changed)
    await _remember(runtime, GITHUB_MARK, began)
    return len(changed)


async def refresh_jira(runtime: Runtime) -> int:
    """Take over what changed in Jira; as `refresh_github`.

    Raises:
        JiraServiceException: Jira refuses, or is out of reach.
        KeyError: no server is configured.
    """
    since, began = await _last(runtime, JIRA_MARK, JIRA_BEGIN), now()
    known: defaultdict[str, list[JiraIssue]] = defaultdict(list)
    for issue in await runtime.store.all(select(JiraIssue)):
        known[issue.key or ""].append(issue)
    changed: set[UUID] = set()
    try:
        async for key, fields in jira.updated_issues(runtime, since):
            for issue in known.get(key, ()):
                await _take_over(runtime, issue, {name: value for name, value in fields.items() if name != "project"}, changed)
    finally:  # what was taken over is no difference the next time
        await _show(runtime, changed)
    await _remember(runtime, JIRA_MARK, began)
    return len(changed)


def _address(owner: str, repo: str, number: int) -> tuple[str, str, int]:
    return owner.lower(), repo.lower(), number


async def _take_over(runtime: Runtime, issue: GithubIssue | JiraIssue, fields: dict[str, Any], changed: set[UUID]) -> None:
    different = {name: value for name, value in fields.items() if value != getattr(issue, name)}
    if different:
        await runtime.store.write(update(type(issue), id=issue.id).set(**different).if_exists())
        changed.add(issue.id)


async def _show(runtime: Runtime, changed: set[UUID]) -> None:
    """Have statistics computed anew that show a changed issue. No index leads from an issue to its links: one scan for all of them."""
    if changed:
        links = runtime.store.rows(select(IssueLink, "run_id", "issue_id", "release_id"))
        for release_id in {link.release_id async for link in links if link.issue_id in changed}:
            await invalidate_release(runtime, release_id)


async def _last(runtime: Runtime, mark: str, begin: datetime) -> datetime:
    row = await runtime.store.find(RuntimeStore, key=mark)
    return begin if row is None or row.value_date is None else row.value_date


async def _remember(runtime: Runtime, mark: str, moment: datetime) -> None:
    await runtime.store.save(RuntimeStore(key=mark, value_type=RuntimeValueType.DATETIME.value, value_date=moment))
