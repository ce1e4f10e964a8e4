"""Runs a job: from the work item to the final state of its row (docs/deduper.md#the-life-of-a-job). Knows neither framework."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from argus.features.deduper import announce, bootstrap, checks, launch, ledger, lifecycle, metrics, processes, watch
from argus.features.deduper.joblog import JobLog
from argus.features.deduper.tables import DedupeJob
from argus.kit.pools import HOUSEKEEPING
from argus.platform.stops import Fenced, Permanent, WorkCancelled
from argus.platform.work import Work

log = logging.getLogger("argus.deduper")

SLOT_LOOKED_FOR = 0.25  # seconds
ROW_WRITTEN_EVERY = 2.0  # seconds, while there is something new
STORED_WITHIN = 300.0  # seconds to write how a job ended, while the database does not answer
BAD_PARAMETERS = 64
CODES = frozenset({"bad_parameters", "disk_full", "too_many_events", "storage_down"})
"""What a program may say of its own failure; with anything else its exit code speaks."""


async def run(work: Work) -> None:
    """Run the job of a work item.

    Raises:
        Permanent: the job has failed; code and message say how.
        WorkCancelled, Fenced: as `Work`.
    """
    job_id = str(work.payload["job_id"])
    async with work.database.reading() as session:
        job = await ledger.find(session, job_id)
    if job is None or job.status in ledger.FINAL:
        return
    await _adopt(work, job)
    async with _slot(work) as slot:
        await _Running(work, job, slot).run()


async def _adopt(work: Work, job: DedupeJob) -> None:
    """End what an earlier attempt left on this host: never do two programs write for one job."""
    if not job.attempt:
        return
    left = False
    if job.host == socket.gethostname():
        left = await work.runtime.blocking(HOUSEKEEPING, processes.end_job, job.job_id, job.pid, job.pid_started)
    still = f"the program of attempt {job.attempt} still ran" if left else ""
    lifecycle.say("deduper.retry", job, job.status, attempt=work.attempt, more=still)


@asynccontextmanager
async def _slot(work: Work) -> AsyncIterator[int]:
    """One of the host's slots. The program holds it too: it is free once both are gone, however they end."""
    settings = work.runtime.settings
    folder = launch.work_folder(settings) / "slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while (held := _free_slot(folder, settings.DEDUPER_MAX_CONCURRENT)) is None:
        await work.checkpoint()
        await asyncio.sleep(SLOT_LOOKED_FOR)
    try:
        yield held
    finally:
        os.close(held)


