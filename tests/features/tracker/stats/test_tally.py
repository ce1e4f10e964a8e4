"""How runs become counters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from argus.features.tracker.stats.reading import Filter, Related
from argus.features.tracker.stats.tally import tally
from argus.models.catalogue import ArgusGroup, ArgusTest
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase
from argus.plugins.generic.model import GenericRun
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.types import CloudNodesInfo, CloudSetupDetails

GROUP = ArgusGroup(name="g")
TEST = ArgusTest(name="t", group_id=GROUP.id, build_system_id="job")
START = datetime(2024, 1, 1)


def run(status: str = "passed", number: int | None = 1, minute: int = 0, **values: Any) -> GenericRun:
    known = {"id": uuid4(), "build_id": "job", "status": status, "build_number": number, "start_time": START + timedelta(minutes=minute)}
    return GenericRun(**{**known, **values})


def counted(*runs: RunBase, related: Related | None = None, plans: Any = ()) -> dict[str, Any]:
    newest_first = sorted(runs, key=lambda found: found.start_time, reverse=True)
    return tally([GROUP], [TEST], {"job": newest_first}, plans, related or Related())


def of_test(stats: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = stats["groups"][str(GROUP.id)]["tests"][str(TEST.id)]
    return found


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["passed", "failed"], "failed"),
        (["failed", "test_error"], "test_error"),  # equally bad: the newest
        (["test_error", "failed"], "failed"),
        (["aborted", "running", "created", "passed"], "aborted"),
        (["error", "passed"], "passed"),  # an error hides behind anything
        (["passed", "error"], "passed"),
        (["error"], "error"),
    ],
)
def test_the_worst_run_of_the_newest_build_counts(statuses: list[str], shown: str) -> None:
    runs = [run(status, 7, minute) for minute, status in enumerate(statuses)]
    stats = of_test(counted(*runs, run("failed", 6, 99)))
    assert stats["status"] == shown
    assert stats["start_time"] == runs[-1].start_time
    assert stats["buildNumber"] == 7


def test_a_build_without_number_has_that_of_its_url() -> None:
    by_url = run("failed", None, 0, build_job_url="https://ci/job/9/")
    assert of_test(counted(run("passed", 8, 1), by_url))["status"] == "failed"
    unnumbered = run("failed", None, 5, build_job_url="https://ci/job/lastBuild/")
    assert of_test(counted(run("passed", 1), unnumbered))["status"] == "passed"


def test_five_runs_are_shown_newest_builds_first() -> None:
    stats = of_test(counted(*(run(number=number, minute=-number) for number in range(1, 9))))
    assert [shown["build_number"] for shown in stats["last_runs"]] == [8, 7, 6, 5, 4]
    assert stats["last_runs"][0]["nemesis_stats"] == {}
    assert stats["last_runs"][0]["setup"] is None


def test_cluster_runs_show_setup_and_nemeses() -> None:
    known = {"build_id": "job", "build_number": 1, "start_time": START}
    setup = CloudSetupDetails(backend="aws", db_node=CloudNodesInfo(image_id="ami-1"))
    bare, full = SCTTestRun(id=uuid4(), **known), SCTTestRun(id=uuid4(), **known, cloud_setup=setup, nemesis_stats={"total": 2})
    shown = of_test(counted(full, bare))["last_runs"]
    assert [(entry["nemesis_stats"], entry["setup"]) for entry in shown] == [({"total": 2}, setup), (None, None)]


def test_reports_and_comments_are_those_of_the_run_that_counts() -> None:
    passed, failed = run("passed", 2, 1), run("failed", 2, 0)
    related = Related({passed.id: [{"id": 1}]}, {failed.id: ["c"]})  # type: ignore[list-item]
    stats = counted(passed, failed, related=related)
    assert (of_test(stats)["hasBugReport"], of_test(stats)["hasComments"]) == (False, True)
    assert [entry["issues"] for entry in of_test(stats)["last_runs"]] == [[{"id": 1}], []]
    assert stats["hasBugReport"] is False
    assert counted(failed, related=Related({failed.id: [{}]}))["hasBugReport"] is True


def test_without_related_there_are_no_runs() -> None:
    stats = tally([GROUP], [TEST], {"job": [run("failed")]}, [], None)
    assert {key: of_test(stats)[key] for key in ("status", "last_runs", "buildNumber", "hasComments")} == {
        "status": "failed",
        "last_runs": [],
        "buildNumber": None,
        "hasComments": False,
    }


@pytest.mark.parametrize(
    ("planned", "status"), [({}, "not_planned"), ({"tests": [TEST.id]}, "not_run"), ({"groups": [GROUP.id]}, "not_run")]
)
def test_a_planned_test_without_runs_is_not_run(planned: dict[str, Any], status: str) -> None:
    stats = counted(plans=[ArgusReleasePlan(**planned)])
    assert (of_test(stats)["status"], stats[status], stats["total"]) == (status, 1, 1)


def test_counters_add_up() -> None:
    other = ArgusTest(name="o", group_id=GROUP.id, build_system_id="other")
    hidden = ArgusTest(name="h", group_id=GROUP.id, enabled=False)
    off, empty = ArgusGroup(name="off", enabled=False), ArgusGroup(name="empty")
    in_off = ArgusTest(name="x", group_id=off.id)
    runs = {"job": [run("failed", investigation_status="in_progress")], "other": [run("passed")]}
    stats = tally([GROUP, off, empty], [TEST, other, hidden, in_off], runs, [], None)
    assert set(stats["groups"]) == {str(GROUP.id), str(empty.id)}
    assert (stats["total"], stats["failed"], stats["passed"], stats["aborted"]) == (2, 1, 1, 0)
    assert (stats["in_progress"]["failed"], stats["not_investigated"]["passed"]) == (1, 1)
    assert (len(stats["ignored"]), sum(stats["ignored"].values())) == (9, 0)
    group = stats["groups"][str(GROUP.id)]
    assert (group["total"], group["in_progress"], group["not_investigated"]) == (2, {"failed": 1}, {"passed": 1})
    assert (group["lastStatus"], "ignored" in group) == ("passed", False)
    assert stats["groups"][str(empty.id)]["total"] == 0


def test_without_groups_there_are_no_investigations() -> None:
    assert {"not_investigated", "ignored"} & set(tally([], [], {}, [], None)) == set()


def test_a_run_of_a_status_that_does_not_exist_does_not_count() -> None:
    assert of_test(counted(run("odd"), run("passed")))["status"] == "passed"


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Filter("5.2", None, True), {"5.2", "5.2.1", "", None}),
        (Filter("5.2", None, False), {"5.2", "5.2.1"}),
        (Filter("!noVersion", None, False), {"", None}),
        (Filter("!noVersion", None, True), {"", None}),
        (Filter("", None, True), {"5.2", "5.2.1", "6.0", "", None}),
        (Filter(None, None, False), {"5.2", "5.2.1", "6.0"}),
    ],
)
def test_a_version_is_matched_by_its_beginning(wanted: Filter, kept: set[str | None]) -> None:
    assert {version for version in ("5.2", "5.2.1", "6.0", "", None) if wanted.keeps(run(scylla_version=version))} == kept


def test_an_image_is_only_found_in_cluster_runs() -> None:
    known = {"build_id": "job", "start_time": START}
    setup = CloudSetupDetails(db_node=CloudNodesInfo(image_id="ami-1"))
    runs = [run(), SCTTestRun(id=uuid4(), **known), SCTTestRun(id=uuid4(), **known, cloud_setup=CloudSetupDetails())]
    with_image = SCTTestRun(id=uuid4(), **known, cloud_setup=setup)
    assert [found for found in [*runs, with_image] if Filter(image="ami-1").keeps(found)] == [with_image]
