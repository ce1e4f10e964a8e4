"""What the queue does for the deduper."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.session import after_commit
from argus.features.deduper import job_manager, ledger, lifecycle, metrics
from argus.features.deduper.tables import DedupeJob
from argus.platform.kinds import handler
from argus.platform.tables import WorkItem
from argus.platform.work import Work

KIND = "deduper.run"
LONGEST = 4000.0  # seconds; a job's own limit, at most 3600 s, ends it before


async def job_ended(session: AsyncSession, item: WorkItem, outcome: Literal["failed", "cancelled"], error: dict[str, Any] | None) -> None:
    """The job of an item that failed or was cancelled ends with it."""
    job_id = str(item.payload["job_id"])
    if outcome == "cancelled":
        await ledger.cancelled(session, job_id)
    else:
        await ledger.fail(session, job_id, error)
    await ledger.drop_other_attempts(session, job_id, None)
    job = await ledger.find(session, job_id)
    if job is not None:
        after_commit(session, lambda: _told(job))


def _told(job: DedupeJob) -> None:
    code = (job.error or {}).get("code")
    metrics.ended(job.status, code)
    what = "deduper.cancel" if job.status == "cancelled" else "deduper.fail"
    lifecycle.say(what, job, job.status, more=f"error={code}" if code else "")


@handler(KIND, queue="deduper", max_attempts=2, soft_seconds=LONGEST, ended=job_ended)
async def run(work: Work) -> None:
    """Run a job."""
    await job_manager.run(work)
