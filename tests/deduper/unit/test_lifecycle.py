"""Whatever happens to jobs in whatever order: pending → running → (completed | failed | cancelled), one way only
(docs/deduper.md#the-life-of-a-job)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.database import Database
from argus.db.revisions import upgrade
from argus.features.deduper import ledger
from argus.features.deduper.tables import DedupeJob, DedupeReport
from argus.kit.ulids import new_ulid

REPORTS = ("one", "other")
RESULT = {"events": 3, "clusters": 1}
AGE = st.sampled_from([0, 0, 0, 1, 2])
LATE = st.sampled_from([False, False, False, True])
"""Whether it comes from an attempt that another one has followed."""

Change = Callable[[AsyncSession], Awaitable[Any]]
Do = Callable[[Change], Any]


@pytest.fixture(scope="module")
def do(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Do]:
    """Makes a change in a transaction of its own, on a loop that all examples share."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('jobs') / 'platform.sqlite'}"
    upgrade(url)
    database = Database(url)

    async def change(work: Change) -> Any:
        async with database.transaction() as session:
            return await work(session)

    with asyncio.Runner() as runner:
        yield lambda work: runner.run(change(work))
        runner.run(database.close())


@dataclass
class Known:
    """What a job must be."""

    report_id: str
    status: str = "pending"
    attempt: int = 0
    asked: bool = False
    timed_out: bool = False

    @property
    def is_active(self) -> bool:
        return self.status in ledger.ACTIVE


class Jobs(RuleBasedStateMachine):
    """Jobs of two reports: requests, an attempt that goes on, one that was thought dead and goes on as well, in any order."""

    def __init__(self, do: Do) -> None:
        super().__init__()
        self.do = do
        self.known: dict[str, Known] = {}
        self.ended: dict[str, dict[str, Any]] = {}

    @rule(report=st.sampled_from(REPORTS), at_once=st.booleans())
    def start(self, report: str, at_once: bool) -> None:
        job_id = new_ulid()
        active = [one for one in self.known.values() if one.is_active and one.report_id == report]

        async def add(session: AsyncSession) -> None:
            session.add(pending(job_id, report))

        if active:
            with pytest.raises(IntegrityError):
                self.do(add)
            return
        self.do(add)
        self.known[job_id] = Known(report)
        if at_once:
            assert self.do(lambda session: ledger.begin(session, job_id, 1, "host"))
            self.known[job_id].status, self.known[job_id].attempt = "running", 1

    def job(self, old: int) -> str:
        """The newest job, which most is about, or one from before."""
        return list(self.known)[-1 - old % len(self.known)]

    @precondition(lambda self: self.known)
    @rule(old=AGE)
    def begin(self, old: int) -> None:
        one = self.known[job := self.job(old)]
        may = one.is_active and not one.asked
        assert self.do(lambda session: ledger.begin(session, job, one.attempt + 1, "host")) is may
        if may:
            one.status, one.attempt, one.timed_out = "running", one.attempt + 1, False

    @precondition(lambda self: self.known)
    @rule(old=AGE)
    def ask_for_the_end(self, old: int) -> None:
        one = self.known[job := self.job(old)]
        if one.status == "pending":
            one.status = "cancelled"
        elif one.status == "running":
            one.asked = True
        assert self.do(lambda session: ledger.request_cancel(session, job)) == one.status

    @precondition(lambda self: self.known)
    @rule(old=AGE, late=LATE)
    def take_too_long(self, old: int, late: bool) -> None:
        one = self.known[job := self.job(old)]
        may = one.status == "running" and not late
        assert self.do(lambda session: ledger.note(session, job, one.attempt - late, cause="timeout")) is may
        one.timed_out |= may

    @precondition(lambda self: self.known)
    @rule(old=AGE, late=LATE)
    def publish(self, old: int, late: bool) -> None:
        one = self.known[job := self.job(old)]

        async def change(session: AsyncSession) -> bool:
            found = await ledger.find(session, job) or DedupeJob(job_id=job, report_id=one.report_id)
            return await ledger.publish(session, found, one.attempt - late, dict(RESULT), 7)

        may = one.status == "running" and not (late or one.asked or one.timed_out)
        assert self.do(change) is may
        if may:
            one.status = "completed"

    @precondition(lambda self: self.known)
    @rule(old=AGE, fails=st.booleans())
    def end(self, old: int, fails: bool) -> None:
        one = self.known[job := self.job(old)]
        error = {"code": "exit_3", "message": ""}
        self.do(lambda session: ledger.fail(session, job, error) if fails else ledger.cancelled(session, job))
        if one.is_active:
            one.status = "failed" if fails and not one.asked else "cancelled"

    @invariant()
    def each_is_what_it_must_be(self) -> None:
        rows: list[DedupeJob] = self.do(_all_jobs)
        assert {row.job_id: (row.status, row.attempt) for row in rows} == {
            job_id: (one.status, one.attempt) for job_id, one in self.known.items()
        }
        for row in rows:
            assert (row.result is not None) is (row.status == "completed"), "a result is seen of completed jobs only"
            assert (row.completed_at is not None) is (row.status in ledger.FINAL)
            if row.status in ledger.FINAL:
                values = {column.key: getattr(row, column.key) for column in DedupeJob.__table__.columns}
                assert self.ended.setdefault(row.job_id, values) == values, "a final job never changes"

    @invariant()
    def readers_see_completed_jobs_only(self) -> None:
        heads: list[DedupeReport] = self.do(_all_heads)
        assert all(self.known[head.job_id].status == "completed" for head in heads)

    def teardown(self) -> None:
        self.do(_nothing_left)


