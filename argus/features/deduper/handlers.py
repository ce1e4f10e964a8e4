"""What the queue does for the deduper."""

from __future__ import annotations

import logging
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from argus.features.deduper import job_manager, ledger, metrics
from argus.platform.kinds import handler
from argus.platform.tables import WorkItem
from argus.platform.work import Work

log = logging.getLogger("argus.deduper")

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
    if job is None:
        return
    metrics.JOBS.labels("timeout" if (job.error or {}).get("code") == "timeout" else job.status).inc()
    what = "deduper.cancel" if job.status == "cancelled" else "deduper.fail"
    log.info(
        "%s job_id=%s report_id=%s attempt=%d pid=%s status=%s request_id=%s error=%s",
        what, job_id, job.report_id, job.attempt, job.pid, job.status, job.request_id, (job.error or {}).get("code"),
    )  # fmt: skip


@handler(KIND, queue="deduper", max_attempts=2, soft_seconds=LONGEST, ended=job_ended)
async def run(work: Work) -> None:
    """Run a job."""
    await job_manager.run(work)
