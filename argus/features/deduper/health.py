"""Whether a job could be run now, how many do, and how the last ones went (docs/deduper.md#watch-it)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from argus.db.base import moment
from argus.db.database import open_database
from argus.features.deduper import checks, ledger, metrics
from argus.features.deduper.tables import DedupeJob
from argus.features.deduper.views import stamp
from argus.runtime import Runtime

LAST = 20  # jobs by which it is judged how it goes


async def health_of(runtime: Runtime, known: bool) -> tuple[int, dict[str, Any]]:
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
        counts[metrics.outcome_of(status, code)] += 1
    return counts


async def _counts(runtime: Runtime) -> tuple[dict[str, int], list[tuple[str, str | None]], list[DedupeJob]]:
    database = await open_database(runtime)
    async with database.reading() as session:
        counts = await ledger.counted(session)
        return counts, await ledger.ended_since(session, moment() - timedelta(hours=1)), list(await ledger.last_ended(session, LAST))
