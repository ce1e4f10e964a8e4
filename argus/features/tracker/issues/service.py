"""Linking issues to runs, and unlinking them (docs/contract/testrun.md#issues; docs/contract/integrations.md#linking-and-unlinking)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argus.domain.activity import event
from argus.domain.exclusive import exclusive
from argus.domain.runs import get_typed
from argus.domain.snapshots import invalidate_release
from argus.features.tracker.runs.triage import model_of
from argus.integrations import github, jira
from argus.kit.clock import now
from argus.kit.errors import JiraServiceException, foreseen
from argus.kit.parse import need, uuid_of
from argus.models.activity import ArgusEvent
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
    remote = _on_github(runtime, url) if is_github else _in_jira(runtime, url)
    fetched = None if await _known(runtime, remote) else await remote.fetch()
    async with exclusive(runtime.store, "issue", remote.address):  # whoever links and unlinks it at once finds one record, and a whole one
        issue = known = await _known(runtime, remote)
        if issue is None:
            issue = (fetched or await remote.fetch()).changed(user_id=user.id)
            await runtime.store.save(issue)
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
        await runtime.store.write(batch(insert(row), insert(_added(user, test, run.id, issue, "attached" if known else "added"))))
    await invalidate_release(runtime, test.release_id)
    return issue


def _added(user: User, test: ArgusTest, run_id: UUID, issue: Issue, verb: str) -> ArgusEvent:
    named = "title" if isinstance(issue, GithubIssue) else "summary"
    return event(
        ArgusEventTypes.ISSUE_ADDED,
        user.id,
        f'An issue titled "{{{named}}}" was {verb} by {{username}}',
        release_id=test.release_id,
        group_id=test.group_id,
        test_id=test.id,
        run_id=run_id,
        username=user.username,
        url=_address(issue),
        **{named: getattr(issue, named)},
        state=issue.state,
    )


@dataclass(frozen=True)
class _Remote:
    """An issue where it lives: its table here and the column of its address, how people may have spelled that, and how to get it."""

    model: type[GithubIssue] | type[JiraIssue]
    column: str
    spellings: tuple[str, ...]
    fetch: Callable[[], Awaitable[Issue]]

    @property
    def address(self) -> str:
        """The one spelling under which it is stored."""
        return self.spellings[-1]


def _on_github(runtime: Runtime, url: str) -> _Remote:
    place = github.parse_issue_url(url)

    async def fetch() -> Issue:
        if not runtime.settings.GITHUB_ENABLED:
            raise foreseen(Exception("Github Remote is disabled."))
        return await github.fetch_issue(runtime, place)

    return _Remote(GithubIssue, "url", (url, place.url), fetch)


def _in_jira(runtime: Runtime, url: str) -> _Remote:
    key = jira.parse_issue_url(runtime, url)

    async def fetch() -> Issue:
        if not runtime.settings.JIRA_ENABLED:
            raise JiraServiceException("Jira remote is disabled.")
        return await jira.fetch_issue(runtime, key)

    return _Remote(JiraIssue, "permalink", (url, jira.permalink(runtime, key)), fetch)


async def _known(runtime: Runtime, remote: _Remote) -> Issue | None:
    """The record of an issue, under whichever spelling it was first attached."""
    for spelling in dict.fromkeys(remote.spellings):
        found: Issue | None = await runtime.store.first(select(remote.model).where(**{remote.column: spelling}))
        if found is not None:
            return found
    return None


async def unlink(runtime: Runtime, user: User, body: Mapping[str, Any]) -> dict[str, Any]:
    """Take an issue off a run; with its last link the record is deleted as well.

    Raises:
        KeyError, ValueError: an id is missing or malformed.
        DocumentNotFound: no such issue, or it is not linked to the run.
    """
    issue_text, run_text = need(body, "issue_id"), need(body, "run_id")
    issue_id, run_id = uuid_of(issue_text), uuid_of(run_text)
    issue, _ = await _linked(runtime, issue_id, run_id)
    async with exclusive(runtime.store, "issue", _stored_under(issue)):
        issue, row = await _linked(runtime, issue_id, run_id)  # somebody may have taken it off meanwhile
        other = await _take_off(runtime, user, issue, row)
    await invalidate_release(runtime, row.release_id)
    return {"deleted": issue_id if other is None else [run_id, issue_id]}


async def _take_off(runtime: Runtime, user: User, issue: Issue, row: IssueLink) -> IssueLink | None:
    """Remove a link, and the record of the issue with the last one; another link that it has."""
    entry = event(
        ArgusEventTypes.ISSUE_REMOVED,
        user.id,
        'An issue titled "{title}" was removed by {username} from "{run_id}"',
        release_id=row.release_id,
        group_id=row.group_id,
        test_id=row.test_id,
        run_id=row.run_id,
        username=user.username,
        url=_address(issue),
        title=issue.title if isinstance(issue, GithubIssue) else issue.summary,
        state=issue.state,
    )
    await runtime.store.write(batch(delete(IssueLink).where(run_id=row.run_id, issue_id=issue.id), insert(entry)))
    # no index leads from an issue to its links: the scan of links is the contract's, and stops at the first
    other = await runtime.store.first(select(IssueLink, "run_id").where(issue_id=issue.id).allow_filtering())
    if other is None:
        await runtime.store.write(delete(type(issue)).where(id=issue.id))
    return other


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


def _stored_under(issue: Issue) -> str:
    """The address by which an issue is known today; earlier versions stored it as somebody had spelled it."""
    address = _address(issue) or str(issue.id)
    place = github.issue_address(address) if isinstance(issue, GithubIssue) else None
    return place.url if place else address


def _address(issue: Issue) -> str | None:
    return issue.url if isinstance(issue, GithubIssue) else issue.permalink
