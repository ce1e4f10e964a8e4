"""The catalogue learns folders and jobs of Jenkins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.domain.runs import create_run
from argus.features.tracker.jenkins.discovery import Found, scan
from argus.integrations.jenkins import LEVELS, Jenkins, JenkinsException
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

FOLDER = "com.cloudbees.hudson.plugins.folder.Folder"
BRANCHES = "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"
JOB = "org.jenkinsci.plugins.workflow.job.WorkflowJob"
Node = dict[str, Any]


def folder(name: str, *jobs: Node, kind: str = FOLDER) -> Node:
    return {"_class": kind, "name": name, "url": f"https://ci/{name}/", "jobs": list(jobs)}


def job(name: str, kind: str = JOB) -> Node:
    return {"_class": kind, "name": name, "url": f"https://ci/{name}/"}


TREE = [
    folder(
        "scylla-6.2",
        job("build"),
        job("old-style", kind="hudson.model.FreeStyleProject"),
        folder("longevity", job("10gb"), folder("nested-a", job("a")), folder("nested-b", job("b"), folder("releng-deep", job("c")))),
        folder("branches", job("main"), kind=BRANCHES),
        folder("RelEng-things", job("hidden")),
        folder("releng-testing", folder("artifacts", job("ami"))),
    ),
    folder("scylla-operator", folder("operator-1.13", folder("func", job("f"))), folder("other", folder("x", job("no")))),
    folder("SCYLLA-STAGING"),
    folder("scylla-6.2-fork", folder("x", job("no"))),
]


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(SCT, JENKINS_URL="https://ci/", JENKINS_USER="u", JENKINS_API_TOKEN="t") as found:
        yield found


def jenkins(runtime: Runtime, tree: list[Node]) -> None:
    """Answer as a Jenkins with these jobs. Display names are the names in capitals; `nested-b` has none."""

    def find(path: str) -> list[Node]:
        nodes = tree
        for word in (part for part in path.split("/") if part not in ("", "job", "api", "json")):
            nodes = next(node["jobs"] for node in nodes if node["name"] == word)
        return nodes

    def cut(nodes: list[Node], levels: int) -> list[Node]:
        return [{**n, **({"jobs": cut(n["jobs"], levels - 1) if levels else [{}] * len(n["jobs"])} if "jobs" in n else {})} for n in nodes]

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.startswith("/crumbIssuer"):
            return httpx.Response(404)
        if "tree" in request.url.params:
            return httpx.Response(200, json={"jobs": cut(find(path), LEVELS - 1)})
        name = path.split("/")[-3]
        return httpx.Response(404) if name == "nested-b" else httpx.Response(200, json={"displayName": name.upper()})

    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_releases_groups_and_tests_are_added_and_added_once(runtime: Runtime) -> None:
    jenkins(runtime, TREE)
    assert await scan(runtime) == Found(releases=4, groups=10, tests=8)
    assert await scan(runtime) == Found()
    releases = {release.id: release.name for release in await runtime.store.all(select(ArgusRelease))}
    assert set(releases.values()) == {"scylla-6.2", "scylla-6.2/releng-testing", "scylla-operator/operator-1.13", "SCYLLA-STAGING"}
    groups = {group.build_system_id: group for group in await runtime.store.all(select(ArgusGroup))}
    assert {path: (group.name, group.pretty_name) for path, group in groups.items() if (path or "").startswith("scylla-6.2")} == {
        "scylla-6.2": ("scylla-6.2-root", "-- root directory --"),
        "scylla-6.2/longevity": ("longevity", "LONGEVITY"),
        "scylla-6.2/longevity/nested-a": ("longevity-nested-a", "LONGEVITY - NESTED-A"),
        "scylla-6.2/longevity/nested-b": ("longevity-nested-b", None),
        "scylla-6.2/longevity/nested-b/releng-deep": ("longevity-nested-b-releng-deep", "RELENG-DEEP"),
        "scylla-6.2/branches": ("branches", "BRANCHES"),
        "scylla-6.2/releng-testing": ("scylla-6.2/releng-testing-root", "-- root directory --"),
        "scylla-6.2/releng-testing/artifacts": ("artifacts", "ARTIFACTS"),
    }
    tests = {test.build_system_id: test for test in await runtime.store.all(select(ArgusTest))}
    assert set(tests) == {
        "scylla-6.2/build",
        "scylla-6.2/longevity/10gb",
        "scylla-6.2/longevity/nested-a/a",
        "scylla-6.2/longevity/nested-b/b",
        "scylla-6.2/longevity/nested-b/releng-deep/c",
        "scylla-6.2/branches/main",
        "scylla-6.2/releng-testing/artifacts/ami",
        "scylla-operator/operator-1.13/func/f",
    }
    built = tests["scylla-6.2/longevity/10gb"]
    group = groups["scylla-6.2/longevity"]
    assert (built.name, built.build_system_url, built.plugin_name) == ("10gb", "https://ci/10gb/", None)
    assert (built.group_id, built.release_id, releases[group.release_id]) == (group.id, group.release_id, "scylla-6.2")  # type: ignore[index]


async def test_what_is_known_stays_and_new_jobs_join_it(runtime: Runtime) -> None:
    release = ArgusRelease(name="scylla-6.2", pretty_name="Six two")
    group = ArgusGroup(name="mine", build_system_id="scylla-6.2/longevity", release_id=release.id, enabled=False)
    known = ArgusTest(name="renamed", build_system_id="scylla-6.2/longevity/10gb", group_id=uuid4(), release_id=release.id)
    for row in (release, group, known):
        await runtime.store.save(row)
    await runtime.store.save(ReleaseStatsSnapshot(release_id=release.id, filter_key="v=::", payload="{}"))
    run, _ = await create_run(runtime, SCTTestRun(id=uuid4(), build_id="scylla-6.2/longevity/new"))
    jenkins(runtime, [folder("scylla-6.2", folder("longevity", job("10gb"), job("new")))])
    assert await scan(runtime) == Found(groups=1, tests=1)
    assert await runtime.store.get(ArgusRelease, id=release.id) == release
    assert await runtime.store.get(ArgusGroup, id=group.id) == group
    assert await runtime.store.get(ArgusTest, id=known.id) == known
    new = await runtime.store.get(ArgusTest, build_system_id="scylla-6.2/longevity/new")
    after = await runtime.store.get(SCTTestRun, **run.primary_key_values())
    assert (after.test_id, after.group_id, after.release_id) == (new.id, group.id, release.id)
    assert await runtime.store.all(select(ReleaseStatsSnapshot)) == []


async def test_folders_of_any_depth_are_read(runtime: Runtime) -> None:
    deep = job("bottom")
    for level in range(2 * LEVELS + 3):
        deep = folder(f"f{level}", deep)
    jenkins(runtime, [deep])
    (found,) = await Jenkins(runtime).jobs()
    while found.jobs:
        (found,) = found.jobs
    assert (found.short_name, found.name.count("/")) == ("bottom", 2 * LEVELS + 3)


async def test_a_jenkins_that_does_not_answer_leaves_everything(runtime: Runtime) -> None:
    runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(503)))
    with pytest.raises(JenkinsException):
        await scan(runtime)
    assert await runtime.store.all(select(ArgusRelease)) == []
