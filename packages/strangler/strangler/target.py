"""What a request's route is: who serves it, and what the registry says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from strangler.fastapi_lane import Endpoint
from strangler.registry import Blueprint, Lane, Route

LANE = "gateway.lane"
FORCED = "strangler.forced"
"""Where a scope names the lane that is to serve, whatever the registry says: for requests that a program plays."""
MATCH = "gateway.match"
"""Where a scope keeps its `Match`."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Who serves one method of one rule, and what the registry says about it."""

    method: str
    template: str
    lane: Lane
    blueprint: str | None
    endpoint: str
    """The name under which metrics count the route."""
    lanes: frozenset[Lane]
    """The lanes that have the route."""
    api: Endpoint | None
    """The operation of FastAPI."""
    listed: Route | None
    group: Blueprint | None
    is_unclaimed: bool = False
    """Whether FastAPI alone has it and the registry does not list it: it is Flask's wherever Flask answers."""
    is_enabled: bool = field(init=False)
    """Whether the registry serves its blueprint at all."""
    shadowed: float = field(init=False)
    """Percent of its requests that are played on the other lane as well; 0 where none may be."""

    def __post_init__(self) -> None:
        shadow = self.policy("shadow")
        may = shadow is not None and self.method == "GET" and len(self.lanes) > 1 and self.policy("shadow_safe") is not False
        object.__setattr__(self, "shadowed", shadow.percent if may else 0.0)
        object.__setattr__(self, "is_enabled", self.group is None or self.group.enabled)

    def policy(self, name: str) -> Any:
        """`canary`, `shadow`, `guard` or `shadow_safe` as the route says, else its blueprint, else None."""
        for entry in (self.listed, self.group):
            value = getattr(entry, name, None)
            if value is not None:
                return value
        return None


class Match(NamedTuple):
    """A request's route: its target and the variables of its path."""

    target: Target
    params: dict[str, Any]
