"""Keeps a worker in step with the others: overrides, what the guard counts, the journal.

Twice a second it reads the overrides that stand, tells what it has counted, and judges what all have counted. When the shared state does
not answer, the last overrides stay in force and requests do not notice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

from strangler.canary import Choice
from strangler.file_journal import FileJournal
from strangler.guard import Counts, Verdict, Window, from_json, judge, merged, to_json
from strangler.registry import Guard, Lane
from strangler.state import Entry, Override, SharedState
from strangler.steering import GUARD, Steered, choice_of, subject
from strangler.table import Table
from strangler.target import Target

TURN_SECONDS = 0.5
COUNTS_SECONDS = 10  # for which counts of a worker hold that tells no more
REPORTS_SECONDS = 60  # for which its other reports hold
REPORT_TURNS = 10  # between two of them
WATCHED_REPORT_TURNS = 2  # the same while somebody looks at them
LOOK_TOPIC = "look"
LOOK_SECONDS = 10  # for which somebody who has looked goes on looking

log = logging.getLogger(__name__)


class Control:
    """One for each gateway. `steer` is called where tables are compiled, everything else on the event loop."""

    def __init__(self, state: SharedState, *, every: float = TURN_SECONDS) -> None:
        self.state = state
        self.every = every
        self.files = FileJournal(state)
        """Takes edits of the registry's file."""
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self.reports: dict[str, Callable[[], Any]] = {}
        """Topic → what to tell the others about it, besides what the guard counts."""
        self.overrides: dict[str, Override] = {}
        self._windows: dict[tuple[str, str], Window] = {}
        self._table: Callable[[], Table] | None = None
        self._task: asyncio.Task[None] | None = None
        self._seen: Table | None = None
        self._turn = 0
        self._down = False
        self._looking = 0.0

    def steer(self, table: Table) -> None:
        """Give a table what is in force for its routes besides their owners."""
        steered: dict[Target, Steered] = {}
        for target in table.targets:
            known = subject(target)
            if known is None or len(target.lanes) < 2:
                continue
            canary, guard = target.policy("canary"), target.policy("guard")
            override = self._standing(*known)
            if canary is None and guard is None and override is None:
                continue
            window = self._window(*known, guard) if guard is not None else None
            steered[target] = Steered(target, *known, choice_of(target, known[0], override), guard, window)
        table.steered = steered

    def _standing(self, subject: str, basis: str) -> Override | None:
        override = self.overrides.get(subject)
        return override if override is not None and override.basis == basis else None

    def _window(self, subject: str, basis: str, guard: Guard) -> Window:
        found = self._windows.get((subject, basis))
        if found is None:
            found = self._windows[subject, basis] = Window(guard.window)
        return found

    # ---- the turns

    def start(self, table: Callable[[], Table]) -> None:
        """Take turns until `stop`; `table` gives the one that serves."""
        self._table = table
        self.files.start()
        self._task = asyncio.get_running_loop().create_task(self._turns())

    async def stop(self) -> None:
        """Take no more turns."""
        await self.files.stop()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _turns(self) -> None:
        while True:
            try:
                await self.turn()
                if self._down:
                    log.warning("gateway: the shared state answers again")
                self._down = False
            except Exception as error:
                if not self._down:
                    log.error("gateway: the shared state does not answer, the last overrides stay in force: %r", error)
                self._down = True
            await asyncio.sleep(self.every)

    async def turn(self) -> None:
        """Follow the overrides, tell what was counted, judge."""
        assert self._table is not None
        table = self._table()
        guarded = {each.subject: each for each in table.steered.values() if each.guard is not None}
        if guarded:
            await self.state.publish(GUARD, self.worker, self._counted(guarded), COUNTS_SECONDS)
        standing, told = await asyncio.gather(self.state.overrides(), self._told(bool(guarded)))
        await self._follow({each.subject: each for each in standing})
        for name, steered in guarded.items():
            await self._judge(name, steered, told)
        if self._turn % WATCHED_REPORT_TURNS == 0 and (await self._is_watched() or self._turn % REPORT_TURNS == 0):
            for topic, report in self.reports.items():
                await self.state.publish(topic, self.worker, report(), REPORTS_SECONDS)
        self._turn += 1

    async def _is_watched(self) -> bool:
        """Whether somebody looks at the reports, here or at another worker."""
        if time.monotonic() < self._looking:
            await self.state.publish(LOOK_TOPIC, self.worker, True, LOOK_SECONDS)
            return True
        return bool(await self.state.published(LOOK_TOPIC))

    def look(self) -> None:
        """Somebody looks at the reports: for a while all workers tell theirs every second."""
        self._looking = time.monotonic() + LOOK_SECONDS

    async def _told(self, wanted: bool) -> dict[str, Any]:
        return await self.state.published(GUARD) if wanted else {}

    def _counted(self, guarded: dict[str, Steered]) -> dict[str, Any]:
        return {
            name: {"basis": each.basis, "counts": to_json(each.window.counts())}
            for name, each in guarded.items()
            if each.window is not None
        }

    async def _follow(self, standing: dict[str, Override]) -> None:
        assert self._table is not None
        table = self._table()
        bases = {known[0]: known[1] for target in table.targets if (known := subject(target))} if standing else {}
        for name, override in list(standing.items()):
            if name in bases and bases[name] != override.basis and await self.state.lift(override):
                del standing[name]
                log.warning("gateway: %s was edited, the override by %s holds no longer", name, override.who)
        if standing == self.overrides and table is self._seen:
            return
        for name in {*standing, *self.overrides}:
            if standing.get(name) != self.overrides.get(name):
                for key in [key for key in list(self._windows) if key[0] == name]:
                    del self._windows[key]  # what was counted before says nothing about what is in force now
        self.overrides = standing
        self.steer(table)
        self._seen = table
        used = {(each.subject, each.basis) for each in table.steered.values()}
        for key in [key for key in list(self._windows) if key not in used]:
            self._windows.pop(key, None)

    async def _judge(self, name: str, steered: Steered, told: dict[str, Any]) -> None:
        guard, window = steered.guard, self._windows.get((name, steered.basis))
        if guard is None or window is None:
            return
        standing = self._standing(name, steered.basis)
        if standing is not None and (standing.owner, standing.percent) == (guard.then, 0):
            return
        parts: list[Counts] = [window.counts()]
        for worker, report in told.items():
            theirs = report.get(name)
            if worker != self.worker and theirs is not None and theirs["basis"] == steered.basis:
                parts.append(from_json(theirs["counts"]))
        verdict = judge(guard, merged(parts))
        if verdict.breach is not None and (steered.choice.owner != guard.then or not steered.choice.is_fixed):
            await self._roll_back(name, steered, guard, verdict)

    async def _roll_back(self, name: str, steered: Steered, guard: Guard, verdict: Verdict) -> None:
        assert verdict.breach is not None
        override = Override(name, guard.then, 0, steered.basis, "guard", verdict.breach)
        if await self.place(override, self.overrides.get(name), steered.choice, "guard", verdict.evidence):
            log.error("gateway: %s goes back to %s: %s (%s)", name, guard.then, verdict.breach, verdict.evidence)

    async def place(self, override: Override, instead_of: Override | None, before: Choice, source: str, evidence: str = "") -> bool:
        """Put an override in force and into the journal. False, and nothing is changed, when another one than `instead_of` stands."""
        if not await self.state.place(override, instead_of):
            return False
        await self._follow({**self.overrides, override.subject: override})
        was, is_now = _told_as(before.owner, before.percent), _told_as(override.owner, override.percent)
        what = "owner" if before.owner != override.owner else "canary"
        await self.state.write(Entry(override.subject, what, was, is_now, override.who, source, override.why, evidence, override.at))
        return True

    async def lift(self, override: Override, after: Choice, who: str, source: str, why: str = "", evidence: str = "") -> bool:
        """End an override, so that what the registry says is in force again: `after`. False when it does not stand any more."""
        if not await self.state.lift(override):
            return False
        await self._follow({name: each for name, each in self.overrides.items() if name != override.subject})
        was, is_now = _told_as(override.owner, override.percent), _told_as(after.owner, after.percent)
        change = (f"{was} ({override.who})", f"{is_now} (registry)")
        await self.state.write(Entry(override.subject, "override", *change, who, source, why, evidence))
        return True

    async def refresh(self) -> dict[str, Override]:
        """Follow the overrides that stand now, without waiting for the next turn; by subject."""
        await self._follow({each.subject: each for each in await self.state.overrides()})
        return self.overrides


def _told_as(owner: Lane, percent: float) -> str:
    return owner if not percent else f"{owner}, canary {percent:g} %"
