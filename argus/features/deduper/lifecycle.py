"""The lines that the log has of a job, each with the same facts: `deduper.enqueue`, `.start`, `.retry`, `.timeout`, `.complete`,
`.fail`, `.cancel` (docs/deduper.md#watch-it)."""

from __future__ import annotations

import logging

from argus.db.base import moment
from argus.features.deduper.tables import DedupeJob

log = logging.getLogger("argus.deduper")


def say(what: str, job: DedupeJob, status: str, *, attempt: int | None = None, pid: int | None = None, more: str = "") -> None:
    """Write a line.

    Args:
        attempt, pid: of the program, where the row that was read does not know them yet.
        more: what else is to be said.
    """
    spent = (job.completed_at or moment()) - (job.started_at or job.created_at)
    log.info(
        "%s job_id=%s report_id=%s attempt=%d pid=%s status=%s duration_ms=%d request_id=%s%s",
        what, job.job_id, job.report_id, job.attempt if attempt is None else attempt, pid or job.pid, status,
        round(spent.total_seconds() * 1000), job.request_id, more and f" {more}",
    )  # fmt: skip
