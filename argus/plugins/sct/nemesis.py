"""Disruptions of a cluster test run (docs/contract/plugins.md#nemeses)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argus.domain.moments import keep
from argus.domain.runs import edit
from argus.domain.swap import swap, turn
from argus.kit.clock import now_s
from argus.kit.errors import SCTServiceException
from argus.kit.parse import enum_of, record, uuid_of
from argus.models.enums import NemesisStatus
from argus.plugins.sct.model import SCTNemesis, SCTNemesisBegin, SCTTestRun
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.types import NodeDescription
from argus.runtime import Runtime
from argus.storage.statements import Update, ge, select, update

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
    """A disruption ends."""

    name: str
    start_time: float
    status: str
    message: str


async def submit_nemesis(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Note that a disruption begins; of two in one second on one node the first counts, so that the call may be repeated.

    Those that begin on several nodes in one second are all kept, under the seconds behind it.

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
    began = float(begun.start_time)
    async with turn(SCTNemesis, run.id):  # so that of two deliveries at once the second finds when the first one began
        begins = await _begins(runtime, run.id)

        def same(there: SCTNemesis) -> bool:
            if there.target_node is None or there.target_node.name != begun.node_name:
                return False
            known = begins.get(there.start_time)
            if known is None:  # the reference's, or one whose writer died before it said when it began
                return there.start_time == nemesis.start_time or there.name == begun.name
            return int(known) == nemesis.start_time

        kept, _ = await keep(runtime.store, nemesis, same, step=1)
        if kept.start_time not in begins:
            await runtime.store.save(SCTNemesisBegin(run_id=run.id, start_time=kept.start_time, began=began))
    await _recount(runtime, run)


async def nemeses_of(runtime: Runtime, run_id: str) -> list[SCTNemesis]:
    """The disruptions of a run, oldest first."""
    return await runtime.store.all(select(SCTNemesis).where(run_id=uuid_of(run_id)))


async def finalize_nemesis(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Note how a disruption ended; a state that is final already stays, whatever is sent.

    Of several that began in one second the name says which is meant, of those of one name the exact time, else the first that still runs.

    Raises:
        TypeError: a field is missing or unknown.
        ValueError: no such status.
        SCTServiceException: `Nemesis not found`, also when there is no such run.
    """
    ended = record(NemesisFinalizationRequest, body)
    missing = SCTServiceException("Nemesis not found", (ended.name, ended.start_time))
    try:
        run = await run_of(runtime, run_id, "id")
    except SCTServiceException:
        raise missing from None
    meant = await _meant(runtime, run.id, ended)
    if not meant:
        raise missing
    for nemesis in meant:
        if nemesis.status == RUNNING and await _end(runtime, run, nemesis, ended):
            return


async def _end(runtime: Runtime, run: SCTTestRun, nemesis: SCTNemesis, ended: NemesisFinalizationRequest) -> bool:
    """Write how a disruption ended; False when somebody else did meanwhile."""
    status, now = enum_of(NemesisStatus, ended.status).value, now_s()
    write = update(SCTNemesis, run_id=run.id, start_time=nemesis.start_time).set(
        status=status, stack_trace=ended.message, end_time=now, duration=now - int(ended.start_time)
    )
    if not (await runtime.store.write(write.only_if(status=RUNNING))).applied:
        return False
    await _recount(runtime, run, still_running=status == RUNNING)
    return True


async def _meant(runtime: Runtime, run_id: UUID, ended: NemesisFinalizationRequest) -> list[SCTNemesis]:
    """Which disruptions an end may be that of, the likeliest first; none when there is none.

    A name that none of them has counts only where there is but one: it was never compared before there could be several.
    """
    second = int(ended.start_time)
    read = select(SCTNemesis, "run_id", "start_time", "status", "name", "class_name").where(ge("start_time", second), run_id=run_id)
    begins, behind = await asyncio.gather(_begins(runtime, run_id), runtime.store.all(read))
    began = {row.start_time: begins.get(row.start_time, row.start_time) for row in behind}
    of_second = [row for row in behind if int(began[row.start_time]) == second]
    named = [row for row in of_second if ended.name in (row.name, row.class_name)]
    if not named:
        return of_second if len(of_second) == 1 else []
    return [row for row in named if began[row.start_time] == ended.start_time] or named


async def _begins(runtime: Runtime, run_id: UUID) -> dict[int, float]:
    """When disruptions began, to the fraction, by the second of their key; those that the reference wrote are not among them."""
    rows = await runtime.store.all(select(SCTNemesisBegin).where(run_id=run_id))
    return {row.start_time: row.began for row in rows if row.began is not None}


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
