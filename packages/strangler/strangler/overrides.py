"""What stands against the registry: overrides that the guard or the console has placed, which every worker follows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from strangler.canary import Choice
from strangler.guard import Window
from strangler.registry import Guard, Lane
from strangler.state import Entry, Override, SharedState
from strangler.steering import Steered, choice_of, subject
from strangler.table import Table
from strangler.target import Target

log = logging.getLogger(__name__)


class Overrides:
    """Those that stand, in the tables of one worker. `steer` is called where tables are compiled, everything else on the event loop."""

    def __init__(self, state: Callable[[], SharedState], table: Callable[[], Table]) -> None:
        self._state = state
        self._table = table
        self.standing: dict[str, Override] = {}
        """By subject, as they were read last."""
        self.windows: dict[tuple[str, str], Window] = {}
        """What the guard counts, by subject and basis."""
        self._seen: Table | None = None

    def steer(self, table: Table) -> None:
        """Give a table what is in force for its routes besides their owners."""
        steered: dict[Target, Steered] = {}
        for target in table.targets:
            known = subject(target)
            if known is None or len(target.lanes) < 2:
                continue
            canary, guard = target.policy("canary"), target.policy("guard")
            override = self.of(*known)
            if canary is None and guard is None and override is None:
                continue
            window = self._window(*known, guard) if guard is not None else None
            steered[target] = Steered(target, *known, choice_of(target, known[0], override), guard, window)
        table.steered = steered

    def of(self, subject: str, basis: str) -> Override | None:
        """The override of a subject, where it was made against what the registry says now."""
        override = self.standing.get(subject)
        return override if override is not None and override.basis == basis else None

    def _window(self, subject: str, basis: str, guard: Guard) -> Window:
        found = self.windows.get((subject, basis))
        if found is None:
            found = self.windows[subject, basis] = Window(guard.window)
        return found

    async def refresh(self) -> dict[str, Override]:
        """Follow the overrides that stand now; by subject."""
        await self._follow({each.subject: each for each in await self._state().overrides()})
        return self.standing

    async def _follow(self, standing: dict[str, Override]) -> None:
        table = self._table()
        bases = {known[0]: known[1] for target in table.targets if (known := subject(target))} if standing else {}
        for name, override in list(standing.items()):
            if name in bases and bases[name] != override.basis and await self._state().lift(override):
                del standing[name]
                log.warning("gateway: %s was edited, the override by %s holds no longer", name, override.who)
        if standing == self.standing and table is self._seen:
            return
        for name in {*standing, *self.standing}:
            if standing.get(name) != self.standing.get(name):
                for key in [key for key in list(self.windows) if key[0] == name]:
                    del self.windows[key]  # what was counted before says nothing about what is in force now
        self.standing = standing
        self.steer(table)
        self._seen = table
        used = {(each.subject, each.basis) for each in table.steered.values()}
        for key in [key for key in list(self.windows) if key not in used]:
            self.windows.pop(key, None)

    async def place(self, override: Override, instead_of: Override | None, before: Choice, source: str, evidence: str = "") -> bool:
        """Put an override in force and into the journal. False, and nothing is changed, when another one than `instead_of` stands."""
        if not await self._state().place(override, instead_of):
            return False
        await self._follow({**self.standing, override.subject: override})
        was, is_now = _told_as(before.owner, before.percent), _told_as(override.owner, override.percent)
        what = "owner" if before.owner != override.owner else "canary"
        await self._state().write(Entry(override.subject, what, was, is_now, override.who, source, override.why, evidence, override.at))
        return True

    async def lift(self, override: Override, after: Choice, who: str, source: str, why: str = "", evidence: str = "") -> bool:
        """End an override, so that what the registry says is in force again: `after`. False when it does not stand any more."""
        if not await self._state().lift(override):
            return False
        await self._follow({name: each for name, each in self.standing.items() if name != override.subject})
        was, is_now = _told_as(override.owner, override.percent), _told_as(after.owner, after.percent)
        change = (f"{was} ({override.who})", f"{is_now} (registry)")
        await self._state().write(Entry(override.subject, "override", *change, who, source, why, evidence))
        return True


def _told_as(owner: Lane, percent: float) -> str:
    return owner if not percent else f"{owner}, canary {percent:g} %"
