"""Alarms of one event loop, behind one timer: nearly all are put off before they ring, so a timer for each would be wasted work.

The timer is set for the earliest alarm when it is set. When it goes off, whatever is due rings, and it is set for what is left then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PLACE = "_strangler_alarms"


class Alarm:
    """Something to be called at a time of the loop's clock."""

    __slots__ = ("at", "ring")

    def __init__(self, at: float, ring: Callable[[], None]) -> None:
        self.at = at
        self.ring = ring


class Alarms:
    """Those of one loop, on which all of it is used."""

    def __init__(self) -> None:
        self._set: dict[Alarm, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        """Call `ring` in so many seconds, unless it is put off before. It must not fail."""
        alarm = Alarm(asyncio.get_running_loop().time() + seconds, ring)
        self._set[alarm] = None
        if self._timer is None or alarm.at < self._timer.when():
            self._wait(alarm.at)
        return alarm

    def put_off(self, alarm: Alarm) -> None:
        """It does not ring any more; nothing happens when it has rung. It lets go of what it would have called, which mostly knows it: the
        two would wait for the collector, with all that a request has made."""
        self._set.pop(alarm, None)
        alarm.ring = _nothing

    def _wait(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for alarm in [alarm for alarm in self._set if alarm.at <= now]:
            if alarm in self._set:  # an earlier one may have put it off
                del self._set[alarm]
                alarm.ring()
        if self._set:
            self._wait(min(alarm.at for alarm in self._set))


def _nothing() -> None:
    """What an alarm calls that was put off."""


def alarms() -> Alarms:
    """Those of the loop that runs here. The loop keeps them: whoever else did would keep the loop."""
    loop = asyncio.get_running_loop()
    found: Alarms | None = getattr(loop, PLACE, None)
    if found is None:
        found = Alarms()
        setattr(loop, PLACE, found)
    return found
