"""One listener's stream of changes (docs/live.md#the-stream)."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from argus.kit.errors import TooManyStreams, TooManyTopics, UnknownTopic
from argus.live import Message, SlowSubscriber, hub_of
from argus.models.user import User
from argus.runtime import Runtime

TOPICS = 100
STREAMS = 20  # of one user, in one process
BEAT_SECONDS = 15.0  # between two signs of life
LASTS_SECONDS = 55.0  # then the browser comes again, with who it is and the last it saw: whoever has vanished is gone, rights are looked at
KEPT_MS = 120_000
RETRY_MS = 500  # after which it comes again

UUID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
NAME = re.compile(rf"(?:(?:run|test|release|view):{UUID_TEXT}|runs|catalogue)")
MINE = "user:me"


class Streams:
    """How many streams each user has in this process."""

    def __init__(self) -> None:
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def place(self, user: UUID) -> Iterator[None]:
        """One of a user's places.

        Raises:
            TooManyStreams
        """
        if self._open[user] >= STREAMS:
            raise TooManyStreams(STREAMS)
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]


def topics_of(user: User, text: str) -> frozenset[str]:
    """The topics that a caller names, separated by commas; `user:me` are the caller's own.

    Raises:
        UnknownTopic, TooManyTopics
    """
    names = dict.fromkeys(text.split(","))
    if len(names) > TOPICS:
        raise TooManyTopics(TOPICS)
    for name in names:
        if name != MINE and not NAME.fullmatch(name):
            raise UnknownTopic(name)
    return frozenset(f"user:{user.id}" if name == MINE else name for name in names)


def ago_of(milliseconds: str | None) -> float:
    """The seconds for which a page has looked already; what is no number is none, and more than the hub keeps is too much for it."""
    return min(int(milliseconds), KEPT_MS) / 1000 if milliseconds and _is_number(milliseconds) else 0.0


def _is_number(text: str) -> bool:
    return len(text) < 20 and text.isascii() and text.isdecimal()


def since_of(parameter: str | None, last_event_id: str | None) -> int | None:
    """The last `seq` that a caller has seen: what its browser says (`Last-Event-ID`) before what the address says. What is no number is
    none."""
    for text in (last_event_id, parameter):
        if text and _is_number(text):
            return int(text)
    return None


async def stream(
    runtime: Runtime, user: User, topics: frozenset[str], since: int | None, ago: float, on_ending: Callable[[Callable[[], None]], None]
) -> AsyncIterator[str]:
    """Server-sent events: messages, and every 15 s a `beat` with the `seq` up to which all is told. Ends after 55 s, when too much waits
    for the caller, and when the server ends.

    Args:
        since, ago: see `Hub.subscribe`.
        on_ending: is given what ends the stream.

    Raises:
        TooManyStreams: by the first step.
    """
    hub, time = hub_of(runtime), asyncio.get_running_loop().time
    until = time() + LASTS_SECONDS
    with runtime.own(Streams).place(user.id):
        async with hub.subscribe(topics, since, ago) as subscription:
            on_ending(subscription.end)
            yield f"retry: {RETRY_MS}\n\n"
            waiting = await subscription.take(0)
            while not subscription.ended and time() < until:
                yield "".join(map(_event, waiting)) or f"event: beat\nid: {hub.last}\ndata: {hub.last}\n\n"
                try:
                    waiting = await subscription.take(min(BEAT_SECONDS, until - time()))
                except SlowSubscriber:
                    return


def _event(message: Message) -> str:
    return f"id: {message.seq}\ndata: {message.text}\n\n"
