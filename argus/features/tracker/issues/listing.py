"""Issues and the runs that they are linked to (docs/contract/testrun.md#issues)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from argus.domain.runs import find_typed
from argus.kit.errors import foreseen
from argus.kit.parse import int_of, uuid_of
from argus.models.catalogue import ArgusTest
from argus.models.enums import IssueType
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import select

FILTERS = ("release_id", "group_id", "test_id", "run_id", "user_id", "view_id", "event_id")
NO_VERSION = "!noVersion"
AT_ONCE = 50  # runs whose versions are read together


async def issues(
    runtime: Runtime,
    filter_key: str | None,
    entity_id: str | None,
    aggregate: str | None,
    version: str | None,
    no_version: str | None,
) -> list[dict[str, Any]]:
    """Issues by what they are linked to, GitHub's first.

    Args:
        aggregate: `1`: each issue with all its links; else overlaid with its first link.
        version: only links of runs whose version begins so; `!noVersion`: of runs without one.
        no_version: `1`: links of runs without a version as well.

    Raises:
        Exception: no filter, no id, or an unknown filter.
        ValueError: a malformed id or flag.
        DocumentNotFound: no such view.
    """
    if not filter_key:
        raise foreseen(Exception("Filter key not provided in the request"))
    if not entity_id:
        raise foreseen(Exception("Id wasn't provided in the request"))
    whole, without = bool(int_of(aggregate or 0)), bool(int_of(no_version or 0))
    if filter_key not in FILTERS:
        raise foreseen(Exception("filter_key can only be one of: " + ", ".join(f'"{name}"' for name in FILTERS)))
    links = await _links(runtime, filter_key, uuid_of(entity_id))
    if version:
        links = await _of_version(runtime, links, version, without)
    by_issue: defaultdict[UUID, list[IssueLink]] = defaultdict(list)
    for link in links:
        by_issue[link.issue_id].append(link)
    github, jira = await asyncio.gather(
        runtime.store.all_in(select(GithubIssue), "id", list(by_issue)), runtime.store.all_in(select(JiraIssue), "id", list(by_issue))
    )
    shown = [(issue, IssueType.GITHUB.value) for issue in github] + [(issue, IssueType.JIRA.value) for issue in jira]
    return [_entry(issue, subtype, by_issue[issue.id], whole) for issue, subtype in shown]


def _entry(issue: GithubIssue | JiraIssue, subtype: str, links: Sequence[IssueLink], whole: bool) -> dict[str, Any]:
    overlay = {"links": links} if whole else links[0].__dict__
    return {**issue.__dict__, **overlay, "subtype": subtype}


async def _links(runtime: Runtime, filter_key: str, entity: UUID) -> list[IssueLink]:
    if filter_key != "view_id":
        return await runtime.store.all(select(IssueLink).where(**{filter_key: entity}))
    view = await runtime.store.get(ArgusUserView, id=entity)
    # one index partition a test, read together; the reference scans all links
    found = await asyncio.gather(*(runtime.store.all(select(IssueLink).where(test_id=test)) for test in dict.fromkeys(view.tests)))
    return [link for part in found for link in part]


async def _of_version(runtime: Runtime, links: Sequence[IssueLink], version: str, without: bool) -> list[IssueLink]:
    tests = await runtime.store.all_in(select(ArgusTest, "id", "plugin_name"), "id", [link.test_id for link in links if link.test_id])
    types: dict[UUID | None, str | None] = {test.id: test.plugin_name for test in tests}
    gate = asyncio.Semaphore(AT_ONCE)

    async def version_of(run_id: UUID, run_type: str | None) -> str:
        plugin = runtime.plugins.get(run_type)
        if plugin is None:
            return ""
        async with gate:
            run = await find_typed(runtime, plugin.model, run_id, "scylla_version")
        return (run.scylla_version if run else None) or ""

    runs = {link.run_id: types.get(link.test_id) for link in links}
    found = dict(zip(runs, await asyncio.gather(*(version_of(*item) for item in runs.items())), strict=True))

    def keeps(link: IssueLink) -> bool:
        seen = found[link.run_id]
        if version == NO_VERSION:
            return not seen
        return seen.startswith(version) if seen else without

    return [link for link in links if keeps(link)]
