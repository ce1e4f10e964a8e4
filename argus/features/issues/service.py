"""Linking issues to runs, and unlinking them (testrun-api.md "Issues", integrations.md "Linking, unlinking")."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.domain.activity import event
from argus.domain.runs import get_typed
from argus.domain.snapshots import invalidate_release
from argus.features.runs.triage import model_of
from argus.integrations import github, jira
from argus.kit.clock import now
from argus.kit.errors import JiraServiceException, foreseen
from argus.kit.parse import need, uuid_of
from argus.models.catalogue import ArgusTest
from argus.models.enums import ArgusEventTypes, IssueType
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import batch, delete, insert, select

Issue = GithubIssue | JiraIssue


async def link(runtime: Runtime, user: User, test_id: str, run_id: str, body: Mapping[str, Any], event_id: str | None = None) -> Issue:
    """Attach an issue to a run, fetching it when it is new here. Attached again, the link is renewed.

    Raises:
        KeyError, ValueError: no address, or a malformed id.
        DocumentNotFound: no such test or run.
        Exception, JiraServiceException, GithubError: the address is nobody's, its remote is switched off or does not answer.
    """
    url = need(body, "issue_url")
    event_key = uuid_of(event_id) if event_id is not None else None
    test_key, run_key = uuid_of(test_id), uuid_of(run_id)
    test = await runtime.store.get(ArgusTest, id=test_key)
    run = await get_typed(runtime, model_of(runtime, test), run_key, "id")
    is_github = github.is_github(url) and not jira.is_issue(runtime, url)
    issue, known = await (_github_issue(runtime, user, url) if is_github else _jira_issue(runtime, user, url))
    row = IssueLink(
        run_id=run.id,
        issue_id=issue.id,
        release_id=test.release_id,
        group_id=test.group_id,
        test_id=test.id,
        user_id=user.id,
        event_id=event_key,
        added_on=now(),
        type=(IssueType.GITHUB if is_github else IssueType.JIRA).value,
    )
    named = "{title}" if is_github else "{summary}"
    verb = "attached" if known else "added"
    entry = event(
        ArgusEventTypes.ISSUE_ADDED,
        user.id,
        f'An issue titled "{named}" was {verb} by {{username}}',
        release_id=test.release_id,
        group_id=test.group_id,
        test_id=test.id,
        run_id=run.id,
        username=user.username,
        url=_address(issue),
        **({"title": issue.title} if isinstance(issue, GithubIssue) else {"summary": issue.summary}),
        state=issue.state,
    )
    await runtime.store.write(batch(insert(row), insert(entry)))
    await invalidate_release(runtime, test.release_id)
    return issue


async def _github_issue(runtime: Runtime, user: User, url: str) -> tuple[Issue, bool]:
    address = github.parse_issue_url(url)
    for spelling in dict.fromkeys((url, address.url)):
        known = await runtime.store.first(select(GithubIssue).where(url=spelling))
        if known is not None:
            return known, True
    if not runtime.settings.GITHUB_ENABLED:
        raise foreseen(Exception("Github Remote is disabled."))
    issue = (await github.fetch_issue(runtime, address)).changed(user_id=user.id)
    await runtime.store.save(issue)
    return issue, False


async def _jira_issue(runtime: Runtime, user: User, url: str) -> tuple[Issue, bool]:
    key = jira.parse_issue_url(runtime, url)
    for spelling in dict.fromkeys((url, jira.permalink(runtime, key))):
        known = await runtime.store.first(select(JiraIssue).where(permalink=spelling))
        if known is not None:
            return known, True
    if not runtime.settings.JIRA_ENABLED:
        raise JiraServiceException("Jira remote is disabled.")
    issue = (await jira.fetch_issue(runtime, key)).changed(user_id=user.id)
    await runtime.store.save(issue)
    return issue, False


async def unlink(runtime: Runtime, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take an issue off a run; its record goes with the last link.

    Raises:
        KeyError, ValueError: an id is missing or malformed.
        DocumentNotFound: no such issue, or it is not linked to the run.
    """
    issue_id, run_id = uuid_of(need(body, "issue_id")), uuid_of(need(body, "run_id"))
    issue, row = await _linked(runtime, issue_id, run_id)
    entry = event(
        ArgusEventTypes.ISSUE_REMOVED,
        user.id,
        'An issue titled "{title}" was removed by {username} from "{run_id}"',
        release_id=row.release_id,
        group_id=row.group_id,
        test_id=row.test_id,
        run_id=run_id,
        username=user.username,
        url=_address(issue),
        title=issue.title if isinstance(issue, GithubIssue) else issue.summary,
        state=issue.state,
    )
    await runtime.store.write(batch(delete(IssueLink).where(run_id=run_id, issue_id=issue_id), insert(entry)))
    # no index leads from an issue to its links: the scan of links is the contract's, and stops at the first
    other = await runtime.store.first(select(IssueLink, "run_id").where(issue_id=issue_id).allow_filtering())
    await invalidate_release(runtime, row.release_id)
    if other is not None:
        return {"deleted": [run_id, issue_id]}
    await runtime.store.write(delete(type(issue)).where(id=issue_id))
    return {"deleted": issue_id}


async def _linked(runtime: Runtime, issue_id: UUID, run_id: UUID) -> tuple[Issue, IssueLink]:
    found_github, row = await asyncio.gather(
        runtime.store.find(GithubIssue, id=issue_id), runtime.store.find(IssueLink, run_id=run_id, issue_id=issue_id)
    )
    if found_github is not None and row is not None:
        return found_github, row
    found_jira = await runtime.store.get(JiraIssue, id=issue_id)
    if row is None:
        raise DocumentNotFound(f"No IssueLink found matching { ({'run_id': run_id, 'issue_id': issue_id}) }")
    return found_jira, row


def _address(issue: Issue) -> str | None:
    return issue.url if isinstance(issue, GithubIssue) else issue.permalink
