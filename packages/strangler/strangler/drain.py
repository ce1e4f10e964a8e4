"""Leaving without a lost request: what a worker does between SIGTERM and its end.

It reports not ready and answers everything with `Connection: close` for a while, so that clients and proxies move on; then it stops
accepting, serves what came in with the last accepted connections, and lets the server shut down: in-flight requests end, then the Flask
lane's threads, then the application's lifespan.

It stands in front of the signal handler that the server has installed, so it works in `uvicorn app:app` with one worker or several, and
needs no server class of its own.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

PERIOD = 2.0
LINGER = 0.3

log = logging.getLogger(__name__)


def _nothing() -> None:
    """There is nothing to be done."""


class Drain:
    """The state of leaving. `active` is read for every answer."""

    def __init__(self, period: float = PERIOD, linger: float = LINGER) -> None:
        """Seconds to serve with `Connection: close`, and to serve on after accepting has stopped."""
        self.period = period
        self.linger = linger
        self.active = False
        self.leaving: Callable[[], None] = _nothing
        """Called when the period is over and nothing new is accepted."""
        self._previous: Any = None
        self._installed: Any = None

    def install(self) -> None:
        """Take SIGTERM over from the server that runs in this thread. Does nothing outside a main thread, where no server handles signals
        either."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        self._previous = signal.getsignal(signal.SIGTERM)
        if not callable(self._previous):
            return  # nobody would end the server after the drain

        def on_term(number: int, frame: FrameType | None) -> None:
            if self.active:
                self._hand_on(number, frame)  # asked twice: leave now
            else:
                self.active = True
                loop.call_soon_threadsafe(lambda: loop.create_task(self._leave(number)))

        self._installed = on_term
        signal.signal(signal.SIGTERM, on_term)

    def uninstall(self) -> None:
        """Give SIGTERM back, unless the server has done so itself."""
        if self._installed is not None and signal.getsignal(signal.SIGTERM) is self._installed:
            signal.signal(signal.SIGTERM, self._previous)

    async def _leave(self, number: int) -> None:
        log.info("draining for %s s", self.period)
        await asyncio.sleep(self.period)
        # A connection that was accepted just now may not have sent its request yet, and a server that shuts down closes idle connections
        # at once: so listening ends first, and what is connected gets `linger` seconds to send.
        for listener in getattr(getattr(self._previous, "__self__", None), "servers", ()):
            listener.close()
        self.leaving()
        await asyncio.sleep(self.linger)
        self._hand_on(number, None)

    def _hand_on(self, number: int, frame: FrameType | None) -> None:
        self._previous(number, frame)