def pending(job_id: str, report_id: str) -> DedupeJob:
    return DedupeJob(job_id=job_id, report_id=report_id, status="pending", parameters={}, timeout_seconds=9, attempt=0, logs=[])


async def _all_jobs(session: AsyncSession) -> list[DedupeJob]:
    return list(await session.scalars(select(DedupeJob)))


async def _all_heads(session: AsyncSession) -> list[DedupeReport]:
    return list(await session.scalars(select(DedupeReport)))


async def _nothing_left(session: AsyncSession) -> None:
    for table in (DedupeJob, DedupeReport):
        await session.execute(delete(table))


def test_no_order_of_events_leads_a_job_anywhere_else(do: Do) -> None:
    machine: Any = lambda: Jobs(do)  # noqa: E731 - hypothesis takes any callable, its hints only a class
    run_state_machine_as_test(machine, settings=settings(max_examples=100, stateful_step_count=20, deadline=None, phases=[Phase.generate]))


def job_of(do: Do, *changes: Change) -> str:
    """A job to which something has happened."""
    job_id = new_ulid()

    async def add(session: AsyncSession) -> None:
        session.add(pending(job_id, job_id))

    for change in (add, *changes):
        do(change)
    return job_id


def test_cancelling_what_waits_ends_it_at_once_and_no_attempt_begins(do: Do) -> None:
    job_id = job_of(do)
    assert do(lambda session: ledger.request_cancel(session, job_id)) == "cancelled"
    assert do(lambda session: ledger.begin(session, job_id, 1, "host")) is False


def test_cancelling_what_runs_asks_once_and_no_result_counts_from_then_on(do: Do) -> None:
    job_id = job_of(do)
    do(lambda session: ledger.begin(session, job_id, 1, "host"))
    assert do(lambda session: ledger.request_cancel(session, job_id)) == "running"
    asked = do(lambda session: ledger.find(session, job_id)).cancel_requested_at
    assert do(lambda session: ledger.request_cancel(session, job_id)) == "running"
    assert do(lambda session: ledger.find(session, job_id)).cancel_requested_at == asked
    assert do(lambda session: _published(session, job_id)) is False


def test_cancelling_what_has_finished_says_how_and_changes_nothing(do: Do) -> None:
    job_id = job_of(do)
    do(lambda session: ledger.begin(session, job_id, 1, "host"))
    assert do(lambda session: _published(session, job_id)) is True
    assert do(lambda session: ledger.request_cancel(session, job_id)) == "completed"
    assert do(lambda session: ledger.find(session, job_id)).cancel_requested_at is None


async def _published(session: AsyncSession, job_id: str) -> bool:
    job = await ledger.find(session, job_id)
    assert job is not None
    return await ledger.publish(session, job, 1, dict(RESULT), 7)
