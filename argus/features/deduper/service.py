"""Starting, finding and cancelling jobs; what both shells and the automatic trigger call (docs/deduper.md)."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import limits
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.exc import IntegrityError

from argus.db.base import moment
from argus.db.database import Database, open_database
from argus.features.deduper import checks, launch, ledger, source
from argus.features.deduper.handlers import KIND
from argus.features.deduper.joblog import tail
from argus.features.deduper.parameters import LARGEST, MOST_EVENTS, Parameters, stored
from argus.features.deduper.problems import Problem, invalid
from argus.features.deduper.subjects import Subject, is_job_id, subject_of
from argus.features.deduper.tables import DedupeJob
from argus.features.deduper.views import stamp
from argus.kit.pools import FILES
from argus.kit.ulids import new_ulid
from argus.platform import queue
from argus.runtime import Runtime

log = logging.getLogger("argus.deduper")

STARTS = limits.parse("5 per 1 minute")  # of one report
WAITED_FOR = 15.0  # seconds that `wait` and `cancel` hold an answer
LOOKED_EVERY = 0.2  # seconds, meanwhile
TRIES = 3  # of a start beside others of the same report


class Starts:
    """Starts of jobs in this process: of one report one at a time, and not too often."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def turn(self, report_id: str) -> asyncio.Lock:
        """Held while a job is started: who comes meanwhile finds it, instead of doing the same work."""
        return self._turns.setdefault(report_id, asyncio.Lock())

    def take(self, report_id: str) -> None:
        """Count a start.

        Raises:
            Problem: 429, there were too many.
        """
        if not self._limiter.hit(STARTS, report_id):
            raise Problem(429, "too_many_starts", "Too many jobs were started for this report", {"Retry-After": "60"})


async def start(runtime: Runtime, who: str, report_id: str, given: dict[str, Any], request_id: str) -> tuple[DedupeJob, bool]:
    """Queue a job for a report, unless one is active.

    Args:
        who: by whom.
        given: parameters as sent.

    Returns:
        The job, and whether it is new.

    Raises:
        Problem: 404, 422, 429, 503.
        pydantic.ValidationError: of the parameters.
    """
    subject = _subject(report_id)
    if len(json.dumps(given)) > LARGEST:
        raise invalid((["body", "parameters"], f"more than {LARGEST} bytes"))
    parameters = Parameters.model_validate(given)
    async with runtime.own(Starts).turn(subject.report_id):
        return await _start(runtime, who, subject, parameters, request_id)


async def _start(runtime: Runtime, who: str, subject: Subject, parameters: Parameters, request_id: str) -> tuple[DedupeJob, bool]:
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
        except IntegrityError:
            continue  # somebody else was first: theirs is answered
        log.info("deduper.enqueue job_id=%s report_id=%s attempt=0 status=pending request_id=%s", job.job_id, job.report_id, request_id)
        return job, True
    raise Problem(409, "job_active", "Jobs for this report come and go too quickly, try again")


async def _prepared(runtime: Runtime, database: Database, who: str, subject: Subject, parameters: Parameters, request_id: str) -> DedupeJob:
    failing = checks.failing(await checks.looked_at(runtime))
    if failing:
        told = {name: {"ok": False, "required": True} for name in failing}
        raise Problem(503, "deduper_misconfigured", f"The deduper cannot run: {', '.join(failing)}", configuration=told)
    if not await source.exists(runtime, subject):
        raise Problem(404, "report_not_found", "Report not found")
    if subject.scope == "set":
        parameters.runs = parameters.runs or await _known_list(database, subject)
    runs = await source.runs_of(runtime, subject, parameters.hours, parameters.runs)
    events = await source.count(runtime, runs, parameters.severity)
    if events > MOST_EVENTS:
        raise Problem(422, "too_many_events", f"{events} events; a job takes {MOST_EVENTS}", count=events)
    async with database.reading() as session:
        pending = (await ledger.counted(session)).get("pending", 0)
    if pending >= runtime.settings.DEDUPER_MAX_PENDING:
        raise Problem(429, "too_many_pending", f"{pending} jobs are waiting", {"Retry-After": "30"})
    runtime.own(Starts).take(subject.report_id)
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
        raise Problem(404, "report_not_found", "Report not found: the first job of a list names its runs")
    return [UUID(run) for run in jobs[0].parameters["runs"]]


