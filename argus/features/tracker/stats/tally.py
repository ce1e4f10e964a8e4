"""From runs to counters: one test, a group, all of it. Pure: it may run in a thread.

Contract: docs/contract/core.md#one-test; docs/contract/core.md#the-answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from argus.features.tracker.stats.reading import Related
from argus.kit.clock import EPOCH
from argus.kit.parse import enum_of, number_at_end
from argus.models.catalogue import ArgusGroup, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.enums import TestInvestigationStatus, TestStatus
from argus.models.plan import ArgusReleasePlan
from argus.models.run import RunBase

SEVERITY = {
    TestStatus.FAILED: 10,
    TestStatus.TEST_ERROR: 10,
    TestStatus.ABORTED: 9,
    TestStatus.RUNNING: 8,
    TestStatus.CREATED: 7,
    TestStatus.PASSED: 6,
}
"""Of several runs of one build the worst counts; every other status hides behind these."""
SHOWN_RUNS = 5
NOT_INVESTIGATED = TestInvestigationStatus.NOT_INVESTIGATED.value


class ShownRun(TypedDict):
    id: UUID
    status: str | None
    setup: Any  # of cluster tests
    build_number: int | None
    build_job_name: str
    start_time: datetime | None
    end_time: datetime | None
    nemesis_stats: dict[str, int] | None
    assignee: UUID | None
    issues: Sequence[dict[str, Any]]
    comments: Sequence[ArgusTestRunComment]


class TestTally(TypedDict):
    """How one test stands."""

    test: ArgusTest
    status: str
    investigation_status: str
    last_runs: list[ShownRun]  # the newest build first, `SHOWN_RUNS` at most
    start_time: datetime
    hasBugReport: bool
    hasComments: bool
    buildNumber: int | None
    buildId: str | None


def tally(
    groups: Iterable[ArgusGroup],
    tests: Iterable[ArgusTest],
    runs: Mapping[str, Sequence[RunBase]],
    plans: Sequence[ArgusReleasePlan],
    related: Related | None,
) -> dict[str, Any]:
    """Counters and tests of the enabled groups, without what tells whose they are (`release`, `disabled`, `perpetual`).

    Args:
        runs: by job, newest first, filtered.
        plans: those that make a test without runs a planned one.
        related: None leaves out the lists of runs, and whether there are issues or comments.
    """
    of_group: defaultdict[Any, list[ArgusTest]] = defaultdict(list)
    for test in tests:
        if test.enabled:
            of_group[test.group_id].append(test)
    planned = {entity for plan in plans for entity in (*plan.tests, *plan.groups)}
    counted = [_group(group, of_group[group.id], runs, planned, related) for group in groups if group.enabled]
    totals = {name: sum(group[name] for group in counted) for name in ("total", *_STATUSES)}
    investigations = {i.value: {s: sum(g.get(i.value, {}).get(s, 0) for g in counted) for s in _STATUSES} for i in TestInvestigationStatus}
    return {
        **totals,
        **(investigations if counted else {}),
        "groups": {str(group["group"].id): group for group in counted},
        "lastStatus": NOT_INVESTIGATED,
        "lastInvestigationStatus": NOT_INVESTIGATED,
        "hasBugReport": any(test["hasBugReport"] for group in counted for test in group["tests"].values()),
    }


_STATUSES = tuple(status.value for status in TestStatus)


def _group(
    group: ArgusGroup, tests: Sequence[ArgusTest], runs: Mapping[str, Sequence[RunBase]], planned: set[Any], related: Related | None
) -> dict[str, Any]:
    counters = dict.fromkeys(_STATUSES, 0)
    investigations: defaultdict[str, Counter[str]] = defaultdict(Counter)
    shown: dict[str, TestTally] = {}
    for test in tests:
        is_planned = test.id in planned or group.id in planned
        stats = _test(test, runs.get(test.build_system_id or "", ()), is_planned, related)
        counters[stats["status"]] += 1
        investigations[stats["investigation_status"]][stats["status"]] += 1
        shown[str(test.id)] = stats
    return {
        **investigations,
        **counters,
        "group": group,
        "total": len(shown),
        "lastStatus": next((stats["status"] for stats in reversed(shown.values())), NOT_INVESTIGATED),
        "lastInvestigationStatus": NOT_INVESTIGATED,
        "disabled": False,
        "tests": shown,
    }


def _test(test: ArgusTest, runs: Sequence[RunBase], is_planned: bool, related: Related | None) -> TestTally:
    never = TestStatus.NOT_RUN if is_planned else TestStatus.NOT_PLANNED
    stats: TestTally = {
        "test": test,
        "status": never.value,
        "investigation_status": NOT_INVESTIGATED,
        "last_runs": [],
        "start_time": EPOCH,
        "hasBugReport": False,
        "hasComments": False,
        "buildNumber": None,
        "buildId": test.build_system_id,
    }
    runs = [run for run in runs if run.status in _STATUSES]  # a run of an unknown status must not hide the others
    if not runs:
        return stats
    ordered = sorted(runs, key=_build_number, reverse=True)  # stable: runs of one build stay newest first
    worst = max((run for run in ordered if _build_number(run) == _build_number(ordered[0])), key=_severity)
    stats |= {
        "status": enum_of(TestStatus, worst.status).value,
        "investigation_status": worst.investigation_status or NOT_INVESTIGATED,
        "start_time": ordered[0].start_time,
    }
    if related is not None:
        stats |= {
            "last_runs": [_run(run, related) for run in ordered[:SHOWN_RUNS]],
            "hasBugReport": bool(related.issues.get(worst.id)),
            "hasComments": bool(related.comments.get(worst.id)),
            "buildNumber": worst.build_number,
        }
    return stats


def _build_number(run: RunBase) -> int:
    number = run.build_number or number_at_end(run.build_job_url or "")
    return -1 if number is None else number


def _severity(run: RunBase) -> int:
    return SEVERITY.get(enum_of(TestStatus, run.status), 0)


def _run(run: Any, related: Related) -> ShownRun:
    return {
        "id": run.id,
        "status": run.status,
        "setup": getattr(run, "cloud_setup", None),
        "build_number": run.build_number,
        "build_job_name": run.build_id,
        "start_time": run.start_time,
        "end_time": run.end_time,
        "nemesis_stats": (run.nemesis_stats or None) if hasattr(run, "nemesis_stats") else {},
        "assignee": run.assignee,
        "issues": related.issues.get(run.id, []),
        "comments": related.comments.get(run.id, []),
    }
