"""What widgets show of the runs of a view."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.domain.runs import edit, get_typed
from argus.features.tracker.results.submission import submit_results
from argus.features.tracker.widgets.nemesis_names import CLASSES, display_name
from argus.features.tracker.widgets.service import graphed_stats, nemesis_data, runs_details, runs_results, versioned_runs
from argus.models.catalogue import ArgusTest
from argus.models.issue import GithubIssue, IssueLink, JiraIssue
from argus.models.view import ArgusUserView
from argus.plugins.generic.plugin import PLUGIN as GENERIC
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.nemesis import finalize_nemesis, submit_nemesis
from argus.plugins.sct.packages import submit_packages
from argus.plugins.sct.plugin import PLUGIN as SCT
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import update
from tests.domain.opened import catalogue, opened

pytestmark = pytest.mark.anyio

JOBS = ("rel/group/t1", "rel/group/t2")


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(SCT, GENERIC) as found:
        yield found


@pytest.fixture
async def tests(runtime: Runtime) -> list[ArgusTest]:
    return await catalogue(runtime, JOBS)


@pytest.fixture
async def view(runtime: Runtime, tests: list[ArgusTest]) -> str:
    found = ArgusUserView(name="v", tests=[*(test.id for test in tests), uuid4()])
    await runtime.store.save(found)
    return str(found.id)


async def run_of(runtime: Runtime, job: str, *packages: str, method: str | None = None, **values: Any) -> UUID:
    run_id = uuid4()
    body = {"job_name": job, "job_url": "https://ci/job/x/7/", "started_by": "ci", "commit_id": "c"}
    config = {"cluster_backend": "aws", "test_method": method} if method else None
    await SCT.submit(runtime, {"schema_version": "v8", "run_id": str(run_id), **body, "sct_config": config})
    sent = [
        {"name": name, "version": version, "date": "20240101", "revision_id": "aa"} for name, version in (p.split("=") for p in packages)
    ]
    await submit_packages(runtime, str(run_id), sent)
    if values:
        await runtime.store.write(edit(await get_typed(runtime, SCTTestRun, run_id)).set(**values))
    return run_id


async def nemesis(runtime: Runtime, run_id: UUID, name: str, start: int, status: str | None) -> None:
    node = {"class_name": "X", "node_name": "n", "node_ip": "1", "node_shards": 1}
    await submit_nemesis(runtime, str(run_id), {"name": name, "start_time": start, **node})
    if status:
        await finalize_nemesis(runtime, str(run_id), {"name": name, "start_time": start, "status": status, "message": "m"})


async def test_runs_of_a_view_with_their_duration_and_nemeses(runtime: Runtime, view: str) -> None:
    told = await run_of(runtime, JOBS[0], "scylla-server=6.2.0")
    untold = await run_of(runtime, JOBS[1], "scylla-server-upgraded=6.3.0")
    await run_of(runtime, JOBS[0], investigation_status="IGNORED")
    started = (await get_typed(runtime, SCTTestRun, told)).start_time
    await runtime.store.write(
        edit(await get_typed(runtime, SCTTestRun, told)).set(end_time=started + timedelta(seconds=90.5), status="passed")
    )
    for name, start, status in (
        ("disrupt_nodetool_drain", 10, "succeeded"),
        ("disrupt_new", 20, "failed"),
        ("Mine", 30, "skipped"),
        ("x", 40, None),
    ):
        await nemesis(runtime, told, name, start, status)
    await nemesis(runtime, untold, "Mine", 10, "failed")
    found = await graphed_stats(runtime, view, None)
    runs = {run["run_id"]: run for run in found["test_runs"]}
    assert runs.keys() == {told, untold}
    assert (runs[told]["duration"], runs[told]["version"], runs[told]["status"]) == (90.5, "6.2.0", "passed")
    assert (runs[untold]["duration"], runs[untold]["version"]) == (0, "unknown")
    shown = [(n["name"], n["status"], n["version"], n["build_id"]) for n in found["nemesis_data"]]
    assert shown == [
        ("DrainerMonkey", "succeeded", "6.2.0", JOBS[0]),
        ("new", "failed", "6.2.0", JOBS[0]),
        ("Mine", "failed", "unknown", JOBS[1]),
    ]
    assert [n["name"] for n in (await nemesis_data(runtime, view))["nemesis_data"]] == ["DrainerMonkey", "new"]


@pytest.mark.parametrize(
    ("filters", "count"), [(None, 2), ("", 2), ('["/t1$"]', 1), ('["t1", "t2"]', 0), ('["("]', 2), ("not json", 2), ("7", 2), ("[]", 2)]
)
async def test_filters_leave_out_jobs_unless_one_is_broken(runtime: Runtime, view: str, filters: str | None, count: int) -> None:
    for job in JOBS:
        await run_of(runtime, job)
    assert len((await graphed_stats(runtime, view, filters))["test_runs"]) == count


async def test_a_view_must_be_named_and_known(runtime: Runtime) -> None:
    for widget in (nemesis_data, versioned_runs):
        with pytest.raises(TypeError, match="one of the hex"):
            await widget(runtime, None)
        with pytest.raises(ValueError, match="badly formed"):
            await widget(runtime, "bad")
        with pytest.raises(DocumentNotFound):
            await widget(runtime, str(uuid4()))


async def test_runs_described_with_their_issues(runtime: Runtime, tests: list[ArgusTest]) -> None:
    run = await run_of(runtime, JOBS[0], "scylla-server=6.2.0", "scylla-server-upgraded=6.3.0")
    generic = uuid4()
    await GENERIC.submit(runtime, {"run_id": str(generic), "build_id": JOBS[1], "build_url": "https://ci/1/", "started_by": "ci"})
    github = GithubIssue(number=5, state="open", title="boom", url="https://gh/5", owner="o", repo="r")
    jira = JiraIssue(key="A-1", state="new", summary="s", permalink="https://j/A-1")
    for issue in (github, jira):
        await runtime.store.save(issue)
    for issue_id in (github.id, jira.id, uuid4()):
        await runtime.store.save(IssueLink(run_id=run, issue_id=issue_id))
    found = await runs_details(runtime, {"run_ids": [str(run), str(generic), str(run)]})
    assert found.keys() == {str(run), str(generic)}
    details = found[str(run)]
    assert (details["build_id"], details["version"], details["status"]) == (f"{JOBS[0]}#7", "6.3.0-20240101", "created")
    assert sorted(details["issues"], key=lambda issue: str(issue["subtype"])) == [
        {"subtype": "github", "number": 5, "state": "open", "title": "boom", "url": "https://gh/5"},
        {"subtype": "jira", "key": "A-1", "state": "new", "summary": "s", "permalink": "https://j/A-1"},
    ]
    assert found[str(generic)] == {"build_id": None, "start_time": None, "assignee": None, "version": "unknown", "issues": []}
    assert await runs_details(runtime, {"run_ids": []}) == {}
    bodies: list[Any] = [None, {}, {"ids": []}]
    for body in bodies:
        with pytest.raises(ValueError, match="Missing run_ids parameter"):
            await runs_details(runtime, body)
    with pytest.raises(ValueError, match="run_ids must be a list"):
        await runs_details(runtime, {"run_ids": "all"})


async def test_the_newest_run_of_each_version_test_and_method(runtime: Runtime, tests: list[ArgusTest], view: str) -> None:
    old = await run_of(runtime, JOBS[0], "scylla-server=6.2.0", method="a.B.test_x")
    new = await run_of(runtime, JOBS[0], "scylla-server=6.2.0", method="c.test_x")
    read = await run_of(runtime, JOBS[0], "scylla-server=6.2.0", method="test_read")
    other = await run_of(runtime, JOBS[1], "scylla-server=6.2.0", "scylla-server-upgrade-target=6.3.0", method="test_x")
    await run_of(runtime, JOBS[1], method="test_just_started")
    await run_of(runtime, JOBS[1], "scylla-server=6.2.0")
    first, second = (str(test.id) for test in tests)

    def ids(found: dict[str, Any]) -> Any:
        return {v: {t: {m: run["run_id"] for m, run in ms.items()} for t, ms in ts.items()} for v, ts in found["versions"].items()}

    found = await versioned_runs(runtime, view)
    assert ids(found) == {
        "6.2.0-20240101-aa": {first: {"test_x": new, "test_read": read}},
        "6.3.0-20240101-aa": {second: {"test_x": other}},
    }
    assert found["test_info"] == {first: {"name": None, "build_id": JOBS[0]}, second: {"name": None, "build_id": JOBS[1]}}
    await runtime.store.write(edit(await get_typed(runtime, SCTTestRun, new)).set(investigation_status="ignored"))
    await runtime.store.write(update(ArgusTest, id=tests[1].id).set(enabled=False))
    assert ids(await versioned_runs(runtime, view)) == {"6.2.0-20240101-aa": {first: {"test_x": old, "test_read": read}}}


async def test_key_metrics_of_runs(runtime: Runtime, tests: list[ArgusTest]) -> None:
    run = await run_of(runtime, JOBS[0])
    columns = [{"name": name, "type": "FLOAT", "unit": "", "higher_is_better": None} for name in ("P99 read", "other")]
    for name, cells in (("both", ["P99 read", "other"]), ("none", ["other"])):
        sent = [{"column": column, "row": "r", "status": "PASS", "value": 1} for column in cells]
        body = {"meta": {"name": name, "columns_meta": columns, "rows_meta": ["r"]}, "results": sent, "sut_timestamp": 1}
        await submit_results(runtime, SCT.name, str(run), body)
    first, unknown = str(tests[0].id), str(uuid4())
    found = await runs_results(
        runtime,
        {
            first: {"m": {"run_id": str(run), "status": "x"}},
            unknown: {
                "m": {"run_id": unknown},
            },
            str(uuid4()): {},
        },
    )
    (table,) = found[first]["m"][str(run)]
    assert [column.name for column in table["both"]["columns"]] == ["P99 read"]
    assert found[unknown] == {"m": {unknown: []}}
    assert await runs_results(runtime, {}) == {}
    with pytest.raises(KeyError, match="run_id"):
        await runs_results(runtime, {first: {"m": {}}})


def test_nemeses_are_shown_by_their_class() -> None:
    assert len(CLASSES) == 107
    assert display_name("disrupt_abort_repair") == "AbortRepairMonkey"
    assert display_name("disrupt_unheard_of") == "unheard_of"
    assert display_name("abort_repair") == "abort_repair"
    assert display_name(None) is None
