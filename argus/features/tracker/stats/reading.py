"""The runs, issues and comments that statistics are made of.

Contract: docs/contract/core.md#statistics-of-a-release; docs/contract/core.md#issues-and-comments-of-runs.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from argus.models.catalogue import ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.enums import IssueType
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.statements import Consistency, Select, is_in, select
from argus.storage.store import SLICE

RUNS_PER_JOB = 15  # the newest; a filter that only matches older ones finds nothing
NO_VERSION = "!noVersion"
PAGE = 100  # rows of a run with its cloud setup: a larger page holds the event loop for too long
AT_ONCE = 3  # slices of a read


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs count.

    `version`: those whose version begins with it; `!noVersion`: those without one. `no_version`: those without a version count as well.
    `image`: those whose database nodes run it.
    """

    version: str | None = None
    image: str | None = None
    no_version: bool = True

    def keeps(self, run: Any) -> bool:
        return self._keeps_version(run.scylla_version) and (not self.image or _image_of(run) == self.image)

    def _keeps_version(self, version: str | None) -> bool:
        if not version:
            return self.no_version or self.version == NO_VERSION
        return not self.version or version.startswith(self.version)


def _image_of(run: Any) -> str | None:
    setup = getattr(run, "cloud_setup", None)
    return setup.db_node.image_id if setup and setup.db_node else None


@dataclass(frozen=True, slots=True)
class Related:
    """What people added to runs, by run id: issue links merged with their issues, and comments."""

    issues: Mapping[UUID | None, Sequence[dict[str, Any]]] = field(default_factory=dict)
    comments: Mapping[UUID | None, Sequence[ArgusTestRunComment]] = field(default_factory=dict)


async def runs_of(runtime: Runtime, tests: Iterable[ArgusTest], wanted: Filter) -> dict[str, list[RunBase]]:
    """The newest runs of the tests' jobs that a filter keeps, by job, newest first. Tests of an unknown run type have none."""
    jobs: defaultdict[str, list[str]] = defaultdict(list)
    for test in tests:
        if test.plugin_name and test.build_system_id:
            jobs[test.plugin_name].append(test.build_system_id)
    found = await asyncio.gather(*(_newest(runtime, plugin, jobs[plugin]) for plugin in jobs))
    by_job: defaultdict[str, list[RunBase]] = defaultdict(list)
    for run in (run for part in found for run in part if wanted.keeps(run)):
        by_job[run.build_id].append(run)
    return by_job


async def _newest(runtime: Runtime, run_type: str, build_ids: Sequence[str]) -> list[RunBase]:
    plugin = runtime.plugins.get(run_type)
    if plugin is None:
        return []
    newest = select(plugin.model, *plugin.statistics_columns).per_partition(RUNS_PER_JOB).at(Consistency.ONE)
    jobs = list(dict.fromkeys(build_ids))
    slices = [newest.where(is_in("build_id", jobs[start : start + SLICE])) for start in range(0, len(jobs), SLICE)]
    gate = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_read(runtime, part, gate) for part in slices))
    return [run for part in found for run in part]


async def _read(runtime: Runtime, statement: Select[RunBase], gate: asyncio.Semaphore) -> list[RunBase]:
    """Every row, in small pages: a release has thousands of them, and other requests go on in between."""
    found: list[RunBase] = []
    token: bytes | None = None
    async with gate:
        while True:
            page = await runtime.store.page(statement, PAGE, token)
            found += page.rows
            token = page.next
            if token is None:
                return found


async def plans_of(runtime: Runtime, release_ids: Iterable[UUID]) -> list[ArgusReleasePlan]:
    """What the plans of these releases cover, for which versions. Tens of plans a release."""
    covered = select(ArgusReleasePlan, "id", "tests", "groups", "target_version")
    found = await asyncio.gather(*(runtime.store.all(covered.where(release_id=release)) for release in release_ids))
    return [plan for part in found for plan in part]


async def related_to(runtime: Runtime, release_ids: Iterable[UUID]) -> Related:
    """Every issue and comment of these releases. One index partition a release: what people wrote by hand."""
    releases = list(release_ids)
    links, comments = await asyncio.gather(
        asyncio.gather(*(runtime.store.all(select(IssueLink).where(release_id=release)) for release in releases)),
        asyncio.gather(*(runtime.store.all(select(ArgusTestRunComment).where(release_id=release)) for release in releases)),
    )
    issues = await _resolved(runtime, [link for part in links for link in part])
    return Related(_by_run((issue["run_id"], issue) for issue in issues), _by_run((c.test_run_id, c) for part in comments for c in part))


def _by_run(pairs: Iterable[tuple[UUID | None, Any]]) -> dict[UUID | None, list[Any]]:
    grouped: defaultdict[UUID | None, list[Any]] = defaultdict(list)
    for run_id, item in pairs:
        grouped[run_id].append(item)
    return dict(grouped)


async def _resolved(runtime: Runtime, links: Sequence[IssueLink]) -> list[dict[str, Any]]:
    """Links merged with their issues, whose columns win; a link whose issue is gone stays as it is."""
    jira = [link.issue_id for link in links if link.type == IssueType.JIRA]
    github = [link.issue_id for link in links if link.type != IssueType.JIRA]
    known_jira, known_github = await asyncio.gather(
        runtime.store.all_in(select(JiraIssue), "id", jira), runtime.store.all_in(select(GithubIssue), "id", github)
    )
    issues: dict[UUID, dict[str, Any]] = {issue.id: {**issue.__dict__, "subtype": IssueType.JIRA.value} for issue in known_jira}
    issues |= {issue.id: {**issue.__dict__, "subtype": IssueType.GITHUB.value} for issue in known_github}
    return [{**link.__dict__, **issues.get(link.issue_id, {})} for link in links]
