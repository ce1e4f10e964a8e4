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
from pathlib import Path
from typing import Any

from strangler.canary import Choice
from strangler.changes import changes, entries
from strangler.guard import Counts, Verdict, Window, from_json, judge, merged, to_json
from strangler.registry import Canary, Guard, Lane, Registry
from strangler.state import Entry, Override, SharedState, basis_of, subject_of
from strangler.table import Table, Target

EVERY = 0.5  # seconds
PUBLISH = 10  # seconds for which counts of a worker hold that tells no more
TOLD = 60  # seconds for which its other reports hold
TELL = 10  # turns between two of them
TELL_WATCHED = 2  # the same while somebody looks at them
LOOK = "look"
LOOKING = 10  # seconds for which somebody who has looked goes on looking
ROOM_FOR_AUTHOR = 1.0  # seconds in which the command that edits the file writes the journal itself
GUARD = "guard"

log = logging.getLogger(__name__)


class Steered:
    """What is in force for a route beside its owner."""

    __slots__ = ("basis", "choice", "guard", "subject", "target", "window")

    def __init__(self, target: Target, subject: str, basis: str, choice: Choice, guard: Guard | None, window: Window | None) -> None:
        self.target = target
        self.subject = subject
        self.basis = basis
        self.choice = choice
        self.guard = guard
        self.window = window

    def note(self, lane: Lane, seconds: float | None, failed: bool) -> None:
        """Count an answer for the guard, where there is one."""
        if self.window is not None:
            self.window.note(f"{self.target.method} {self.target.template}", lane, seconds, failed)


def subject(target: Target) -> tuple[str, str] | None:
    """Whose overrides hold for a route, and what they were made against: its own when it names an owner, a canary or a guard itself, else
    its blueprint's. None where the registry does not list it."""
    group, route = target.group, target.listed
    if group is None or route is None or target.blueprint is None:
        return None
    if (route.owner, route.canary, route.guard) == (None, None, None):
        return subject_of(target.blueprint), basis_of(group.owner, group)
    effective = route.model_copy(update={key: target.policy(key) for key in ("canary", "guard")})
    return subject_of(target.blueprint, route), basis_of(route.owner or group.owner, effective)


class Control:
    """One for each gateway. `steer` is called where tables are compiled, everything else on the event loop."""

    def __init__(self, state: SharedState, *, every: float = EVERY) -> None:
        self.state = state
        self.every = every
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self.reports: dict[str, Callable[[], Any]] = {}
        """Topic → what to tell the others about it, besides what the guard counts."""
        self.overrides: dict[str, Override] = {}
        self._windows: dict[tuple[str, str], Window] = {}
        self._table: Callable[[], Table] | None = None
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._journalling: set[asyncio.Task[None]] = set()
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
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._turns())

    async def stop(self) -> None:
        """Take no more turns."""
        self._loop = None
        tasks = [*self._journalling, *([self._task] if self._task is not None else [])]
        self._task = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
            await self.state.publish(GUARD, self.worker, self._counted(guarded), PUBLISH)
        standing, told = await asyncio.gather(self.state.overrides(), self._told(bool(guarded)))
        await self._follow({each.subject: each for each in standing})
        for name, steered in guarded.items():
            await self._judge(name, steered, told)
        if self._turn % TELL_WATCHED == 0 and (await self._is_watched() or self._turn % TELL == 0):
            for topic, report in self.reports.items():
                await self.state.publish(topic, self.worker, report(), TOLD)
        self._turn += 1

    async def _is_watched(self) -> bool:
        """Whether somebody looks at the reports, here or at another worker."""
        if time.monotonic() < self._looking:
            await self.state.publish(LOOK, self.worker, True, LOOKING)
            return True
        return bool(await self.state.published(LOOK))

    def look(self) -> None:
        """Somebody looks at the reports: for a while all workers tell theirs every second."""
        self._looking = time.monotonic() + LOOKING

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
                log.warning("gateway: %s was edited, the override by %s has had its day", name, override.who)
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

    # ---- edits of the file

    def edited(self, file: Path, before: Registry, after: Registry) -> None:
        """The watch has read an edit: it goes into the journal, unless the command that made it has done so. From any thread."""
        loop, found = self._loop, changes(before, after)
        if loop is None or not found:
            return
        made = entries(file, found, who="", source="file")
        loop.call_soon_threadsafe(self._journal_later, made)

    def _journal_later(self, made: list[Entry]) -> None:
        task = asyncio.get_running_loop().create_task(self._journal(made))
        self._journalling.add(task)
        task.add_done_callback(self._journalling.discard)

    async def _journal(self, made: list[Entry]) -> None:
        await asyncio.sleep(ROOM_FOR_AUTHOR)
        try:
            await asyncio.gather(*(self.state.write(entry) for entry in made))
        except Exception:
            log.exception("gateway: an edit of the registry did not get into the journal")


def choice_of(target: Target, group: str, override: Override | None) -> Choice:
    """How the lane of a route is chosen under an override, or as the registry says; a share of which it says nothing is sticky by user."""
    canary: Canary = target.policy("canary") or Canary(sticky="user")
    if override is None or override.owner not in target.lanes:
        return Choice(group, target.lane, target.lanes, canary.percent, canary)
    if override.who == GUARD:
        canary = canary.model_copy(update={"header": None})  # nobody, not even a tester, is sent where it has just failed
    if override.owner != target.lane or not override.percent:
        canary = canary.model_copy(update={"users": ()})  # they were to try the other lane than the registry's owner
    return Choice(group, override.owner, target.lanes, override.percent, canary)


def _told_as(owner: Lane, percent: float) -> str:
    return owner if not percent else f"{owner}, canary {percent:g} %"
