"""A release of 3,000 tests, one run of them with 10,000 events, and one of 80 tests; written straight through the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from argus.kit.clock import now
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.run import RunLocation
from argus.models.sct_event import SCTEvent
from argus.plugins.sct.model import SCTTestRun
from argus.storage.table import Row

RELEASE, USER, PASSWORD = "scale", "bench", "of-the-benchmark"
SCT = "scylla-cluster-tests"
GROUPS, TESTS = 60, 50
USUAL, USUAL_GROUPS, USUAL_TESTS = "usual", 8, 10
EVENTS = 10_000
SEVERITIES = ("WARNING", "ERROR", "NORMAL", "CRITICAL")
STATUSES = ("passed", "passed", "passed", "failed", "passed")
MESSAGE = (
    "2026-01-31 10:20:30.123: (DatabaseLogEvent Severity.{severity}) period_type=one-time event_id={number} during_nemesis=Decommission\n"
    "2026-01-31T10:20:30+00:00 node-{node} scylla[5422]: [shard {shard}] seastar - Exceptional future ignored: runtime_error ({number})\n"
    "   /opt/scylladb/libreloc/libc.so.6+0x{number:06x} /opt/scylladb/libexec/scylla+0x{number:08x}"
)


def identity(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"frontend/{kind}/{number}")


def rows() -> Iterator[Row]:
    """Everything, a row at a time."""
    begin = now() - timedelta(days=2)
    yield from _release(RELEASE, 0, range(GROUPS), TESTS, begin)
    yield from _release(USUAL, 1, range(GROUPS, GROUPS + USUAL_GROUPS), USUAL_TESTS, begin)
    for number in range(EVENTS):
        yield _event(number, begin)


def _release(name: str, which: int, groups: range, tests: int, begin: datetime) -> Iterator[Row]:
    release = identity("release", which)
    yield ArgusRelease(id=release, name=name)
    for group in groups:
        job = f"{name}/group-{group:02}"
        yield ArgusGroup(id=identity("group", group), release_id=release, name=f"group-{group:02}", build_system_id=job)
        for number in range(group * TESTS, group * TESTS + tests):
            yield from _test(number, job, {"release_id": release, "group_id": identity("group", group)}, begin + timedelta(seconds=number))


def _test(number: int, group: str, place: dict[str, UUID], start: datetime) -> Iterator[Row]:
    test, run, job = identity("test", number), identity("run", number), f"{group}/test-{number:04}"
    yield ArgusTest(id=test, name=f"test-{number:04}", build_system_id=job, plugin_name=SCT, **place)
    yield RunLocation(id=run, run_type=SCT, build_id=job, start_time=start, claimed_at=start)
    yield SCTTestRun(
        build_id=job,
        start_time=start,
        id=run,
        test_id=test,
        status=STATUSES[number % len(STATUSES)],
        build_job_url=f"https://ci/job/{job}/1/",
        build_number=1,
        end_time=start + timedelta(hours=3),
        scylla_version="2026.1.0",
        **place,
    )


def _event(number: int, begin: datetime) -> SCTEvent:
    severity = SEVERITIES[number % len(SEVERITIES)]
    return SCTEvent(
        run_id=identity("run", 0),
        severity=severity,
        ts=begin + timedelta(seconds=number, milliseconds=1),
        event_id=identity("event", number),
        event_type="DatabaseLogEvent",
        message=MESSAGE.format(severity=severity, number=number, node=number % 6, shard=number % 14),
        node=f"Node longevity-db-node-{number % 6} [10.0.0.{number % 6}]",
    )
