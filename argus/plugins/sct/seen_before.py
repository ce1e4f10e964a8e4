"""Events that other runs had as well: in how many, since which version, with which issue (docs/triage.md#seen-before)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.domain.runs import find_typed
from argus.features.tracker.repeats.service import summary
from argus.kit.errors import DataValidationError
from argus.kit.parse import need
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.similarity import similar_events
from argus.runtime import Runtime

MOST_EVENTS = 5  # of one request: each is a search among vectors
CANDIDATES = 50  # events that are looked at for one


async def seen_events(runtime: Runtime, run_id: str, body: Any) -> list[dict[str, Any]]:
    """For each event of a run, the other runs with an event like it.

    Args:
        body: `{"events": [{"severity", "ts"}]}`, up to 5, each CRITICAL or ERROR.

    Returns:
        In their order: `severity`, `ts`, and what `repeats.summary` tells.

    Raises:
        KeyError: no events.
        DataValidationError: too many, or no objects.
        SCTServiceException: an event that is not there, or of a severity that is not compared.
    """
    events = need(body, "events")
    if not isinstance(events, list) or len(events) > MOST_EVENTS or not all(isinstance(event, Mapping) for event in events):
        raise DataValidationError(f"events must be a list of at most {MOST_EVENTS} objects")
    return [await _seen(runtime, run_id, event) for event in events]


async def _seen(runtime: Runtime, run_id: str, event: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {"severity": event.get("severity"), "ts": event.get("ts")}
    similar = await similar_events(runtime, run_id, {**wanted, "limit": CANDIDATES})
    ids = [UUID(found["run_id"]) for found in similar]
    runs = await asyncio.gather(*(find_typed(runtime, SCTTestRun, other, "start_time") for other in ids))
    known = sorted((run for run in runs if run is not None), key=lambda run: run.start_time)
    told = await summary(runtime, "scylla-cluster-tests", [run.id for run in known], len(ids) >= CANDIDATES)
    return {**wanted, **told}
