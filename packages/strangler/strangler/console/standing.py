"""What is in force now: for each blueprint, and for each of its routes that has a policy of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strangler.canary import Choice
from strangler.registry import OTHER, Lane
from strangler.state import Override
from strangler.steering import choice_of, subject
from strangler.table import Table
from strangler.target import Target


@dataclass(frozen=True, slots=True)
class Standing:
    """One subject: its routes, and the override that stands against what the registry says."""

    subject: str
    blueprint: str
    basis: str
    targets: tuple[Target, ...]
    override: Override | None

    @property
    def is_whole(self) -> bool:
        """Whether it is the blueprint, not a route of its own."""
        return self.subject == self.blueprint

    @property
    def names_owner(self) -> bool:
        """Whether the registry names an owner for this route alone."""
        listed = self.targets[0].listed
        return not self.is_whole and listed is not None and listed.owner is not None

    @property
    def first(self) -> Target:
        """The target that speaks for all: one that can be moved, where there is one."""
        return next((target for target in self.targets if len(target.lanes) > 1), self.targets[0])

    @property
    def choice(self) -> Choice:
        """How its lane is chosen now."""
        return self.under(self.override)

    @property
    def filed(self) -> Choice:
        """How its lane is chosen when no override stands."""
        return self.under(None)

    def under(self, override: Override | None) -> Choice:
        """How its lane would be chosen."""
        return choice_of(self.first, self.subject, override)

    def wanting(self, owner: Lane, percent: float, who: str, why: str) -> Override | None:
        """The override that brings this about; None where the registry says the same."""
        override = Override(self.subject, owner, percent, self.basis, who, why)
        return None if self.under(override) == self.filed else override

    def stuck(self, owner: Lane) -> list[Target]:
        """Routes that a lane cannot take over, because it does not have them."""
        return [target for target in self.targets if owner not in target.lanes and target.method != "HEAD"]


def standings(table: Table, overrides: Mapping[str, Override]) -> dict[str, list[Standing]]:
    """By blueprint, in the order of the registry: what is in force for the blueprint first, then its routes with policies of their own."""
    grouped: dict[tuple[str, str, str], list[Target]] = {}
    for target in table.targets:
        known = subject(target)
        if known is not None and target.blueprint is not None:
            grouped.setdefault((target.blueprint, *known), []).append(target)
    found: dict[str, list[Standing]] = {}
    for (blueprint, name, basis), targets in grouped.items():
        override = overrides.get(name)
        stands = override if override is not None and override.basis == basis else None
        found.setdefault(blueprint, []).append(Standing(name, blueprint, basis, tuple(targets), stands))
    for each in found.values():
        each.sort(key=lambda standing: not standing.is_whole)
    return found


def seen(found: Iterable[Standing]) -> str:
    """What somebody has seen of a blueprint, in a word: it is another one when anything in force has changed."""
    parts = [(each.subject, each.basis, each.override and (each.override.who, each.override.at)) for each in found]
    return hashlib.sha256(repr(sorted(parts, key=lambda part: part[0])).encode()).hexdigest()[:16]


def owner_of(target: Target, owner: Lane) -> Lane:
    """The lane that owns a route whose subject `owner` owns; a route that this lane lacks stays where it is."""
    return owner if owner in target.lanes else OTHER[owner]
