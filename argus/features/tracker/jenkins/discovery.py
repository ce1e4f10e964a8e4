"""Finding jobs in Jenkins that the catalogue does not know. Nothing is renamed, moved, disabled or deleted.

Contract: docs/contract/integrations.md#scanning-for-jobs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from argus.domain.catalogue import add_release, add_test, relocate_runs
from argus.domain.snapshots import invalidate_release
from argus.integrations.jenkins import Jenkins, JenkinsException, JobInfo
from argus.kit.errors import ArgusTestException
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.statements import select

log = logging.getLogger("argus.jenkins.discovery")

MONITORED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^scylla-master$", r"^drivers$", r"^scylla-\d+\.\d+/releng-testing$", r"^enterprise-20\d{2}\.\d+/releng-testing$",
        r"^scylla-staging$", r"^scylla-\d+\.\d+$", r"^manager-3.\d+$", r"^scylla-operator/operator-master$",
        r"^scylla-operator/operator-\d+.\d+$", r"^scylla-enterprise$", r"^enterprise-20\d{2}\.\d+$", r"^siren-tests$",
        r"^releng-testing$", r"^sct-github-PRs-scan$",
    )
)  # fmt: skip
"""Folders that are releases, by their whole path."""
FOLDER, MULTIBRANCH, JOB = "Folder", "WorkflowMultiBranchProject", "WorkflowJob"
NOT_A_GROUP = "releng"
ROOT = "-- root directory --"


@dataclass
class Found:
    """What was added to the catalogue."""

    releases: int = 0
    groups: int = 0
    tests: int = 0


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is a group or becomes one, or the jobs that lie directly in a release's folder (`title` is given then)."""

    info: JobInfo
    jobs: Sequence[JobInfo]
    parent: ArgusGroup | None = None
    title: str | None = None


async def scan(runtime: Runtime) -> Found:
    """Add releases, groups and tests for folders and jobs that are new.

    Raises:
        KeyError: Jenkins is not configured.
        JenkinsException: it refuses, or does not answer.
    """
    jenkins = Jenkins(runtime)
    tree = await jenkins.jobs()
    groups, tests = await runtime.store.all(select(ArgusGroup)), await runtime.store.all(select(ArgusTest))
    scanner = _Scanner(
        runtime,
        jenkins,
        {group.build_system_id: group for group in reversed(groups) if group.build_system_id},
        {test.build_system_id for test in tests if test.build_system_id},
    )
    for folder in _folders(tree):
        if any(pattern.match(folder.name) for pattern in MONITORED):
            await scanner.release(folder)
    return scanner.found


def _folders(tree: Sequence[JobInfo]) -> list[JobInfo]:
    """Everything in a tree, each before what lies in it."""
    found: list[JobInfo] = []
    for node in tree:
        found += [node, *_folders(node.jobs)]
    return found


class _Scanner:
    """One pass over the folders, with what the catalogue knows so far."""

    def __init__(self, runtime: Runtime, jenkins: Jenkins, groups: dict[str, ArgusGroup], jobs: set[str]) -> None:
        self._runtime = runtime
        self._jenkins = jenkins
        self._groups = groups
        self._jobs = jobs
        self.found = Found()

    async def release(self, folder: JobInfo) -> None:
        """Take in a folder that is a release, group by group: a nested one right after the group in which it lies."""
        release = await self._release(folder.name)
        if not folder.jobs:
            log.warning("there is nothing in %s", folder.name)
            return
        before = (self.found.groups, self.found.tests)
        top = [child for child in folder.jobs if _is_group(child)]
        stack = [*(_Folder(child, child.jobs) for child in reversed(top)), _Folder(folder, _jobs(folder.jobs), title=ROOT)]
        while stack:
            place = stack.pop()
            group = await self._group(release, place)
            for job in _jobs(place.jobs):
                await self._test(release, group, job)
            if place.title is None:
                stack += [_Folder(child, child.jobs, group) for child in place.jobs if FOLDER in child.kind]
        if before != (self.found.groups, self.found.tests):
            await invalidate_release(self._runtime, release.id)

    async def _release(self, name: str) -> ArgusRelease:
        known = await self._runtime.store.first(select(ArgusRelease).where(name=name))
        if known is not None:
            return known
        release = ArgusRelease(name=name)
        if not await add_release(self._runtime.store, release):  # somebody was faster
            return await self._runtime.store.get(ArgusRelease, name=name)
        self.found.releases += 1
        return release

    async def _group(self, release: ArgusRelease, place: _Folder) -> ArgusGroup:
        known = self._groups.get(place.info.name)
        if known is not None:
            return known
        group = ArgusGroup(
            name=_group_name(place), pretty_name=await self._title(place), build_system_id=place.info.name, release_id=release.id
        )
        await self._runtime.store.create(group)
        self._groups[place.info.name] = group
        self.found.groups += 1
        return group

    async def _title(self, place: _Folder) -> str | None:
        title = place.title
        if title is None:
            try:
                title = (await self._jenkins.job_info(place.info.name)).get("displayName")
            except JenkinsException as problem:
                log.warning("%s has no display name: %s", place.info.name, problem)
        above = place.parent.pretty_name if place.parent else None
        return f"{above} - {title}" if above and title else title

    async def _test(self, release: ArgusRelease, group: ArgusGroup, job: JobInfo) -> None:
        if job.name in self._jobs:
            return
        test = ArgusTest(name=job.short_name, group_id=group.id, release_id=release.id, build_system_id=job.name, build_system_url=job.url)
        try:
            await add_test(self._runtime.store, test)
        except ArgusTestException as taken:
            log.warning("%s: %s", job.name, taken)
            return
        self._jobs.add(job.name)
        await relocate_runs(self._runtime, test)
        self.found.tests += 1


def _is_group(folder: JobInfo) -> bool:
    return (FOLDER in folder.kind or MULTIBRANCH in folder.kind) and NOT_A_GROUP not in folder.short_name.lower()


def _jobs(found: Sequence[JobInfo]) -> list[JobInfo]:
    return [job for job in found if JOB in job.kind]


def _group_name(place: _Folder) -> str:
    if place.title is not None:
        return f"{place.info.name}-root"
    return f"{place.parent.name}-{place.info.short_name}" if place.parent else place.info.short_name