def _subject(report_id: str) -> Subject:
    subject = subject_of(report_id)
    if subject is None:
        raise Problem(404, "report_not_found", "Report not found")
    return subject


async def get(runtime: Runtime, job_id: str) -> DedupeJob:
    """A job.

    Raises:
        Problem: 404.
    """
    if is_job_id(job_id):
        database = await open_database(runtime)
        async with database.reading() as session:
            if (job := await ledger.find(session, job_id)) is not None:
                return job
    raise Problem(404, "job_not_found", "Job not found")


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
        Problem: 403, of somebody else; 404; 409, it has finished.
    """
    known = await get(runtime, job_id)
    if not admin and known.created_by != who:
        raise Problem(403, "forbidden", "Only who started a job, or an administrator, may cancel it")
    status = await _cancel(runtime, known)
    job = await get(runtime, job_id)
    if status in ("completed", "failed"):
        raise Problem(409, "job_finished", "Job already finished", status=status)
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
        Problem: 404, the report has no such form; 409, a job is active.
    """
    only = _subject(report_id).report_id if report_id is not None else None
    active = await _active(runtime, only)
    if active and cancel_first:
        for job in active:
            await _cancel(runtime, job)
        await asyncio.gather(*(until_ended(runtime, job.job_id) for job in active))
        active = await _active(runtime, only)
    if active:
        raise Problem(409, "jobs_active", "Jobs are pending or running", jobs=[job.job_id for job in active])
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


async def health(runtime: Runtime, known: bool) -> tuple[int, dict[str, Any]]:
    """Status and body of the health check.

    Args:
        known: whether the caller is logged in, and may see details.
    """
    found = await checks.looked_at(runtime)
    told: dict[str, Any] = {name: {"ok": check.ok, "required": check.required} for name, check in found.items()}
    if known:
        for name, check in found.items():
            told[name] |= {"detail": check.detail} if check.detail else {}
    counts, hour, last = await _counts(runtime) if found["storage"].ok else ({}, [], [])
    bad = [job for job in last if job.status == "failed"]
    status = "unhealthy" if checks.failing(found) else "degraded" if not all(check.ok for check in found.values()) else "healthy"
    full = any((job.error or {}).get("code") == "disk_full" for job in last[:1])
    if status == "healthy" and (full or (len(last) > 1 and len(bad) * 2 > len(last))):
        status = "degraded"
    running = counts.get("running", 0)
    body = {
        "status": status,
        "timestamp": stamp(moment()),
        "activeJobs": running,
        "active_jobs": running,
        "pendingJobs": counts.get("pending", 0),
        "maxConcurrentJobs": runtime.settings.DEDUPER_MAX_CONCURRENT,
        "jobsLastHour": _by_outcome(hour),
        "configuration": told,
        "lastError": bad[0].error if bad and known else None,
    }
    return 503 if status == "unhealthy" else 200, body


def _by_outcome(ended: list[tuple[str, str | None]]) -> dict[str, int]:
    counts = {"completed": 0, "failed": 0, "cancelled": 0, "timeout": 0}
    for status, code in ended:
        counts["timeout" if code in ("timeout", "stalled") else status] += 1
    return counts


async def _counts(runtime: Runtime) -> tuple[dict[str, int], list[tuple[str, str | None]], list[DedupeJob]]:
    database = await open_database(runtime)
    async with database.reading() as session:
        counts = await ledger.counted(session)
        return counts, await ledger.ended_since(session, moment() - timedelta(hours=1)), list(await ledger.last_ended(session, 20))
