"""From the runs of a test to what is said of them over time: flakiness, durations, outcomes by version. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from argus.kit.clock import EPOCH
from argus.models.enums import TestStatus
from argus.models.run import RunBase

FAILED = frozenset((TestStatus.FAILED.value, TestStatus.TEST_ERROR.value, TestStatus.ERROR.value))
PASSED = TestStatus.PASSED.value


@dataclass(slots=True)
class Version:
    """What became of the runs on one version; `last` is the status of the newest, `run_id` that run."""

    passed: int = 0
    failed: int = 0
    last: str = ""
    run_id: Any = None


@dataclass(frozen=True, slots=True)
class Trend:
    """Of the runs that passed or failed: how many, and how often one ended otherwise than the one before it.

    `flakiness` is the share of such changes among neighbours, 0 to 1; None of fewer than two runs. Runs that were not finished, were
    aborted or skipped do not count; a build that ran again counts each time. Durations are in seconds, `median_seconds` of runs that
    passed.
    """

    passed: int
    failed: int
    changes: int
    flakiness: float | None
    mixed_versions: int
    median_seconds: float | None
    last_seconds: float | None
    versions: dict[str, dict[str, Any]]


def trend_of(runs: Iterable[RunBase]) -> Trend:
    """What is said of the runs of one test."""
    counted = sorted((run for run in runs if run.status == PASSED or run.status in FAILED), key=lambda run: run.start_time)
    outcomes = [run.status == PASSED for run in counted]
    changes = sum(before != after for before, after in pairwise(outcomes))
    versions = _versions(counted)
    took = [seconds for run in counted if run.status == PASSED and (seconds := _seconds(run)) is not None]
    return Trend(
        passed=sum(outcomes),
        failed=len(outcomes) - sum(outcomes),
        changes=changes,
        flakiness=round(changes / (len(outcomes) - 1), 4) if len(outcomes) > 1 else None,
        mixed_versions=sum(bool(version.passed and version.failed) for version in versions.values()),
        median_seconds=median(took) if took else None,
        last_seconds=_seconds(counted[-1]) if counted else None,
        versions={name: asdict(version) for name, version in versions.items()},
    )


def _versions(counted: Sequence[RunBase]) -> dict[str, Version]:
    found: dict[str, Version] = {}
    for run in counted:  # oldest first: the newest has the last word
        version = found.setdefault(version_of(run), Version())
        version.passed += run.status == PASSED
        version.failed += run.status in FAILED
        version.last, version.run_id = run.status or "", run.id
    return found


def version_of(run: RunBase) -> str:
    """The version that a run tested; empty when it is not known."""
    return run.scylla_version or run.product_version or ""


def _seconds(run: RunBase) -> float | None:
    if run.end_time is None or run.end_time <= EPOCH or run.end_time < run.start_time:
        return None
    return (run.end_time - run.start_time).total_seconds()
