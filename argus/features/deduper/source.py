"""Where events come from: which runs a subject has, and their events, read page by page (docs/deduper.md#subjects)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from argus.domain.runs import locate
from argus.features.deduper.corpus import Event
from argus.features.deduper.subjects import Subject
from argus.kit.clock import EPOCH, now, now_s
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.run import RunBase
from argus.models.sct_event import SCTEvent
from argus.run_types import Plugin
from argus.runtime import Runtime
from argus.storage.statements import Aggregate, Select, gt, select
from argus.storage.store import PAGE

LOOKED_AT_ONCE = 8  # runs
WATCHED = 100  # runs of a subject that are looked at for newer events
COLUMNS = ("run_id", "severity", "ts", "event_id", "event_type", "message", "node")


def with_events(runtime: Runtime) -> list[Plugin]:
    """The run types whose runs have events."""
    return [plugin for plugin in runtime.plugins if SCTEvent in plugin.all_models]


async def exists(runtime: Runtime, subject: Subject) -> bool:
    """Whether there is what a subject names. Lists of runs are known by their jobs and not here."""
    if subject.scope == "run":
        assert subject.id is not None
        return await locate(runtime, subject.id) is not None
    if subject.scope == "test":
        return await runtime.store.find(ArgusTest, "id", id=subject.id) is not None
    if subject.scope == "release":
        return await runtime.store.find(ArgusRelease, "id", id=subject.id) is not None
    return True


async def runs_of(runtime: Runtime, subject: Subject, hours: int = 24, listed: Iterable[UUID] = ()) -> list[UUID]:
    """The runs of a subject, in the order of their ids.

    Args:
        hours: how far `recent` goes back.
        listed: the runs of a list.
    """
    if subject.scope == "run":
        assert subject.id is not None
        return [subject.id]
    if subject.scope == "set":
        return sorted(set(listed))
    found: set[UUID] = set()
    for plugin in with_events(runtime):
        for statement in _statements(plugin.model, subject, hours):
            async for run in runtime.store.rows(statement):
                found.add(run.id)
    return sorted(found)


def _statements(model: type[RunBase], subject: Subject, hours: int) -> list[Select[RunBase]]:
    columns = ("build_id", "start_time", "id")
    if subject.scope == "test":
        return [select(model, *columns).where(test_id=subject.id)]
    if subject.scope == "release":
        return [select(model, *columns).where(release_id=subject.id)]
    since = timedelta(hours=hours)
    return [
        select(model, *columns).where(gt("heartbeat", now_s() - int(since.total_seconds()))).allow_filtering(),
        select(model, *columns).where(gt("end_time", now() - since)).allow_filtering(),
    ]


async def count(runtime: Runtime, runs: Sequence[UUID], severities: Sequence[str]) -> int:
    """How many events of these severities the runs have."""
    total = 0
    for some in _slices(runs):
        counted = await asyncio.gather(*(_count(runtime, run, severity) for run in some for severity in severities))
        total += sum(counted)
    return total


async def _count(runtime: Runtime, run: UUID, severity: str) -> int:
    statement = select(SCTEvent).where(run_id=run, severity=severity).aggregate(Aggregate("count"))
    return int((await runtime.store.aggregate(statement))["count"])


async def events(runtime: Runtime, runs: Sequence[UUID], severities: Sequence[str]) -> AsyncIterator[Event]:
    """Every event of these severities, partition by partition."""
    for run in runs:
        for severity in severities:
            async for row in runtime.store.rows(select(SCTEvent, *COLUMNS).where(run_id=run, severity=severity)):
                yield Event(run, severity, to_ms(row.ts), row.event_id, row.event_type or "", row.node or "", row.message or "")


async def message_at(runtime: Runtime, run: UUID, severity: str, ts: int) -> str | None:
    """The message of an event; None when it has gone."""
    found = await runtime.store.find(SCTEvent, "run_id", "severity", "ts", "message", run_id=run, severity=severity, ts=from_ms(ts))
    return None if found is None else found.message


async def newer(runtime: Runtime, runs: Sequence[UUID], severities: Sequence[str], until: int) -> bool:
    """Whether one of the runs (the first `WATCHED` of them) has an event that is later than a time."""
    for some in _slices(runs[:WATCHED]):
        later = (
            select(SCTEvent, "run_id", "severity", "ts").where(gt("ts", from_ms(until)), run_id=run, severity=severity)
            for run in some
            for severity in severities
        )
        if any(await asyncio.gather(*(runtime.store.first(statement) for statement in later))):
            return True
    return False


def _slices(runs: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (runs[at : at + LOOKED_AT_ONCE] for at in range(0, len(runs), LOOKED_AT_ONCE))


def to_ms(moment: datetime) -> int:
    """A stored time (UTC without a zone) in milliseconds since 1970."""
    return round((moment - EPOCH) / timedelta(milliseconds=1))


def from_ms(milliseconds: int) -> datetime:
    """The reverse of `to_ms`."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def aware(milliseconds: int) -> datetime:
    """Milliseconds since 1970 as a time in UTC with its zone."""
    return from_ms(milliseconds).replace(tzinfo=UTC)


__all__ = ["PAGE", "aware", "count", "events", "exists", "from_ms", "message_at", "newer", "runs_of", "to_ms", "with_events"]
