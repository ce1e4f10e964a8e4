"""Processor time that request ids, metrics and traces add to a request, in this process, without a server around it.

Run it with `PROMETHEUS_MULTIPROC_DIR` naming an empty folder to see what counting into files of several workers costs.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from starlette.types import ASGIApp, Message

from argus.web import telemetry
from argus.web import tracing as tracings
from argus.web.metrics import counted
from argus.web.requests import Requests, Served
from bench.scope import scope_of
from tests.serving import serving

HEADERS = [
    (b"host", b"argus.test"),
    (b"user-agent", b"python-requests/2.32"),
    (b"accept", b"application/json"),
    (b"connection", b"keep-alive"),
    (b"x-argus-client-version", b"1.2.3"),
    (b"x-argus-build-id", b"scylla-master/longevity#17"),
    (b"authorization", b"token token-alice"),
]
REQUESTS, ROUNDS = 300, 15


class Nowhere(SpanExporter):
    """Takes spans as fast as they come."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    pass


async def cost(app: ASGIApp, path: str) -> float:
    """Microseconds of processor time a request."""
    began = time.process_time()
    for _ in range(REQUESTS):
        await app(scope_of(path, HEADERS, **{"argus.served": Served("bench")}), receive, send)
    return (time.process_time() - began) / REQUESTS * 1e6


async def measure() -> None:
    os.environ["OTEL_TRACES_EXPORTER"] = "otlp"
    tracings.exporter_of = lambda environ: Nowhere()
    traces = telemetry.tracing()
    assert traces
    with tempfile.TemporaryDirectory() as folder:
        for lane in ("fastapi", "flask"):
            (Path(folder) / lane).mkdir()
            async with serving(Path(folder) / lane, lane) as server:  # type: ignore[arg-type]
                bare: Any = server.app._http
                for path in ("/healthz", "/api/v1/version", "/api/v1/releases"):
                    traced = counted(Requests(traces.around(bare)))
                    apps = {"bare": bare, "ids": Requests(bare), "ids and metrics": counted(Requests(bare)), "traces too": traced}
                    for app in apps.values():
                        await cost(app, path)
                    rounds = [{name: await cost(app, path) for name, app in apps.items()} for _ in range(ROUNDS)]
                    base, ids, whole, most = (min(each[name] for each in rounds) for name in apps)
                    added = f"request id {ids - base:+5.0f} µs, metrics {whole - ids:+5.0f} µs, traces {most - whole:+5.0f} µs"
                    print(f"{lane:8} {path:18} {base:7.0f} µs, {added}", flush=True)


if __name__ == "__main__":
    uvloop.run(measure())
