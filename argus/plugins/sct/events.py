"""Events that a cluster test streams while it runs (docs/contract/events.md#submitting-events; docs/contract/events.md#reading-events)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from argus.domain.moments import MILLISECOND
from argus.kit.clock import milliseconds
from argus.kit.lenient import number_from, text_from
from argus.kit.parse import enum_of, epoch_of, int_of, iso_of, record, rows_of, uuid_of
from argus.models.enums import SCTEventSeverity
from argus.models.sct_event import CriticalEventEmbeddings, ErrorEventEmbeddings, SCTEvent, SCTUnprocessedEvent
from argus.plugins.sct.core_dumps import core_dump_log
from argus.plugins.sct.packages import add_logs
from argus.plugins.sct.runs import run_of
from argus.runtime import Runtime
from argus.storage.binding import row_limit
from argus.storage.documents import builder
from argus.storage.errors import StorageError
from argus.storage.statements import Aggregate, Select, ge, le, select

log = logging.getLogger("argus.sct.events")

EMBEDDED = (SCTEventSeverity.ERROR, SCTEventSeverity.CRITICAL)  # what similarity search looks at
DEFAULT_LIMIT = 100  # events of one severity in a list
_event: Callable[[dict[str, Any]], SCTEvent] = builder(SCTEvent)  # much faster than pydantic; values are checked where they are bound


@dataclass
class EventSubmitRequest:
    """An event as sent. `run_id` must be there and is not used: the address says which run."""

    run_id: str
    severity: str
    ts: float
    message: str
    event_type: str
    received_timestamp: str | None = None
    nemesis_name: str | None = None
    duration: float | None = None
    node: str | None = None
    target_node: str | None = None
    known_issue: str | None = None
    nemesis_status: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which events of a severity are read: the oldest `limit` between two moments, both included."""

    limit: int = DEFAULT_LIMIT
    before: datetime | None = None
    after: datetime | None = None


def window_of(limit: str | None, before: str | None, after: str | None) -> Window:
    """A window out of a query; an empty bound is none.

    Raises:
        ValueError: something is no whole number.
        InvalidRequest: the limit is below 1, or no 32-bit integer.
    """
    rows = DEFAULT_LIMIT if limit is None else rows_of(limit)
    bounds = [epoch_of(int_of(value)) if value else None for value in (before, after)]
    return Window(row_limit(rows), *bounds)


async def submit_events(runtime: Runtime, run_id: str, data: Any) -> None:
    """Store one event or several, in order; the first bad one ends it, and those before it stay.

    An event replaces one of its severity and millisecond that an earlier call brought, so that a call may be repeated. Within one call
    both are kept, the later one a millisecond on.

    Args:
        data: an event (fields of `EventSubmitRequest`), or a list of them.

    Raises:
        TypeError: a field is missing, unknown or of a wrong type.
        ValueError: a malformed id, severity or time.
    """
    run, taken = uuid_of(run_id), set[tuple[str, datetime]]()
    for item in data if isinstance(data, list) else [data]:
        event = event_of(run, record(EventSubmitRequest, item))
        while (event.severity, event.ts) in taken:
            event = event.changed(ts=event.ts + MILLISECOND)
        taken.add((event.severity, event.ts))
        await _store(runtime, event)


def event_of(run_id: UUID, sent: EventSubmitRequest) -> SCTEvent:
    """The row of an event.

    Raises:
        ValueError: a malformed severity or time.
        AttributeError: the severity is no text.
    """
    return _event(
        {
            "run_id": run_id,
            "severity": enum_of(SCTEventSeverity, sent.severity.upper()).value,
            "ts": milliseconds(epoch_of(sent.ts)),
            "event_type": text_from(sent.event_type),
            "message": text_from(sent.message),
            "received_timestamp": iso_of(sent.received_timestamp) if sent.received_timestamp else None,
            "nemesis_name": text_from(sent.nemesis_name),
            "duration": number_from(sent.duration, "duration"),
            "node": text_from(sent.node),
            "target_node": text_from(sent.target_node),
            "known_issue": text_from(sent.known_issue),
            "nemesis_status": text_from(sent.nemesis_status),
        }
    )


async def _store(runtime: Runtime, event: SCTEvent) -> None:
    await runtime.store.save(event)
    if event.severity in EMBEDDED:
        try:
            await runtime.store.save(SCTUnprocessedEvent(run_id=event.run_id, severity=event.severity, ts=event.ts))
        except StorageError:
            log.exception("cannot queue event %s of run %s", event.event_id, event.run_id)
    link = core_dump_log(event.event_type, event.message, event.ts)
    if link is not None:
        try:
            await add_logs(runtime, await run_of(runtime, str(event.run_id), "logs"), [link])
        except Exception:  # whatever fails: the event itself is stored (docs/contract/plugins.md#core-dumps)
            log.exception("cannot add the core dump of event %s to run %s", event.event_id, event.run_id)


async def events_of(runtime: Runtime, run_id: str, severities: Sequence[str], window: Window) -> list[SCTEvent]:
    """Events of a run, oldest first, the window applied to each severity.

    Args:
        severities: exact names; none: all of them.

    Raises:
        ValueError: a malformed id, or no such severity.
    """
    run = uuid_of(run_id)
    wanted = [enum_of(SCTEventSeverity, name) for name in dict.fromkeys(severities)] or list(SCTEventSeverity)
    found = await asyncio.gather(*(runtime.store.all(_within(run, severity, window)) for severity in wanted))
    return sorted((event for part in found for event in part), key=lambda event: event.ts)


def _within(run_id: UUID, severity: SCTEventSeverity, window: Window) -> Select[SCTEvent]:
    statement = select(SCTEvent).where(run_id=run_id, severity=severity.value)
    if window.after is not None:
        statement = statement.where(ge("ts", window.after))
    if window.before is not None:
        statement = statement.where(le("ts", window.before))
    return statement.limit(window.limit)


async def count_events(runtime: Runtime, run_id: str, severity: str) -> int:
    """How many events of a severity a run has.

    Raises:
        ValueError: a malformed id, or no such severity.
    """
    kind, run = enum_of(SCTEventSeverity, severity), uuid_of(run_id)
    counted = await runtime.store.aggregate(select(SCTEvent).where(run_id=run, severity=kind.value).aggregate(Aggregate("count")))
    return int(counted["count"])


async def legacy_similars(runtime: Runtime, run_id: str) -> list[dict[str, Any]]:
    """Similarity as an earlier generation computed it, ERROR first, each severity by index."""
    run = uuid_of(run_id)
    errors, criticals = await asyncio.gather(
        runtime.store.all(select(ErrorEventEmbeddings, *_LEGACY).where(run_id=run)),
        runtime.store.all(select(CriticalEventEmbeddings, *_LEGACY).where(run_id=run)),
    )
    rows = [(SCTEventSeverity.ERROR, row) for row in errors] + [(SCTEventSeverity.CRITICAL, row) for row in criticals]
    return [
        {
            "event_index": row.event_index,
            "severity": severity.value,
            "similars_set": [str(similar) for similar in row.similars_map],
            "duplicates_list": row.duplicates_list,
        }
        for severity, row in rows
    ]


_LEGACY = ("run_id", "event_index", "similars_map", "duplicates_list")
