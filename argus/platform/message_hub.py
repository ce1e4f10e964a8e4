"""Domain events within a process: who subscribed is told, in order for each entity; nobody's failure is another's.

What pages and sockets watch are topics of the live channel (`argus.live`); `publish` goes there. Nothing that must survive a crash depends
on either: such a thing is a row, or an item of the queue, of the same transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from prometheus_client import Counter

from argus.live import Change, hub_of
from argus.runtime import Runtime

log = logging.getLogger("argus.hub")

LIMIT = 5.0  # seconds that a handler may take for one event
WAITING = 1000  # events of one entity that may wait; beyond that the oldest are given up

FAILED = Counter("argus_hub_handler_errors_total", "Events that a handler did not take", ["event"])


@dataclass(frozen=True, slots=True)
class HubEvent:
    """Something that happened, after its transaction was committed."""

    type: str
    entity_type: str
    entity_id: str
    data: Mapping[str, Any]


Handler = Callable[[HubEvent], Awaitable[None]]


class MessageHub:
    """The hub of a worker: `runtime.own(MessageHub)`."""

    def __init__(self) -> None:
        self._handlers: list[tuple[str, Handler]] = []
        self._waiting: dict[tuple[str, str], list[HubEvent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def subscribe(self, pattern: str, handler: Handler) -> Callable[[], None]:
        """Have a handler told of events whose type matches (`job.*`).

        Returns:
            What ends it.
        """
        entry = (pattern, handler)
        self._handlers.append(entry)
        return lambda: self._handlers.remove(entry)

    def publish(self, event: HubEvent) -> None:
        """Tell of an event; never waits, never fails."""
        if not any(fnmatchcase(event.type, pattern) for pattern, _ in self._handlers):
            return
        entity = (event.entity_type, event.entity_id)
        if entity in self._waiting:
            waiting = self._waiting[entity]
            waiting.append(event)
            if len(waiting) > WAITING:
                FAILED.labels(waiting.pop(0).type).inc()
            return
        self._waiting[entity] = [event]
        task = asyncio.get_running_loop().create_task(self._hand_out(entity))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_out(self, entity: tuple[str, str]) -> None:
        try:
            while self._waiting[entity]:
                event = self._waiting[entity].pop(0)
                wanted = [handler for pattern, handler in self._handlers if fnmatchcase(event.type, pattern)]
                await asyncio.gather(*(_tell(handler, event) for handler in wanted))
        finally:
            del self._waiting[entity]


async def _tell(handler: Handler, event: HubEvent) -> None:
    try:
        async with asyncio.timeout(LIMIT):
            await handler(event)
    except Exception:
        FAILED.labels(event.type).inc()
        log.exception("a subscriber did not take %s of %s %s", event.type, event.entity_type, event.entity_id)


def publish(runtime: Runtime, topic: str, kind: str, data: Mapping[str, Any]) -> None:
    """Tell those who watch a topic of the live channel, and those who subscribed to the event in this process."""
    entity_type, _, entity_id = topic.partition(":")
    runtime.own(MessageHub).publish(HubEvent(kind, entity_type, entity_id, data))
    hub_of(runtime).publish(topic, Change(kind, data))
