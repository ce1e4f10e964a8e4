"""Starting, finding and cancelling jobs; what both shells and the automatic trigger call (docs/deduper.md)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database, open_database
from argus.features.deduper import checks, launch, ledger, source
from argus.features.deduper.handlers import KIND
from argus.features.deduper.joblog import tail
from argus.features.deduper.lifecycle import say
from argus.features.deduper.parameters import LARGEST, MOST_EVENTS, Parameters, stored
from argus.features.deduper.subjects import Subject, is_job_id, subject_of
from argus.features.deduper.tables import DedupeJob
from argus.kit.pools import FILES
from argus.kit.ulids import new_ulid
from argus.platform import queue
from argus.platform.errors import Conflict, Denied, Invalid, NotFound, TooMany, Unavailable, invalid_value, validated
from argus.runtime import Runtime

log = logging.getLogger("argus.deduper")

STARTS, STARTS_WITHIN = 5, timedelta(minutes=1)  # of one report
PENDING_LOOKED_FOR = 30  # seconds after which a caller may ask again, where too many jobs wait
WAITED_FOR = 15.0  # seconds that `wait` and `cancel` hold an answer
LOOKED_EVERY = 0.2  # seconds, meanwhile
TRIES = 3  # of a start beside others of the same report

Also = Callable[[AsyncSession, DedupeJob], Awaitable[None]]


class Starts:
    """Starts of jobs in this process: of one report one at a time."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, report_id: str) -> asyncio.Lock:
        """Held while a job is started: who comes meanwhile finds it, instead of doing the same work."""
        return self._turns.setdefault(report_id, asyncio.Lock())


async def start(
    runtime: Runtime, who: str, report_id: str, given: dict[str, Any], request_id: str, also: Also | None = None
) -> tuple[DedupeJob, bool]:
    """Queue a job for a report, unless one is active.

    Args:
        who: by whom.
        given: parameters as sent.
        also: done in the transaction in which a new job is written.

    Returns:
        The job, and whether it is new.

    Raises:
        NotFound: there is no such report.
        Invalid: the parameters are none, or there are too many events.
        TooMany: jobs wait, or were started for this report of late.
        Unavailable: no job could be run now.
    """
    subject = _subject(report_id)
    if len(json.dumps(given)) > LARGEST:
        raise invalid_value(["body", "parameters"], f"more than {LARGEST} bytes")
    parameters = validated(Parameters, given, "body", "parameters")
    async with runtime.own(Starts).turn(subject.report_id):
        return await _start(runtime, who, subject, parameters, request_id, also)


async def _start(
    runtime: Runtime, who: str, subject: Subject, parameters: Parameters, request_id: str, also: Also | None
) -> tuple[DedupeJob, bool]:
    database = await open_database(runtime)
    for _ in range(TRIES):
        async with database.reading() as session:
            if (active := await ledger.active_of(session, subject.report_id)) is not None:
                return active, False
        job = await _prepared(runtime, database, who, subject, parameters, request_id)
        try:
            async with database.transaction() as session:
                item = await queue.put(session, KIND, {"job_id": job.job_id}, request_id=request_id)
                job.work_item_id = item.id
                session.add(job)
                await session.flush()
                if also is not None:
                    await also(session, job)
        except IntegrityError:
            continue  # somebody else was first: theirs is answered
        say("deduper.enqueue", job, "pending")
        return job, True
    raise Conflict("job_active", "Jobs for this report come and go too quickly, try again")


async def _prepared(runtime: Runtime, database: Database, who: str, subject: Subject, parameters: Parameters, request_id: str) -> DedupeJob:
    failing = checks.failing(await checks.looked_at(runtime))
    if failing:
        told = {name: {"ok": False, "required": True} for name in failing}
        raise Unavailable("deduper_misconfigured", f"The deduper cannot run: {', '.join(failing)}", configuration=told)
    if not await source.exists(runtime, subject):
        raise NotFound("report_not_found", "Report not found")
    if subject.scope == "set":
        parameters.runs = parameters.runs or await _known_list(database, subject)
    runs = await source.runs_of(runtime, subject, parameters.hours, parameters.runs)
    events = await source.count(runtime, runs, parameters.severity)
    if events > MOST_EVENTS:
        raise Invalid("too_many_events", f"{events} events; a job takes {MOST_EVENTS}", count=events)
    async with database.reading() as session:
        pending = (await ledger.counted(session)).get("pending", 0)
        started = await ledger.started_since(session, subject.report_id, moment() - STARTS_WITHIN)
    if pending >= runtime.settings.DEDUPER_MAX_PENDING:
        raise TooMany("too_many_pending", f"{pending} jobs are waiting", retry_after=PENDING_LOOKED_FOR)
    if started >= STARTS:
        raise TooMany("too_many_starts", "Too many jobs were started for this report", retry_after=int(STARTS_WITHIN.total_seconds()))
    return DedupeJob(
        job_id=new_ulid(),
        report_id=subject.report_id,
        status="pending",
        parameters=stored(parameters, subject.scope),
        timeout_seconds=parameters.timeout_seconds or runtime.settings.DEDUPER_TIMEOUT_SECONDS,
        created_at=moment(),
        created_by=who,
        request_id=request_id,
        attempt=0,
        logs=[],
    )


