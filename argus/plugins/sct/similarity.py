"""Search for events of other runs that are like one (docs/contract/events.md#similar-events-of-other-runs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.kit.errors import SCTServiceException
from argus.kit.json import timestamp
from argus.kit.parse import iso_of, rows_of, uuid_of
from argus.models.enums import SCTEventSeverity
from argus.models.sct_event import SCTCriticalEventEmbedding, SCTErrorEventEmbedding, SCTEvent
from argus.runtime import Runtime
from argus.storage.statements import select

MOST_CANDIDATES = 1000
DEFAULT_LIMIT = 100
EMBEDDINGS: Mapping[str, type[SCTErrorEventEmbedding] | type[SCTCriticalEventEmbedding]] = {
    SCTEventSeverity.ERROR.value: SCTErrorEventEmbedding,
    SCTEventSeverity.CRITICAL.value: SCTCriticalEventEmbedding,
}
"""Where the vectors of a severity are: one table each, so that a search never mixes them."""


async def similar_events(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> list[dict[str, str]]:
    """The events nearest to one, at most one of a run and none of its own, nearest first; none before it has a vector.

    Args:
        body: `severity`, `ts` (ISO-8601), `limit` (100): how many candidates are looked at.

    Raises:
        SCTServiceException: a parameter is missing, or anything that fails later.
    """
    severity, ts = body.get("severity"), body.get("ts")
    missing = [name for name, value in (("severity", severity), ("ts", ts)) if not value]
    if missing:
        raise SCTServiceException(f"Missing required parameter{'s' if missing[1:] else ''}: {' and '.join(missing)}")
    try:
        return await _nearest(runtime, uuid_of(run_id), str(severity), ts, rows_of(body.get("limit", DEFAULT_LIMIT), MOST_CANDIDATES))
    except Exception as error:  # the contract wraps whatever it is
        raise SCTServiceException(f"Failed to fetch similar events: {error}") from error


async def _nearest(runtime: Runtime, run_id: UUID, severity: str, ts: Any, limit: int) -> list[dict[str, str]]:
    event = await runtime.store.get(SCTEvent, run_id=run_id, severity=severity, ts=iso_of(ts))
    if event.duplicate_id is not None:
        event = await runtime.store.find(SCTEvent, event_id=event.duplicate_id) or event  # the first of its kind may be gone
    table = EMBEDDINGS.get(event.severity)
    if table is None:
        raise SCTServiceException(f"Unsupported severity for similarity search: {event.severity}")
    known = await runtime.store.find(table, run_id=event.run_id, ts=event.ts)
    if known is None or known.embedding is None:
        return []
    candidates = await runtime.store.all(select(table, "run_id", "ts").near("embedding", known.embedding).limit(limit + 1))
    best = {row.run_id: row for row in reversed(candidates) if row.run_id != event.run_id}
    ranked = dict.fromkeys(row.run_id for row in candidates if row.run_id in best)
    return [{"run_id": str(other), "severity": event.severity, "ts": timestamp(best[other].ts)} for other in ranked]
