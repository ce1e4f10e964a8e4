"""Periodic work in this process: APScheduler looks every two seconds what is due, on the server's own loop.

Of several processes one holds the lease and does what is due; the others look on. A turn is bounded in time, ends when
the lease is lost, and writes nothing from then on. What a turn came to is kept, and shown by `argus jobs`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from prometheus_client import Counter, Histogram

from argus.jobs import board
from argus.jobs.catalogue import Job, Work, wanted
from argus.jobs.lease import FencedEngine, Lease, LeaseLost
from argus.jobs.standings import Telling, this_process
from argus.kit import clock
from argus.kit.logs import redacted
from argus.models.job import JobState
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.store import Store

log = logging.getLogger("argus.jobs")

LOOKED_EVERY = 2  # seconds
LEAVING = 10.0  # seconds that turns have to end when the process leaves

TURNS = Counter("argus_job_turns_total", "Turns of jobs by outcome", ["job", "outcome"])
SECONDS = Histogram("argus_job_seconds", "How long turns of jobs take", ["job"], buckets=(0.01, 0.1, 1, 10, 60, 300, 1800))


class Jobs:
    """Does the work of the jobs while it is started.

    Args:
        only: names of the jobs; None for all that the settings want.
    """

    def __init__(self, runtime: Runtime, jobs: Collection[Job] | None = None) -> None:
        self.lease = Lease(runtime.store, "jobs")
        self.jobs = wanted(runtime.settings) if jobs is None else tuple(jobs)
        self._store = runtime.store
        self._fenced = replace(runtime, store=Store(FencedEngine(runtime.store.engine, self.lease)))
        self._work: dict[str, Work] = {job.name: job.make() for job in self.jobs}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._holder = this_process()
        self._told = Telling(runtime)
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        self._scheduler.add_job(self.look, "interval", seconds=LOOKED_EVERY, max_instances=1, coalesce=True, misfire_grace_time=None)
        self._scheduler.start()

    async def stop(self) -> None:
        """No further turns; end those that run, and let another process take over at once."""
        self._scheduler.shutdown(wait=False)
        await self._cancel_running()
        try:
            await self.lease.give_back()
        except StorageError as problem:
            log.warning("the lease of the jobs stays until it runs out: %r", problem)

    async def look(self) -> None:
        """Start what is due, if the work is ours. What goes wrong is logged; the next look comes all the same."""
        try:
            await self._told.publish()
            if not await self.lease.held():
                await self._cancel_running()
                return
            states = await board.states(self._store)
            at = _aware(clock.now())
            for job in self.jobs:
                await self._consider(job, states.get(job.name), at)
        except StorageError as problem:
            log.warning("jobs wait for the database: %r", problem)
        except Exception:
            log.exception("jobs cannot be looked at")

    async def _consider(self, job: Job, state: JobState | None, at: datetime) -> None:
        """Start a job's turn, if one is due and none runs."""
        if job.name in self._running:
            return
        slot = job.schedule.last(at)
        if state is None or state.slot is None:
            await board.skip_to(self._fenced.store, job.name, slot)  # the first slot of all is the next one
        if _is_due(state, slot):
            task = asyncio.create_task(self._turn(job, slot), name=f"job {job.name}")
            self._running[job.name] = task
            task.add_done_callback(lambda _: self._running.pop(job.name, None))

    async def _turn(self, job: Job, slot: datetime) -> None:
        """One turn from beginning to end, with what it came to kept."""
        began = time.monotonic()
        try:
            started = await board.begin(self._fenced.store, job.name, _naive(slot), self._holder)
            outcome, result, error = await self._outcome(job)
            ended = board.turn_of(job.name, _naive(slot), self._holder, started, outcome, result, error)
            await board.end(self._fenced.store, ended)
        except LeaseLost:
            log.warning("job %s: another process follows, what this turn had left is not done here", job.name)
            outcome = "lost"
        except StorageError as problem:
            log.warning("job %s: what its turn came to could not be kept: %r", job.name, problem)
            outcome = board.FAILED
        TURNS.labels(job.name, outcome).inc()
        SECONDS.labels(job.name).observe(time.monotonic() - began)

    async def _outcome(self, job: Job) -> tuple[str, str | None, str | None]:
        """Do the work: how it ended, what it says it did, and what went wrong.

        Raises:
            LeaseLost: somebody else does it now.
        """
        try:
            async with asyncio.timeout(job.limit_seconds) as limit:
                result = await self._work[job.name](self._fenced)
        except LeaseLost:
            raise
        except Exception as problem:
            if limit.expired():
                log.error("job %s was ended after %d s", job.name, job.limit_seconds)
                return board.STOPPED, None, f"ended after {job.limit_seconds} s"
            if isinstance(problem, StorageError):
                log.warning("job %s waits for the database: %r", job.name, problem)
            else:
                log.exception("job %s failed", job.name)
            return board.FAILED, None, redacted(f"{type(problem).__name__}: {problem}")
        return board.DONE, result, None

    async def _cancel_running(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=LEAVING)


def _is_due(state: JobState | None, slot: datetime) -> bool:
    """Whether a turn is to start: asked for, due by the clock, or left unfinished by a process that is gone."""
    if state is None:
        return False
    if state.asked_at is not None and (state.started_at is None or state.started_at < state.asked_at):
        return True
    if state.paused or state.slot is None:
        return False
    return _aware(state.slot) < slot or (state.started_at is not None and state.ended_at is None)


def _aware(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


def _naive(aware: datetime) -> datetime:
    return aware.astimezone(UTC).replace(tzinfo=None)
