"""How the tests of a release or view did over time (docs/triage.md#flakiness-durations-versions): flaky ones, slow ones, by version.

A page looks at the newest runs of so many tests, so that no request grows with a release or with its history.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argus.domain.catalogue import display_name
from argus.features.tracker.trends.tally import Trend, trend_of, version_of
from argus.kit.clock import now
from argus.kit.errors import DataValidationError
from argus.kit.parse import uuid_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.run import RunBase
from argus.models.view import ArgusUserView
from argus.run_types import STATISTICS_COLUMNS
from argus.runtime import Runtime
from argus.storage.statements import Select, ge, is_in, le, select
from argus.storage.store import SLICE

RUNS_PER_TEST = 30  # the newest within the time span
PAGE = 100  # tests of one answer
MOST_TESTS = 10_000  # of a release or view; further ones are left out
LONGEST_FILTER = 200
COLUMNS = ("test", "group", "job", "passed", "failed", "changes", "flakiness", "mixed_versions", "median_seconds", "last_seconds")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs count: those of `version` (its beginning) between two moments; and which tests: those in whose names `text` stands."""

    text: str = ""
    version: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, text: str | None, version: str | None, since: str | None, until: str | None) -> Wanted:
        """
        Raises:
            DataValidationError: a time is no number of days (`30d`) and no date, or a text is too long.
        """
        if len(text or "") > LONGEST_FILTER or len(version or "") > LONGEST_FILTER:
            raise DataValidationError(f"a filter has at most {LONGEST_FILTER} characters")
        return cls((text or "").lower(), version or "", _moment("since", since), _moment("until", until))


def _moment(name: str, text: str | None) -> datetime | None:
    if not text:
        return None
    if text.endswith("d") and text[:-1].isascii() and text[:-1].isdigit() and len(text) <= 5:
        return now() - timedelta(days=int(text[:-1]))
    try:
        return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)
    except ValueError:
        raise DataValidationError(f"{name} must be a number of days (30d) or a time in ISO 8601", text[:40]) from None


async def trends(runtime: Runtime, release: str | None, view: str | None, wanted: Wanted, after: str | None = None) -> dict[str, Any]:
    """A page of tests by group and name.

    Args:
        release: its name; `view`: its id. One of the two.
        after: `next` of the page before.

    Returns:
        `{"tests": […], "next", "total"}`

    Raises:
        DataValidationError: neither or both of release and view, or `after` is none.
        DocumentNotFound, ValueError: there is no such release or view.
    """
    start = _start(after)
    tests = await _tests(runtime, release, view, wanted.text)
    part = tests[start : start + PAGE]
    return {
        "tests": await _described(runtime, part, wanted),
        "next": str(start + PAGE) if start + PAGE < len(tests) else None,
        "total": len(tests),
    }


async def as_csv(runtime: Runtime, release: str | None, view: str | None, wanted: Wanted) -> AsyncIterator[bytes]:
    """All tests as lines of CSV, page by page. For what is raised see `trends`."""
    tests = await _tests(runtime, release, view, wanted.text)

    async def lines() -> AsyncIterator[bytes]:
        yield _line(COLUMNS)
        for start in range(0, len(tests), PAGE):
            for row in await _described(runtime, tests[start : start + PAGE], wanted):
                yield _line([row[column] for column in COLUMNS])

    return lines()


def _line(values: Sequence[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(["" if value is None else _harmless(value) for value in values])
    return out.getvalue().encode()


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _start(after: str | None) -> int:
    if not after:
        return 0
    if not after.isascii() or not after.isdigit() or int(after[:9]) > MOST_TESTS:
        raise DataValidationError("after must be what the page before named", after[:40])
    return int(after)


Named = tuple[str, ArgusTest]


async def _tests(runtime: Runtime, release: str | None, view: str | None, text: str) -> list[Named]:
    """Enabled tests with the names of their groups, in order."""
    if bool(release) == bool(view):
        raise DataValidationError("one of release and view must be named")
    found = await (_of_release(runtime, str(release)) if release else _of_view(runtime, uuid_of(view)))
    groups = await runtime.store.all_in(select(ArgusGroup), "id", list({test.group_id for test in found if test.group_id}))
    names = {group.id: display_name(group) or "" for group in groups if group.enabled}
    named = [(names[test.group_id], test) for test in found if test.enabled and test.group_id in names]
    kept = [(group, test) for group, test in named if text in f"{group} {display_name(test)} {test.build_system_id}".lower()]
    return sorted(kept, key=lambda pair: (pair[0], display_name(pair[1]) or ""))


async def _of_release(runtime: Runtime, name: str) -> list[ArgusTest]:
    release = await runtime.store.get(ArgusRelease, "id", name=name)
    return await runtime.store.all(select(ArgusTest).where(release_id=release.id).limit(MOST_TESTS))


async def _of_view(runtime: Runtime, view_id: UUID) -> list[ArgusTest]:
    view = await runtime.store.get(ArgusUserView, "tests", id=view_id)
    return await runtime.store.all_in(select(ArgusTest), "id", list(dict.fromkeys(view.tests))[:MOST_TESTS])


async def _described(runtime: Runtime, tests: Sequence[Named], wanted: Wanted) -> list[dict[str, Any]]:
    runs = await _runs(runtime, [test for _, test in tests], wanted)

    def told() -> list[dict[str, Any]]:
        return [_row(group, test, trend_of(runs.get(test.build_system_id or "", ()))) for group, test in tests]

    return await runtime.blocking(ANSWERS, told)


def _row(group: str, test: ArgusTest, trend: Trend) -> dict[str, Any]:
    place = {"test_id": test.id, "test": display_name(test), "group": group, "job": test.build_system_id, "plugin": test.plugin_name}
    return {**place, **asdict(trend)}


async def _runs(runtime: Runtime, tests: Sequence[ArgusTest], wanted: Wanted) -> dict[str, list[RunBase]]:
    """The newest runs of these tests within the time span, by job."""
    jobs: dict[str, list[str]] = {}
    for test in tests:
        if test.plugin_name and test.build_system_id:
            jobs.setdefault(test.plugin_name, []).append(test.build_system_id)
    reads = [read for name, builds in jobs.items() for read in _reads(runtime, name, list(dict.fromkeys(builds)), wanted)]
    found: dict[str, list[RunBase]] = {}
    for part in await asyncio.gather(*map(runtime.store.all, reads)):
        for run in part:
            if version_of(run).startswith(wanted.version):
                found.setdefault(run.build_id, []).append(run)
    return found


def _reads(runtime: Runtime, run_type: str, jobs: Sequence[str], wanted: Wanted) -> list[Select[Any]]:
    plugin = runtime.plugins.get(run_type)
    if plugin is None:
        return []
    newest = select(plugin.model, *STATISTICS_COLUMNS, "product_version").per_partition(RUNS_PER_TEST)
    if wanted.since:
        newest = newest.where(ge("start_time", wanted.since))
    if wanted.until:
        newest = newest.where(le("start_time", wanted.until))
    return [newest.where(is_in("build_id", jobs[start : start + SLICE])) for start in range(0, len(jobs), SLICE)]
