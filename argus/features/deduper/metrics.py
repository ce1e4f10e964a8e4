"""What Prometheus is told of the deduper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

ACTIVE = Gauge("argus_deduper_active_jobs", "Programs that run", multiprocess_mode="livesum")
JOBS = Counter("argus_deduper_jobs_total", "Jobs by how they ended", ["outcome"])
SECONDS = Histogram("argus_deduper_duration_seconds", "How long jobs ran", buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600))
TIMEOUTS = Counter("argus_deduper_timeouts_total", "Jobs that took too long or stalled")
EVENTS = Counter("argus_deduper_events_total", "Events that were clustered")
CLUSTERS = Counter("argus_deduper_clusters_total", "Clusters that were found")


@contextmanager
def running() -> Iterator[None]:
    """Count a program while it runs."""
    ACTIVE.inc()
    try:
        yield
    finally:
        ACTIVE.dec()


def ended(status: str, code: str | None) -> None:
    """Count a job that has failed or was cancelled."""
    JOBS.labels(outcome_of(status, code)).inc()


def outcome_of(status: str, code: str | None) -> str:
    """How a job ended, in one word: `completed`, `failed`, `cancelled`, and `timeout` for a failure that took too long or stalled."""
    return "timeout" if code in ("timeout", "stalled") else status


def completed(result: dict[str, Any] | None, seconds: float) -> None:
    """Count what a completed job did."""
    JOBS.labels("completed").inc()
    SECONDS.observe(seconds)
    for counter, key in ((EVENTS, "events"), (CLUSTERS, "clusters")):
        if result and isinstance(result.get(key), int):
            counter.inc(result[key])
