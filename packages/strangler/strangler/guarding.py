"""The guards of one worker: they tell the others what was counted here, judge what all have counted, and send back what has failed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from strangler.guard import Counts, Verdict, from_json, judge, merged, to_json
from strangler.overrides import Overrides
from strangler.registry import Guard
from strangler.state import Override, SharedState
from strangler.steering import GUARD, Steered
from strangler.table import Table

COUNTS_SECONDS = 10  # for which counts of a worker hold that tells no more

log = logging.getLogger(__name__)


class Guarding:
    """Judges the routes of a table that have a guard."""

    def __init__(self, state: Callable[[], SharedState], worker: str, overrides: Overrides) -> None:
        self._state = state
        self._worker = worker
        self._overrides = overrides

    async def tell(self, table: Table) -> dict[str, Steered]:
        """Tell the others what was counted. Returns what is guarded, by subject."""
        guarded = {each.subject: each for each in table.steered.values() if each.guard is not None}
        if guarded:
            await self._state().publish(GUARD, self._worker, _counted(guarded), COUNTS_SECONDS)
        return guarded

    async def judge(self, guarded: dict[str, Steered]) -> None:
        """Judge what all workers have counted; what breaks its budget goes back."""
        told = await self._state().published(GUARD) if guarded else {}
        for name, steered in guarded.items():
            await self._judge(name, steered, told)

    async def _judge(self, name: str, steered: Steered, told: dict[str, Any]) -> None:
        guard, window = steered.guard, self._overrides.windows.get((name, steered.basis))
        if guard is None or window is None:
            return
        standing = self._overrides.of(name, steered.basis)
        if standing is not None and (standing.owner, standing.percent) == (guard.then, 0):
            return
        parts: list[Counts] = [window.counts()]
        for worker, report in told.items():
            theirs = report.get(name)
            if worker != self._worker and theirs is not None and theirs["basis"] == steered.basis:
                parts.append(from_json(theirs["counts"]))
        verdict = judge(guard, merged(parts))
        if verdict.breach is not None and (steered.choice.owner != guard.then or not steered.choice.is_fixed):
            await self._roll_back(name, steered, guard, verdict)

    async def _roll_back(self, name: str, steered: Steered, guard: Guard, verdict: Verdict) -> None:
        assert verdict.breach is not None
        override = Override(name, guard.then, 0, steered.basis, "guard", verdict.breach)
        if await self._overrides.place(override, self._overrides.standing.get(name), steered.choice, "guard", verdict.evidence):
            log.error("gateway: %s goes back to %s: %s (%s)", name, guard.then, verdict.breach, verdict.evidence)


def _counted(guarded: dict[str, Steered]) -> dict[str, Any]:
    return {
        name: {"basis": each.basis, "counts": to_json(each.window.counts())} for name, each in guarded.items() if each.window is not None
    }
