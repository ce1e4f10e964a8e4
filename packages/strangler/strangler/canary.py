"""The canary: a share of callers is served by the other lane, and each caller keeps its lane.

Who calls is the host application's knowledge; it is asked only on routes that have a canary.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.types import Scope

from strangler.registry import LANES, OTHER, Canary, Lane

SHARES = 10_000
Sticky = Literal["user", "session", "ip"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. None where there is no such thing: no login, no session."""

    user: str | None = None
    """A name, as `users` of the registry lists it."""
    session: str | None = None
    """Anything that stays the same for one browser."""
    may_choose: bool = False
    """Whether the caller may choose a lane by the request header."""


CallerOf = Callable[[Scope], Awaitable[Caller]]


async def anybody(scope: Scope) -> Caller:
    """The caller where the host application tells nothing: only addresses are known."""
    return Caller()


@dataclass(frozen=True, slots=True)
class Choice:
    """How the lane of a route is chosen while it has a canary, or an override stands."""

    group: str
    """Callers are divided alike on all routes of one group: the subject of the policy."""
    owner: Lane
    lanes: frozenset[Lane]
    percent: float
    canary: Canary

    @property
    def other(self) -> Lane:
        """The lane that is tried."""
        return OTHER[self.owner]

    @property
    def is_fixed(self) -> bool:
        """Whether every caller gets the owner."""
        return self.other not in self.lanes or not (self.percent or self.canary.users or self.canary.header)

    async def lane(self, scope: Scope, caller_of: CallerOf) -> Lane:
        """The lane of a request.

        The header comes first, for those who may use it: a lane's name chooses that lane, any other value the other lane. Then `users`,
        then the share.
        """
        if self.is_fixed:
            return self.owner
        canary = self.canary
        wish = _header(scope, canary.header) if canary.header else None
        asks = wish is not None or canary.users or (self.percent > 0 and canary.sticky in ("user", "session"))
        caller = await caller_of(scope) if asks else Caller()
        if wish is not None and caller.may_choose:
            named = next((lane for lane in LANES if lane == wish.strip().lower()), self.other)
            return named if named in self.lanes else self.owner
        if caller.user is not None and caller.user in canary.users:
            return self.other
        return self.other if self._drawn(scope, caller) else self.owner

    def _drawn(self, scope: Scope, caller: Caller) -> bool:
        if self.percent <= 0:
            return False
        if self.percent >= 100:
            return True
        key = _key(scope, caller, self.canary.sticky)
        part = random.random() * SHARES if key is None else share_of(self.group, key)  # noqa: S311 - a share, no secret
        return part < self.percent * SHARES / 100


def share_of(group: str, key: str) -> int:
    """Where a caller stands among all, 0 to 9,999: the same in every worker, and another one in another group."""
    digest = hashlib.blake2b(f"{group}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % SHARES


def _key(scope: Scope, caller: Caller, sticky: Sticky | None) -> str | None:
    """What a caller is known by: as the policy says, or the next weaker thing there is; None draws each request anew."""
    address = scope["client"][0] if scope.get("client") else None
    found = {"user": (caller.user, caller.session, address), "session": (caller.session, address), "ip": (address,)}
    return next((key for key in found[sticky] if key), None) if sticky else None


def _header(scope: Scope, name: str) -> str | None:
    wanted = name.lower().encode("latin-1")
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), None)
