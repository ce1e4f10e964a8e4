"""For how long another system wants to be left alone."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


def wanted_wait(answer: httpx.Response) -> float | None:
    """Seconds for which the remote wants to be left alone: `Retry-After`, or GitHub's limit that is used up."""
    if answer.status_code not in (403, 429, 503):
        return None
    if wanted := answer.headers.get("retry-after", ""):
        return _seconds(wanted)
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        return max(0.0, float(reset) - time.time()) if reset.isdigit() else None
    return None


def _seconds(retry_after: str) -> float | None:
    """`Retry-After`: seconds, or a date. None for what is neither."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
