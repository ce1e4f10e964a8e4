"""What administrators see of the security log; `argus.auth.security_log` keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from argus.auth.security_log import latest
from argus.kit.errors import DataValidationError
from argus.kit.parse import number_between
from argus.lanes.page import Page
from argus.models.security import SecurityEvent
from argus.runtime import Runtime

PAGE = 100  # entries
MOST = 500
COLUMNS = ("at", "what", "account", "account_id", "actor", "impersonator", "address", "request_id", "details")


async def events(runtime: Runtime, limit: str | None = None, before: str | None = None) -> list[dict[str, Any]]:
    """Entries, the newest first.

    Args:
        limit: how many, 1 to 500; 100 when not given.
        before: a time in ISO 8601; only what came earlier.

    Raises:
        DataValidationError: `limit` or `before` is none of these.
    """
    found = await latest(runtime, number_between(1, MOST, limit, PAGE, "limit"), _time(before))
    return [{column: getattr(event, column) for column in COLUMNS} for event in found]


async def page(runtime: Runtime, before: str | None = None) -> Page:
    """One page of entries, and the way to older ones."""
    shown: list[SecurityEvent] = await latest(runtime, PAGE, _time(before))
    older = shown[-1].at.isoformat(timespec="milliseconds") if len(shown) == PAGE else None
    return Page("security.html.j2", "Security log", context={"events": shown, "older": older})


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError as malformed:
        raise DataValidationError("before must be a time in ISO 8601", text[:40]) from malformed
    return moment.replace(tzinfo=None)
