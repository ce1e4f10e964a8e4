"""Recorded traffic, played on the lanes and compared with what was recorded (HAR 1.2, as browsers save it)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from strangler.compare import Answer, Difference, Incomparable, differences
from strangler.har_file import Exchange, HarError, Request, read_har
from strangler.registry import Lane

__all__ = ["Ask", "Exchange", "HarError", "Replayed", "Request", "is_safe", "read_har", "replay"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OF_THE_LANE = ("lane", "table")  # headers that the gateway adds, behind its prefix


Ask = Callable[[Request], Awaitable[Answer | None]]
"""A lane's answer to a request; None when it tried to write and must not."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How the answer of a lane differs from the recorded one; None where it could not be compared."""

    request: Request
    lane: Lane
    differences: list[Difference] | None


def is_safe(exchange: Exchange) -> bool:
    """Whether a request promises to change nothing."""
    return exchange.request.method in SAFE


async def replay(
    exchanges: Sequence[Exchange], lanes: dict[Lane, Ask], ignore: Sequence[str] = (), header_prefix: str = "X-Lane-"
) -> list[Replayed]:
    """Play every exchange on every lane. What a lane answers differently when it is asked a second time is noise; only safe requests are
    asked twice. `header_prefix` is the gateway's: what its own headers say is no difference."""
    ignored = (*ignore, *(f"@header.{header_prefix}{name}".lower() for name in OF_THE_LANE))
    return [
        Replayed(exchange.request, lane, await _compared(exchange, ask, ignored)) for exchange in exchanges for lane, ask in lanes.items()
    ]


async def _compared(exchange: Exchange, ask: Ask, ignore: Sequence[str]) -> list[Difference] | None:
    answer = await ask(exchange.request)
    if answer is None:
        return None
    try:
        found = differences(exchange.answer, answer, ignore)
        again = await ask(exchange.request) if found and is_safe(exchange) else None
        noise = {each.path for each in differences(answer, again)} if again else set()
    except Incomparable:
        return None
    return [each for each in found if each.path not in noise]
