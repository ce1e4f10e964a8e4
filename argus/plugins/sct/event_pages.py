"""Events of a run as its page reads them: newest first, a page at a time, and how many there were over time.

Contract: docs/triage.md#events-of-a-run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argus.domain.moments import MILLISECOND
from argus.kit.clock import EPOCH
from argus.kit.errors import DataValidationError
from argus.kit.json import timestamp
from argus.kit.parse import enum_of, iso_of, number_between, uuid_of
from argus.models.enums import SCTEventSeverity
from argus.models.sct_event import SCTEvent
from argus.runtime import Runtime
from argus.storage.statements import Select, lt, select

PAGE = 100  # events
MOST = 500
SCANNED = 2_000  # events of a severity in which one page looks for a text
LONGEST_TEXT = 200
BARS = 60
COUNTED = 50_000  # events of a severity that a histogram counts, the newest


async def page_of(
    runtime: Runtime,
    run_id: str,
    severities: Sequence[str],
    limit: str | None,
    before: str | None,
    text: str | None,
    event: str | None = None,
) -> dict[str, Any]:
    """The newest events of some severities.

    Args:
        severities: exact names; none: all of them.
        limit: 1 to 500; 100 when not given. Events of the last one's millisecond come along, so that none is lost between two pages.
        before: `next` of the page before.
        text: what must stand in type, message, node or nemesis, whatever its case.
        event: the id of the event with which the page begins, when no `before` is given.

    Returns:
        `{"events", "next"}`; `next` is None on the last page. With a text a page may hold fewer events than asked for, even none, and
        still have a next one.

    Raises:
        ValueError: a malformed id or time, or no such severity.
        DataValidationError: `limit` or `text` is beyond its bounds, or the run has no such event.
    """
    run, size, wanted = uuid_of(run_id), number_between(1, MOST, limit, PAGE, "limit"), _wanted(text)
    kinds = [enum_of(SCTEventSeverity, name) for name in dict.fromkeys(severities)] or list(SCTEventSeverity)
    bound = iso_of(before) if before else await _just_after(runtime, run, event) if event else None
    scanned = SCANNED if wanted else size + 1
    parts = await asyncio.gather(*(runtime.store.all(_newest(run, kind, bound).limit(scanned)) for kind in kinds))
    # beyond the oldest event of a list that was cut nothing is known of its severity
    horizon = max((part[-1].ts for part in parts if len(part) == scanned), default=None)
    merged = sorted((event for part in parts for event in part), key=lambda event: event.ts, reverse=True)
    known = [event for event in merged if horizon is None or event.ts >= horizon]
    found = [event for event in known if _holds(event, wanted)]
    if len(found) > size:
        edge = found[size - 1].ts
        return {"events": [event for event in found if event.ts >= edge], "next": timestamp(edge)}
    return {"events": found, "next": timestamp(horizon) if horizon else None}


async def _just_after(runtime: Runtime, run_id: UUID, event: str) -> datetime:
    """The moment before which an event is the newest."""
    found = await runtime.store.first(select(SCTEvent, "run_id", "severity", "ts").where(event_id=uuid_of(event)))
    if found is None or found.run_id != run_id:
        raise DataValidationError("this run has no such event", event[:40])
    return found.ts + MILLISECOND


def _newest(run_id: UUID, severity: SCTEventSeverity, before: datetime | None) -> Select[SCTEvent]:
    newest = select(SCTEvent).where(run_id=run_id, severity=severity.value).ordered("desc")
    return newest.where(lt("ts", before)) if before else newest


def _holds(event: SCTEvent, text: str) -> bool:
    told = (event.event_type, event.message, event.node, event.nemesis_name)
    return not text or any(text in part.lower() for part in told if part)


def _wanted(text: str | None) -> str:
    if text and len(text) > LONGEST_TEXT:
        raise DataValidationError(f"a text has at most {LONGEST_TEXT} characters")
    return (text or "").lower()


async def histogram(runtime: Runtime, run_id: str) -> dict[str, Any]:
    """How many events of each severity there were over the time that they span.

    Returns:
        `{"start", "seconds", "counts": {severity: [60 numbers]}, "totals": {severity: number}, "more"}`: a bar is `seconds` long; `start`
        is None of a run without events; `more`: of some severity only the newest 50,000 are counted.

    Raises:
        ValueError: a malformed id.
    """
    run = uuid_of(run_id)
    moments = await asyncio.gather(*(_moments(runtime, run, severity) for severity in SCTEventSeverity))
    every = [moment for part in moments for moment in (part[:1] + part[-1:])]
    if not every:
        return {"start": None, "seconds": 0, "counts": {}, "totals": {}, "more": False}
    start, end = min(every), max(every)
    width = max((end - start) / BARS, timedelta(milliseconds=1))
    counts = {severity.value: _bars(part, start, width) for severity, part in zip(SCTEventSeverity, moments, strict=True) if part}
    return {
        "start": timestamp(start),
        "seconds": width.total_seconds(),
        "counts": counts,
        "totals": {severity: sum(bars) for severity, bars in counts.items()},
        "more": any(len(part) == COUNTED for part in moments),
    }


async def _moments(runtime: Runtime, run_id: UUID, severity: SCTEventSeverity) -> list[datetime]:
    """When the newest events of a severity were, newest first; page by page, so that others have their turn."""
    narrow = select(SCTEvent, "run_id", "severity", "ts").where(run_id=run_id, severity=severity.value).ordered("desc").limit(COUNTED)
    return [event.ts async for event in runtime.store.rows(narrow) if event.ts > EPOCH]


def _bars(moments: Sequence[datetime], start: datetime, width: timedelta) -> list[int]:
    bars = [0] * BARS
    for moment in moments:
        bars[min(int((moment - start) / width), BARS - 1)] += 1
    return bars
