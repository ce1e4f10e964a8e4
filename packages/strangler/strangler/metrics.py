"""Figures of both lanes for Prometheus (`strangler-fig[metrics]`): `Gateway(…, watchers=[Metrics()])`.

The labels are the registry's and the applications': what a caller makes up, a method or a path, is none of them, so that nobody but the
applications can make more series.
"""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from strangler.registry import Lane
from strangler.target import Target

LABELS = ("lane", "blueprint", "method", "route")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds


class Metrics:
    """Counts what every lane answers. One for a process; several gateways may share it."""

    def __init__(self, registry: CollectorRegistry = REGISTRY, namespace: str = "strangler") -> None:
        self._seconds = Histogram(
            "answer_seconds", "Until an answer began, without the time of the upload", LABELS, namespace, registry=registry, buckets=BUCKETS
        )
        self._failures = Counter("failures", "Requests that a lane has failed", LABELS, namespace, registry=registry)

    def __call__(self, target: Target | None, lane: Lane, seconds: float | None, failed: bool) -> None:
        """A watcher of the gateway: count an answer, or that one that was counted has failed after all."""
        labels = (lane, target.blueprint or "", target.method, target.template) if target is not None else (lane, "", "", "")
        if seconds is not None:
            self._seconds.labels(*labels).observe(seconds)
        if failed:
            self._failures.labels(*labels).inc()
