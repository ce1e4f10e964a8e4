"""Disruptions of a cluster test run (plugins.md, "Nemeses")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argus.domain.runs import edit
from argus.domain.swap import swap
from argus.kit.clock import now_s
from argus.kit.errors import SCTServiceException
from argus.kit.parse import enum_of, record, uuid_of
from argus.models.enums import NemesisStatus
from argus.plugins.sct.model import SCTNemesis, SCTTestRun
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.types import NodeDescription
from argus.runtime import Runtime
from argus.storage.statements import Update, select, update

RUNNING = NemesisStatus.RUNNING.value


@dataclass
class NemesisSubmissionRequest:
    """A disruption begins. `description` is taken and not kept."""

    name: str
    class_name: str
    start_time: float
    node_name: str
    node_ip: str
    node_shards: int
    description: str | None = None


@dataclass
class NemesisFinalizationRequest:
    """A disruption ends; `name` is only for the error when there is none."""

    name: str
    start_time: float
    status: str
    message: str


async def submit_nemesis(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Note that a disruption begins; of two in one second of a run the first counts.

    Raises:
        TypeError: a field is missing, unknown or of a wrong type.
        SCTServiceException: no such run.
    """
    begun = record(NemesisSubmissionRequest, body)
    run = await run_of(runtime, run_id, "id")
    nemesis = SCTNemesis.model_construct(
        run_id=run.id,
        start_time=int(begun.start_time),
        class_name=begun.class_name,
        name=begun.name,
        duration=0,
        target_node=NodeDescription(name=begun.node_name, ip=begun.node_ip, shards=begun.node_shards),
        status=RUNNING,
        end_time=0,
        stack_trace="",
    )
    await runtime.store.create(nemesis)
    await _recount(runtime, run)


async def nemeses_of(runtime: Runtime, run_id: str) -> list[SCTNemesis]:
    """The disruptions of a run, oldest first."""
    return await runtime.store.all(select(SCTNemesis).where(run_id=uuid_of(run_id)))


async def finalize_nemesis(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Note how a disruption ended; a state that is final already stays, whatever is sent.

    Raises:
        TypeError: a field is missing or unknown.
        ValueError: no such status.
        SCTServiceException: `Nemesis not found`, also when there is no such run.
    """
    ended = record(NemesisFinalizationRequest, body)
    start = int(ended.start_time)
    missing = SCTServiceException("Nemesis not found", (ended.name, ended.start_time))
    try:
        run = await run_of(runtime, run_id, "id")
    except SCTServiceException:
        raise missing from None
    nemesis = await runtime.store.find(SCTNemesis, "run_id", "start_time", "status", run_id=run.id, start_time=start)
    if nemesis is None:
        raise missing
    if nemesis.status != RUNNING:
        return
    status, now = enum_of(NemesisStatus, ended.status).value, now_s()
    write = update(SCTNemesis, run_id=run.id, start_time=start).set(
        status=status, stack_trace=ended.message, end_time=now, duration=now - start
    )
    outcome = await runtime.store.write(write.only_if(status=RUNNING))
    if outcome.applied:
        await _recount(runtime, run, still_running=status == RUNNING)


async def _recount(runtime: Runtime, run: SCTTestRun, *, still_running: bool = False) -> None:
    """Bring the run's counters up to its nemeses; what a writer that died left out is made good by the next one.

    Nemeses are never taken away and a final status never changes, so of two counts the higher one is right. `running` counts calls that
    left a nemesis open, which no row remembers: it alone goes up by one.
    """
    counts = await _counts(runtime, run.id)

    def counted(present: SCTTestRun) -> Update | None:
        stats = dict(present.nemesis_stats)
        for name, count in counts.items():
            stats[name] = max(count, stats.get(name, 0))
        if still_running:
            stats[RUNNING] = stats.get(RUNNING, 0) + 1
        return edit(present).set(nemesis_stats=stats) if stats != present.nemesis_stats else None

    await swap(runtime.store, run, ("nemesis_stats",), counted)


async def _counts(runtime: Runtime, run_id: UUID) -> dict[str, int]:
    rows = await runtime.store.all(select(SCTNemesis, "run_id", "start_time", "status").where(run_id=run_id))
    return {"total": len(rows), **Counter(row.status for row in rows if row.status is not None and row.status != RUNNING)}
