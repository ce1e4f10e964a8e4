"""What workers tell each other about themselves: now and then, and often while somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from strangler.state import SharedState

KEPT_SECONDS = 60  # for which a report holds
TURNS = 10  # between two of them
WATCHED_TURNS = 2  # the same while somebody looks at them
LOOK_TOPIC = "look"
LOOK_SECONDS = 10  # for which somebody who has looked goes on looking


class Reports:
    """Those of one worker."""

    def __init__(self, state: Callable[[], SharedState], worker: str) -> None:
        self._state = state
        self._worker = worker
        self.topics: dict[str, Callable[[], Any]] = {}
        """Topic → what to tell the others about it."""
        self._turn = 0
        self._looking = 0.0

    def look(self) -> None:
        """Somebody looks: for a while all workers tell theirs every second."""
        self._looking = time.monotonic() + LOOK_SECONDS

    async def tell(self) -> None:
        """A turn: tell the others, when it is time."""
        if self._turn % WATCHED_TURNS == 0 and (await self._is_watched() or self._turn % TURNS == 0):
            for topic, report in self.topics.items():
                await self._state().publish(topic, self._worker, report(), KEPT_SECONDS)
        self._turn += 1

    async def _is_watched(self) -> bool:
        """Whether somebody looks at the reports, here or at another worker."""
        if time.monotonic() < self._looking:
            await self._state().publish(LOOK_TOPIC, self._worker, True, LOOK_SECONDS)
            return True
        return bool(await self._state().published(LOOK_TOPIC))
