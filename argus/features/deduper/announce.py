"""What those are told who watch a job (docs/deduper.md#routes): its status, its progress, the lines that its program prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.session import after_commit, runtime_of
from argus.platform.message_hub import publish
from argus.runtime import Runtime

STATUS, PROGRESS, LOG = "job.status", "job.progress", "job.log"
MOST_LINES = 50  # of one message: a program may print faster than anybody reads
LONGEST_LINE = 500  # characters


def topic(job_id: str) -> str:
    """The topic of a job in the live channel."""
    return f"dedupe_job:{job_id}"


def status_changed(session: AsyncSession, job_id: str) -> None:
    """Tell of a job's new status, once this transaction is committed."""
    runtime = runtime_of(session)
    if runtime is not None:
        after_commit(session, lambda: publish(runtime, topic(job_id), STATUS, {}))


def progressed(runtime: Runtime, job_id: str, progress: Mapping[str, Any]) -> None:
    """Tell how far a job is."""
    publish(runtime, topic(job_id), PROGRESS, progress)


def printed(runtime: Runtime, job_id: str, lines: Sequence[str]) -> None:
    """Tell what a program printed; of more than `MOST_LINES` the last ones, and how many were left out."""
    if lines:
        kept = [line[:LONGEST_LINE] for line in lines[-MOST_LINES:]]
        publish(runtime, topic(job_id), LOG, {"lines": kept, "left_out": len(lines) - len(kept)})
