"""Whose bytes are parsed next: a little of each connection in turn, so that many who send much at once hold nobody up for long.

In one round of the event loop, all connections together have a moment of parsing. What is left waits for the next round, short requests
first: who sends a long body waits for the end of it anyway. One long one has its turn after some short ones, so that it is not forgotten.

While bodies wait, the loop rests between two rounds, so that the threads of this process get the interpreter, and others of this machine a
core.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from time import perf_counter
from typing import Protocol
from weakref import WeakKeyDictionary

TURN_SECONDS = 0.002  # seconds of parsing, of all connections together, in a round of the event loop
SHARE_SECONDS = 0.0002  # seconds of parsing after which the next connection comes
WAKE_SECONDS = 0.0002  # seconds that count besides: the application wakes up for a head, and for a piece of a body
SHORTS = 8  # short requests after which a long one has its turn
REST_SECONDS = 0.001  # seconds between two rounds


class Turned(Protocol):
    """A connection that takes turns."""

    def is_long(self) -> bool:
        """Whether what has come belongs to a body, or is more than a head usually is."""
        ...

    def parse(self, seconds: float) -> None:
        """Parse what has come, for so long."""
        ...


class Turns:
    """Of all connections of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._short: OrderedDict[Turned, None] = OrderedDict()
        self._long: OrderedDict[Turned, None] = OrderedDict()
        self._shorts = 0  # in a row
        self._next: asyncio.Handle | None = None
        self._until = 0.0

    def left(self, connection: Turned) -> float:
        """Seconds that a connection of which something has come may parse at once; 0 when it must wait."""
        now = perf_counter()
        if self._next is None:  # the first one of this round
            self._until = now + TURN_SECONDS
            self._next = self._loop.call_soon(self._run)
        elif self._short or self._long:
            return 0
        left = self._until - now
        self._until -= WAKE_SECONDS
        return max(0, left)

    def add(self, connection: Turned) -> None:
        """Parse a connection's bytes when its turn comes."""
        (self._long if connection.is_long() else self._short)[connection] = None
        if self._next is None:
            self._next = self._loop.call_soon(self._run)

    def leave(self, connection: Turned) -> None:
        """A connection is gone."""
        self._short.pop(connection, None)
        self._long.pop(connection, None)

    def _run(self) -> None:
        self._until = perf_counter() + TURN_SECONDS
        while (self._short or self._long) and perf_counter() < self._until:
            self._until -= WAKE_SECONDS
            self._taken().parse(SHARE_SECONDS)
        if self._long:
            self._next = self._loop.call_later(REST_SECONDS, self._run)
        else:
            self._next = self._loop.call_soon(self._run) if self._short else None

    def _taken(self) -> Turned:
        short = self._short and (not self._long or self._shorts < SHORTS)
        self._shorts = self._shorts + 1 if short else 0
        return (self._short if short else self._long).popitem(last=False)[0]


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """The turns of all connections of a loop."""
    found = _turns.get(loop)
    if found is None:
        found = _turns[loop] = Turns(loop)
    return found
