"""A data set of any size, written straight through the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.enums import UserRoles
from argus.models.run import RunLocation
from argus.models.sct_event import SCTEvent
from argus.models.user import User
from argus.plugins.sct.model import SCTNemesis, SCTResource, SCTTestRun
from argus.plugins.sct.types import PackageVersion
from argus.storage.statements import Write, batch, insert
from argus.storage.store import Store
from argus.storage.table import Row

TOKEN = "of-the-benchmark"
SCT = "scylla-cluster-tests"
START = datetime(2025, 1, 1)
SEVERITIES = ("NORMAL", "NORMAL", "NORMAL", "WARNING", "ERROR")
TOGETHER = 50  # rows of one write
WRITERS = 8


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    releases: int = 20
    tests: int = 400
    runs: int = 8_000
    events: int = 200_000

    def times(self, factor: float) -> Size:
        """More or less of what grows in an installation's life: tests, runs and events; what one test and one run have stays as it is."""
        return Size(self.releases, max(self.releases, round(self.tests * factor)), round(self.runs * factor), round(self.events * factor))


class Known(NamedTuple):
    """What requests ask for: the ids are the same whatever the size."""

    release: str
    release_id: UUID
    group_id: UUID
    test: UUID
    run: UUID
    job: str


def known() -> Known:
    """Ids of the first of each."""
    return Known("release-0", _id("release", 0), _id("group", 0), _id("test", 0), _id("run", 0), _job(0))


async def load(store: Store, size: Size) -> int:
    """Write the data set; returns the number of rows."""
    rows = _rows(size)
    written = 0

    async def writer() -> None:
        nonlocal written
        while some := list(islice(rows, TOGETHER)):
            writes: list[Write] = [insert(row) for row in some]
            await store.write(batch(*writes, logged=False))
            written += len(some)

    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    return written


def _rows(size: Size) -> Iterator[Row]:
    yield User(
        id=_id("user", 0),
        username="bench",
        full_name="Bench",
        email="bench@example.com",
        api_token=TOKEN,
        roles=[UserRoles.User.value, UserRoles.Admin.value],
    )
    for number in range(size.releases):
        yield ArgusRelease(id=_id("release", number), name=f"release-{number}")
        yield ArgusGroup(
            id=_id("group", number), release_id=_id("release", number), name="group", build_system_id=f"release-{number}/group"
        )
    for number in range(size.tests):
        place = number % size.releases
        yield ArgusTest(
            id=_id("test", number),
            group_id=_id("group", place),
            release_id=_id("release", place),
            name=f"test-{number}",
            build_system_id=_job(number),
            plugin_name=SCT,
        )
    for number in range(size.runs):
        yield from _run(number, size)
    for number in range(size.events):
        yield _event(number, size)


def _run(number: int, size: Size) -> Iterator[Row]:
    test, place = number % size.tests, number % size.tests % size.releases
    start, run_id = START + timedelta(minutes=number), _id("run", number)
    yield RunLocation(id=run_id, run_type=SCT, build_id=_job(test), start_time=start, claimed_at=start)
    yield SCTTestRun(
        build_id=_job(test),
        start_time=start,
        id=run_id,
        release_id=_id("release", place),
        group_id=_id("group", place),
        test_id=_id("test", test),
        status="passed" if number % 3 else "failed",
        build_job_url=f"https://ci/job/{_job(test)}/{number // size.tests + 1}/",
        build_number=number // size.tests + 1,
        end_time=start + timedelta(hours=3),
        scylla_version=f"2025.{number % 5}.0",
        packages=[PackageVersion(name="scylla-server", version=f"2025.{number % 5}.0", date="20250101", revision_id="abc", build_id="id")],
    )
    for index in range(3):
        yield SCTResource(run_id=run_id, name=f"node-{index}", state="running", resource_type="db-node")
        yield SCTNemesis(
            run_id=run_id, start_time=index, class_name="Nemesis", name=f"disrupt_{index}", status="succeeded", end_time=index + 9
        )
    yield ArgusTestRunComment(
        id=_id("comment", number),
        posted_at=1_748_000_000 + number,
        test_run_id=run_id,
        user_id=_id("user", 0),
        release_id=_id("release", place),
        test_id=_id("test", test),
        message="Looks like the issue of last week",
    )


def _event(number: int, size: Size) -> SCTEvent:
    run = number % size.runs
    ts = START + timedelta(minutes=run, milliseconds=number)
    return SCTEvent(
        run_id=_id("run", run),
        severity=SEVERITIES[number // size.runs % len(SEVERITIES)],
        ts=ts,
        event_id=_id("event", number),
        event_type="DatabaseLogEvent",
        message=f"node-{number % 3}: reactor stalled for {number % 500} ms on shard {number % 16}",
        node=f"node-{number % 3}",
        received_timestamp=ts,
    )


def run_id(number: int) -> UUID:
    """The id of the run with this number."""
    return _id("run", number)


def _id(kind: str, number: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"{kind}/{number}")


def _job(test: int) -> str:
    return f"folder/group/test-{test}"
