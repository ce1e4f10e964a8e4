"""The rows of jobs. Every change is one statement, conditional on what the row is, so that a final state never changes
(docs/deduper.md#the-life-of-a-job)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.features.deduper.announce import status_changed
from argus.features.deduper.tables import DedupeCluster, DedupeJob, DedupeMember, DedupeReport

ACTIVE = ("pending", "running")
FINAL = ("completed", "failed", "cancelled")


async def _changed(session: AsyncSession, job_id: str, *conditions: ColumnElement[bool], **values: Any) -> bool:
    statement = update(DedupeJob).where(DedupeJob.job_id == job_id, *conditions).values(**values)
    result: CursorResult[Any] = await session.execute(statement.execution_options(synchronize_session=False))  # type: ignore[assignment]
    if result.rowcount == 1 and "status" in values:
        status_changed(session, job_id)
    return result.rowcount == 1


async def begin(session: AsyncSession, job_id: str, attempt: int, host: str) -> bool:
    """An attempt begins; False when the job is final, or somebody asked for its end."""
    return await _changed(
        session,
        job_id,
        DedupeJob.status.in_(ACTIVE),
        DedupeJob.cancel_requested_at.is_(None),
        status="running",
        attempt=attempt,
        host=host,
        pid=None,
        pid_started=None,
        cause=None,
        progress=None,
        started_at=func.coalesce(DedupeJob.started_at, moment()),
    )


async def note(session: AsyncSession, job_id: str, attempt: int, **values: Any) -> bool:
    """Keep what is known of a running attempt (process, progress, logs); False when it is no longer the one that runs."""
    return await _changed(session, job_id, DedupeJob.status == "running", DedupeJob.attempt == attempt, **values)


async def request_cancel(session: AsyncSession, job_id: str) -> str:
    """Ask for the end.

    Returns:
        The status that the job has from now on: `cancelled` at once where nothing has begun, `running` where its program is now told,
        or the final one that it had.
    """
    now = moment()
    waiting = {"status": "cancelled", "cause": "cancel", "cancel_requested_at": now, "completed_at": now}
    if await _changed(session, job_id, DedupeJob.status == "pending", **waiting):
        return "cancelled"
    await _changed(session, job_id, DedupeJob.status == "running", DedupeJob.cancel_requested_at.is_(None), cancel_requested_at=now)
    return str(await session.scalar(select(DedupeJob.status).where(DedupeJob.job_id == job_id)))


async def publish(
    session: AsyncSession, job: DedupeJob, attempt: int, result: dict[str, Any] | None, until: int | None, **known: Any
) -> bool:
    """The job is completed, and readers see its clusters from now on; False when somebody asked for its end before.

    Args:
        until: time of the latest event that was seen; None: the program has published by itself, and no head changes.
        known: further columns (exit code, logs).
    """
    now = moment()
    conditions = (
        DedupeJob.status == "running",
        DedupeJob.attempt == attempt,
        DedupeJob.cancel_requested_at.is_(None),
        DedupeJob.cause.is_(None),
    )
    if not await _changed(session, job.job_id, *conditions, status="completed", completed_at=now, result=result, **known):
        return False
    if until is not None:
        await session.merge(
            DedupeReport(report_id=job.report_id, job_id=job.job_id, attempt=attempt, computed_at=job.started_at or now, events_until=until)
        )
    return True


async def fail(session: AsyncSession, job_id: str, error: dict[str, Any] | None, **known: Any) -> None:
    """The job has failed, or is cancelled where somebody asked for its end before."""
    now = moment()
    asked = DedupeJob.cancel_requested_at.is_not(None)
    if not await _changed(session, job_id, DedupeJob.status.in_(ACTIVE), asked, status="cancelled", completed_at=now, **known):
        await _changed(session, job_id, DedupeJob.status.in_(ACTIVE), status="failed", completed_at=now, error=error, **known)


async def cancelled(session: AsyncSession, job_id: str) -> None:
    """The job is cancelled; nothing changes where it is final."""
    now = moment()
    values = {"status": "cancelled", "completed_at": now, "cancel_requested_at": func.coalesce(DedupeJob.cancel_requested_at, now)}
    await _changed(session, job_id, DedupeJob.status.in_(ACTIVE), **values)


async def find(session: AsyncSession, job_id: str) -> DedupeJob | None:
    """A job by its id, as it is now."""
    return await session.get(DedupeJob, job_id, populate_existing=True)


async def active_of(session: AsyncSession, report_id: str) -> DedupeJob | None:
    """The job of a report that is pending or running."""
    return await session.scalar(select(DedupeJob).where(DedupeJob.report_id == report_id, DedupeJob.status.in_(ACTIVE)))


async def listed(
    session: AsyncSession, limit: int, *, status: str | None = None, report_id: str | None = None, before: str | None = None
) -> Sequence[DedupeJob]:
    """Jobs, newest first.

    Args:
        before: the id of the last one of the page before.
    """
    statement = select(DedupeJob)
    if status is not None:
        statement = statement.where(DedupeJob.status == status)
    if report_id is not None:
        statement = statement.where(DedupeJob.report_id == report_id)
    if before is not None:
        statement = statement.where(DedupeJob.job_id < before)
    return (await session.scalars(statement.order_by(DedupeJob.job_id.desc()).limit(limit))).all()


async def counted(session: AsyncSession) -> dict[str, int]:
    """How many jobs are pending and running."""
    rows = await session.execute(
        select(DedupeJob.status, func.count().label("jobs")).where(DedupeJob.status.in_(ACTIVE)).group_by(DedupeJob.status)
    )
    return {row.status: row.jobs for row in rows}


async def ended_since(session: AsyncSession, since: datetime) -> list[tuple[str, str | None]]:
    """Status and code of the error of every job that ended since."""
    rows = await session.execute(
        select(DedupeJob.status, DedupeJob.error).where(DedupeJob.created_at >= since - timedelta(days=1), DedupeJob.completed_at >= since)
    )
    return [(row.status, (row.error or {}).get("code")) for row in rows]


async def started_since(session: AsyncSession, report_id: str, since: datetime) -> int:
    """How many jobs of a report were started since, by whichever process."""
    statement = select(func.count()).where(DedupeJob.report_id == report_id, DedupeJob.created_at >= since)
    return await session.scalar(statement) or 0


async def last_ended(session: AsyncSession, limit: int) -> Sequence[DedupeJob]:
    """The jobs that were started last and have ended."""
    statement = select(DedupeJob).where(DedupeJob.status.in_(FINAL)).order_by(DedupeJob.job_id.desc()).limit(limit)
    return (await session.scalars(statement)).all()


async def clear(session: AsyncSession, report_id: str | None) -> dict[str, int]:
    """Remove results and ended jobs, of one report or of all. Jobs that are active stay."""
    ended = select(DedupeJob.job_id).where(DedupeJob.status.in_(FINAL))
    heads = delete(DedupeReport)
    if report_id is not None:
        ended = ended.where(DedupeJob.report_id == report_id)
        heads = heads.where(DedupeReport.report_id == report_id)
    await session.execute(heads)
    clusters = await _removed(session, delete(DedupeCluster).where(DedupeCluster.job_id.in_(ended)))
    await _removed(session, delete(DedupeMember).where(DedupeMember.job_id.in_(ended)))
    jobs = delete(DedupeJob).where(DedupeJob.status.in_(FINAL))
    return {
        "jobs": await _removed(session, jobs if report_id is None else jobs.where(DedupeJob.report_id == report_id)),
        "clusters": clusters,
    }


async def forget(session: AsyncSession, before: datetime, limit: int = 20) -> int:
    """Remove computations that ended before a time and that no report shows; some at a time.

    Returns:
        How many there were.
    """
    shown = select(DedupeReport.job_id)
    old = select(DedupeJob.job_id).where(DedupeJob.status.in_(FINAL), DedupeJob.created_at < before, DedupeJob.job_id.not_in(shown))
    gone = list(await session.scalars(old.limit(limit)))
    for table in (DedupeMember, DedupeCluster, DedupeJob):
        await session.execute(delete(table).where(table.job_id.in_(gone)))
    return len(gone)


async def drop_other_attempts(session: AsyncSession, job_id: str, attempt: int | None) -> None:
    """Remove what attempts other than the given one wrote; with None what all of them wrote."""
    for table in (DedupeMember, DedupeCluster):
        statement = delete(table).where(table.job_id == job_id)
        await session.execute(statement if attempt is None else statement.where(table.attempt != attempt))


async def _removed(session: AsyncSession, statement: Any) -> int:
    result: CursorResult[Any] = await session.execute(statement)  # type: ignore[assignment]
    return result.rowcount
