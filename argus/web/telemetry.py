"""Whether this process traces what it serves: as OpenTelemetry's own environment variables say, and not at all without them."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argus.web.tracing import Tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

log = logging.getLogger("argus.tracing")


@cache
def tracing() -> Tracing | None:
    """What traces in this process; None, with nothing imported, where nobody asked for traces."""
    if not wanted(os.environ):
        return None
    try:
        from argus.web.tracing import Tracing
    except ImportError as missing:
        log.error("no traces: %s; OpenTelemetry comes with the extra `otel` of this project", missing)
        return None
    return Tracing()


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names an exporter of traces, or a place to send them to."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    return exporter != "none" and bool(exporter or any(environ.get(name, "").strip() for name in ENDPOINTS))