def _free_slot(folder: Path, slots: int) -> int | None:
    for number in range(slots):
        descriptor = os.open(folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            continue
        return descriptor
    return None


class _Running:
    """One attempt at a job."""

    def __init__(self, work: Work, job: DedupeJob, slot: int) -> None:
        self.work = work
        self.job = job
        self.slot = slot
        self.settings = work.runtime.settings
        self.folder = launch.work_folder(self.settings) / job.job_id
        self.told = watch.Told(JobLog(self.folder / launch.LOG), self.settings.DEDUPER_PROTOCOL == "json")
        self.began = time.monotonic()
        self.pid: int | None = None
        self._written: tuple[Any, ...] = ()
        self._written_at = float("-inf")

    async def run(self) -> None:
        """From the checks to the final state."""
        await self._check()
        async with self.work.transaction() as session:
            if not await ledger.begin(session, self.job.job_id, self.work.attempt, socket.gethostname()):
                raise WorkCancelled(self.work.id)
            await ledger.drop_other_attempts(session, self.job.job_id, self.work.attempt)
            self.job = await ledger.find(session, self.job.job_id) or self.job
        keep_log = True
        try:
            with metrics.running():
                ended = await self._program()
            await self._over(ended)
        except (WorkCancelled, Fenced):
            keep_log = False
            raise
        finally:
            await self.work.runtime.blocking(HOUSEKEEPING, launch.clean, self.folder, keep_log)

    async def _check(self) -> None:
        failing = checks.failing(await checks.looked_at(self.work.runtime))
        if failing:
            told = "; ".join(f"{name}: {check.detail}" for name, check in failing.items())
            raise Permanent("configuration_error", told)

    async def _program(self) -> watch.Ended:
        """Start the program and stay with it until it is gone.

        Raises:
            Permanent: `launch_failed`, `disk_full`.
        """
        limits = watch.Limits(self.job.timeout_seconds, self.settings.DEDUPER_STALL_SECONDS, self.settings.DEDUPER_GRACE_SECONDS)
        try:
            await self.work.runtime.blocking(HOUSEKEEPING, launch.prepare, self.folder, self._parameters())
            vector = launch.vector(self.settings, self.job.job_id, self.work.attempt)
            process = await watch.start(vector, self.folder, launch.environment(self.settings, self.job.job_id), self.slot)
        except OSError as problem:
            code = "disk_full" if problem.errno == errno.ENOSPC else "launch_failed"
            raise Permanent(code, f"the program cannot be started: {problem.strerror}") from problem
        self.pid = process.pid
        self._say("deduper.start", "running")
        try:
            await self._note(pid=process.pid, pid_started=processes.began(process.pid))
        except BaseException:
            self.work.stop.set()  # nobody knows of the program: it is ended before anything else
            await watch.watch(process, self.job.job_id, self.told, limits, self.work.stop, _nothing, _nothing)
            raise
        ended = await watch.watch(process, self.job.job_id, self.told, limits, self.work.stop, self._record, self._tick)
        if ended.code == bootstrap.NOT_STARTED:
            why = await self.work.runtime.blocking(HOUSEKEEPING, launch.why_not_started, self.folder)
            if why is not None:
                raise Permanent("launch_failed", f"the program cannot be started: {why}")
        return ended

    def _parameters(self) -> dict[str, Any]:
        return {"jobId": self.job.job_id, "reportId": self.job.report_id, "attempt": self.work.attempt, **self.job.parameters}

    async def _record(self, cause: watch.Cause) -> None:
        if cause in ("timeout", "stalled"):
            await self._note(cause=cause)

    async def _note(self, **values: Any) -> None:
        async with self.work.transaction() as session:
            if not await ledger.note(session, self.job.job_id, self.work.attempt, **values):
                raise WorkCancelled(self.work.id)

    async def _tick(self) -> None:
        """Keep what the program printed.

        Raises:
            OSError: the disk is full, say.
        """
        announce.printed(self.work.runtime, self.job.job_id, await asyncio.to_thread(self.told.log.flush))
        new = (self.told.progress, len(self.told.log.lines), self.told.log.shown[-1:])
        if new == self._written or time.monotonic() - self._written_at < ROW_WRITTEN_EVERY:
            return
        try:
            progress = _progress(self.told.progress)
            await self._note(progress=progress, logs=self.told.log.shown)
            if progress is not None:
                announce.progressed(self.work.runtime, self.job.job_id, progress)
        except Fenced:
            self.work.stop.set()
        except (WorkCancelled, SQLAlchemyError) as problem:
            log.debug("job %s: its progress is kept later: %r", self.job.job_id, problem)
        self._written, self._written_at = new, time.monotonic()

    async def _over(self, ended: watch.Ended) -> None:
        """Make the job final.

        Raises:
            WorkCancelled: somebody asked for the end, or the process leaves; the queue knows which.
            Permanent: the job has failed.
        """
        known = {"exit_code": ended.code, "logs": self.told.log.shown, "progress": _progress(self.told.progress)}
        try:
            announce.printed(self.work.runtime, self.job.job_id, await asyncio.to_thread(self.told.log.flush))
        except OSError:
            ended = watch.Ended(ended.cause or "disk_full", ended.code)
        if ended.cause == "stop":
            raise WorkCancelled(self.work.id)
        failure = self._failure(ended)
        if failure is None:
            await self._stored(known)
            return
        try:
            await self._note(**known)
        except SQLAlchemyError as problem:
            log.warning("job %s: its last lines could not be kept: %r", self.job.job_id, problem)
        raise failure

    def _failure(self, ended: watch.Ended) -> Permanent | None:
        seconds = self.job.timeout_seconds
        if ended.cause == "timeout":
            metrics.TIMEOUTS.inc()
            self._say("deduper.timeout", "failed")
            return Permanent("timeout", f"Job exceeded {seconds} s")
        if ended.cause == "stalled":
            metrics.TIMEOUTS.inc()
            self._say("deduper.timeout", "failed")
            return Permanent("stalled", f"No output for {self.settings.DEDUPER_STALL_SECONDS:g} s")
        if ended.cause == "disk_full":
            return Permanent("disk_full", "The disk of the work directory is full")
        if ended.code < 0:
            return Permanent(f"signal_{-ended.code}", f"The program was ended by signal {-ended.code}")
        if ended.code:
            told = self.told.error or {}
            if told.get("code") in CODES:
                return Permanent(told["code"], told["message"])
            if ended.code == BAD_PARAMETERS:
                return Permanent("bad_parameters", told.get("message") or "The program refused its parameters")
            return Permanent(f"exit_{ended.code}", told.get("message") or f"The program ended with exit code {ended.code}")
        if self.told.structured and self.told.result is None:
            return Permanent("no_result", "The program ended without a result")
        return None

    async def _stored(self, known: dict[str, Any]) -> None:
        """Publish; while the database does not answer it is tried again.

        Raises:
            WorkCancelled: somebody asked for the end first.
        """
        result = self.told.result if self.told.structured else None
        until = int(result.pop("eventsUntil", 0)) if result is not None else None
        if result is not None:
            result["published"] = True
        give_up, pause = time.monotonic() + STORED_WITHIN, 0.5
        while True:
            try:
                async with self.work.completing() as session:
                    if not await ledger.publish(session, self.job, self.work.attempt, result, until, **known):
                        raise WorkCancelled(self.work.id)
                break
            except SQLAlchemyError as problem:
                if time.monotonic() > give_up:
                    raise
                log.warning("job %s waits for the database: %r", self.job.job_id, problem)
                await asyncio.sleep(pause)
                pause = min(10.0, pause * 2)
        metrics.completed(result, time.monotonic() - self.began)
        self._say("deduper.complete", "completed")

    def _say(self, what: str, status: str) -> None:
        lifecycle.say(what, self.job, status, attempt=self.work.attempt, pid=self.pid)


async def _nothing(*_: Any) -> None:
    """Of a program that is ended before it was known, nothing is kept."""


def _progress(told: dict[str, Any] | None) -> dict[str, Any] | None:
    if told is None:
        return None
    at = datetime.fromtimestamp(told["at"], UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"percent": told["percent"], "message": told["message"], "updatedAt": at}