async def _known_list(database: Database, subject: Subject) -> list[UUID]:
    """The runs of a list, as its last job had them."""
    async with database.reading() as session:
        jobs = await ledger.listed(session, 1, report_id=subject.report_id)
    if not jobs:
        raise NotFound("report_not_found", "Report not found: the first job of a list names its runs")
    return [UUID(run) for run in jobs[0].parameters["runs"]]


def _subject(report_id: str) -> Subject:
    subject = subject_of(report_id)
    if subject is None:
        raise NotFound("report_not_found", "Report not found")
    return subject


async def get(runtime: Runtime, job_id: str) -> DedupeJob:
    """A job.

    Raises:
        NotFound
    """
    if is_job_id(job_id):
        database = await open_database(runtime)
        async with database.reading() as session:
            if (job := await ledger.find(session, job_id)) is not None:
                return job
    raise NotFound("job_not_found", "Job not found")


async def jobs(
    runtime: Runtime, limit: int, *, status: str | None = None, report_id: str | None = None, before: str | None = None
) -> list[DedupeJob]:
    """Jobs, newest first."""
    database = await open_database(runtime)
    async with database.reading() as session:
        return list(await ledger.listed(session, limit, status=status, report_id=report_id, before=before))


async def cancel(runtime: Runtime, job_id: str, who: str, admin: bool) -> tuple[DedupeJob, str]:
    """Ask for the end of a job.

    Returns:
        The job as it is now, and `cancelled` or `requested`.

    Raises:
        Denied: it is somebody else's.
        NotFound
        Conflict: it has finished.
    """
    known = await get(runtime, job_id)
    if not admin and known.created_by != who:
        raise Denied("forbidden", "Only who started a job, or an administrator, may cancel it")
    status = await _cancel(runtime, known)
    job = await get(runtime, job_id)
    if status in ("completed", "failed"):
        raise Conflict("job_finished", "Job already finished", status_=status)
    return job, "cancelled" if status == "cancelled" else "requested"


async def _cancel(runtime: Runtime, job: DedupeJob) -> str:
    database = await open_database(runtime)
    async with database.transaction() as session:
        status = await ledger.request_cancel(session, job.job_id)
        if (job.work_item_id and status in ledger.ACTIVE) or status == "cancelled":
            await queue.cancel(session, str(job.work_item_id))
    return status


async def until_ended(runtime: Runtime, job_id: str, seconds: float = WAITED_FOR) -> DedupeJob:
    """The job once it is final, or as it is after some seconds."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (job := await get(runtime, job_id)).status not in ledger.FINAL and loop.time() < until:  # noqa: ASYNC110 - another process may end it
        await asyncio.sleep(LOOKED_EVERY)
    return job


async def lines(runtime: Runtime, job_id: str, count: int) -> str:
    """The last lines that the program of a job printed."""
    job = await get(runtime, job_id)
    file = launch.work_folder(runtime.settings) / job.job_id / launch.LOG
    kept = await runtime.blocking(FILES, tail, file, count)
    return "".join(f"{line}\n" for line in kept or job.logs[-count:])


async def clear(runtime: Runtime, who: str, report_id: str | None, cancel_first: bool) -> dict[str, int]:
    """Remove results and finished jobs, of one report or of all.

    Raises:
        NotFound: the report has no such form.
        Conflict: a job is active.
    """
    only = _subject(report_id).report_id if report_id is not None else None
    active = await _active(runtime, only)
    if active and cancel_first:
        for job in active:
            await _cancel(runtime, job)
        await asyncio.gather(*(until_ended(runtime, job.job_id) for job in active))
        active = await _active(runtime, only)
    if active:
        raise Conflict("jobs_active", "Jobs are pending or running", jobs=[job.job_id for job in active])
    database = await open_database(runtime)
    async with database.transaction() as session:
        deleted = await ledger.clear(session, only)
    log.warning("deduper.clear user=%s report_id=%s jobs=%d clusters=%d", who, only or "*", deleted["jobs"], deleted["clusters"])
    return deleted


async def _active(runtime: Runtime, report_id: str | None) -> list[DedupeJob]:
    found: list[DedupeJob] = []
    for status in ledger.ACTIVE:
        found += await jobs(runtime, 1000, status=status, report_id=report_id)
    return found
