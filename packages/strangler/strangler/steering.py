"""What is in force for a route beside its owner: a canary, a guard, an override."""

from __future__ import annotations

from strangler.canary import Choice
from strangler.guard import Window
from strangler.registry import Canary, Guard, Lane
from strangler.state import Override, basis_of, subject_of
from strangler.target import Target

GUARD = "guard"


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
