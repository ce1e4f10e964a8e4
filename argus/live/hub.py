"""The hub of a process: takes what is published here, and hands out what is published anywhere.

`publish` only puts a change into a list; a task gives the list to the log and reads the log. So whoever publishes waits for nothing, and
changes of all processes come in one order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from contextvars import Context
from itertools import islice
from types import TracebackType
from typing import Self

from prometheus_client import Counter, Gauge

from argus.live.log import PER_BATCH, Batch, Log, Published, moment
from argus.live.message import RESYNC, Change, Message
from argus.storage.errors import StorageError

log = logging.getLogger("argus.live")

GATHER_SECONDS = 0.02  # in which changes come together; the same change twice is one
LOOK_SECONDS = 0.25  # between two looks at a log that others write to, while somebody listens
PAUSE_SECONDS = 1.0  # after the store has not answered
WAITING = 10_000  # changes that wait for the store; older ones are given up, and everybody is told to look again
KEPT_MESSAGES = 20_000
KEPT_SECONDS = 120.0
QUEUE = 256  # messages that wait for one who listens
ALL = ""
"""The topic of what everybody gets."""

clients = Gauge("argus_live_clients", "Who listens to changes", multiprocess_mode="livesum")
dropped = Counter("argus_live_dropped_total", "Listeners that were sent away because they took too little")
published = Counter("argus_live_published_total", "Changes that were published")


class SlowSubscriber(Exception):
    """Too much waits for a listener: it is sent away, and may come again with the last `seq` that it saw."""


class Subscription:
    """What comes of some topics: an asynchronous iterator, to be left by its context manager.

    Ends when the hub closes.

    Raises:
        SlowSubscriber: by the iteration, when more than `QUEUE` messages wait.
    """

    def __init__(self, hub: Hub, topics: Iterable[str], since: int | None, ago: float) -> None:
        self.topics = frozenset(topics)
        self._hub = hub
        self._since = since
        self._ago = ago
        self._waiting: deque[Message] = deque()
        self._woken = asyncio.Event()
        self._slow = False
        self.ended = False

    async def __aenter__(self) -> Self:
        await self._hub._join(self, self._since, self._ago)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._hub._leave(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        while not self._waiting:
            if self.ended:
                raise StopAsyncIteration
            await self._wait()
        return self._waiting.popleft()

    async def take(self, seconds: float) -> list[Message]:
        """All that waits, at least one message, unless none comes in this time or at all.

        Raises:
            SlowSubscriber
        """
        if not self._waiting and not self.ended:
            try:
                async with asyncio.timeout(seconds):
                    await self._wait()
            except TimeoutError:
                pass
        found = list(self._waiting)
        self._waiting.clear()
        return found

    async def _wait(self) -> None:
        if not self._slow:
            self._woken.clear()
            await self._woken.wait()
        if self._slow:
            raise SlowSubscriber

    def put(self, message: Message) -> None:
        """Let a message wait, unless too many do."""
        if self._slow:
            return
        if len(self._waiting) >= QUEUE:
            self._slow = True
            self._waiting.clear()
            dropped.inc()
        else:
            self._waiting.append(message)
        self._woken.set()

    def end(self) -> None:
        """Nothing comes any more."""
        self.ended = True
        self._woken.set()


class Hub:
    """See the module. Lives on the event loop of its runtime."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._pending: dict[tuple[str, str, str], Published] = {}
        self._lost = False  # something could not be published
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._closing = False
        self._last = 0  # number of the last batch that was handed out
        self._looking = asyncio.Lock()
        self._kept: deque[Message] = deque(maxlen=KEPT_MESSAGES)
        self._times: deque[tuple[float, int]] = deque()
        self._begun = 0.0  # the loop's time since which everything is kept
        self._from = 0  # every message behind this `seq` is kept
        self._listeners: dict[str, set[Subscription]] = {}
        self._all: set[Subscription] = set()

    @property
    def last(self) -> int:
        """The `seq` up to which everything has been handed out here."""
        return self._last * PER_BATCH + PER_BATCH - 1

    def publish(self, topic: str, change: Change) -> None:
        """Tell of a change that the store has acknowledged. Does not wait and does not fail; the change is on its way within 20 ms."""
        if self._closing:
            return
        published.inc()
        self._wait(topic, change)
        self.start()
        self._wanted.set()

    def subscribe(self, topics: Iterable[str], since: int | None = None, ago: float = 0) -> Subscription:
        """Listen to topics, to be entered by `async with`.

        Args:
            since: the last `seq` that was seen: what came behind it is told first. Where that is not kept any more, a message of the type
                `resync` comes instead. None: as `ago` says.
            ago: seconds for which somebody has looked already, without having a `seq`: what came in them is told first.
        """
        return Subscription(self, topics, since, ago)

    async def close(self) -> None:
        """Hand over what was published, and let everybody go."""
        self._closing = True
        if self._task is not None:
            self._wanted.set()
            await asyncio.wait([self._task], timeout=3)
            self._task.cancel()
        for subscription in list(self._all):
            subscription.end()

    # ------------------------------------------------------------------ listeners

    async def _join(self, subscription: Subscription, since: int | None, ago: float) -> None:
        self.start()
        await self._opened.wait()
        if self._log.shared and (not self._all or (since or 0) > self.last):
            await self._look()  # others have told more than anybody here has asked for
        if since is None and ago:
            since = self._seq_before(asyncio.get_running_loop().time() - ago)
        for message in self._replay(subscription.topics, since):
            subscription.put(message)
        for topic in subscription.topics:
            self._listeners.setdefault(topic, set()).add(subscription)
        self._all.add(subscription)
        clients.inc()
        self._wanted.set()
        if self._closing:
            subscription.end()

    def _leave(self, subscription: Subscription) -> None:
        if subscription not in self._all:
            return
        self._all.discard(subscription)
        clients.dec()
        for topic in subscription.topics:
            listeners = self._listeners.get(topic, set())
            listeners.discard(subscription)
            if not listeners:
                self._listeners.pop(topic, None)

    def _replay(self, topics: frozenset[str], since: int | None) -> list[Message]:
        if since is None:
            return []
        found = [message for message in self._kept if message.seq > since and (message.topic in topics or message.topic == ALL)]
        if since < self._from or since > self.last or len(found) > QUEUE // 2:
            return [self._resync()]
        return found

    def _seq_before(self, time: float) -> int:
        """The `seq` up to which everything had come at that time of the loop's clock."""
        if time <= self._begun:  # before that nothing is known, and something may have been forgotten
            return 0
        later = next((seq for at, seq in self._times if at >= time), None)
        return self.last if later is None else later - 1

    def _resync(self) -> Message:
        return Message(RESYNC, ALL, self.last, moment(), {})

    # ------------------------------------------------------------------ the log

    def start(self) -> None:
        """Get to know the log. It happens by itself when somebody publishes or listens; on the loop of the runtime."""
        if self._task is None:  # in a context of its own: deadline and rights of the request that happens to be the first end with it
            self._task = asyncio.get_running_loop().create_task(self._run(), name="live hub", context=Context())

    def _wait(self, topic: str, change: Change) -> None:
        self._pending[topic, change.type, repr(change.data)] = Published(topic, change)

    async def _run(self) -> None:
        await self._open()
        while True:
            await self._until_wanted()
            try:
                await self._append()
                await self._look()
            except StorageError as problem:
                log.warning("changes wait for the database: %r", problem)
                if self._closing:
                    return
                await asyncio.sleep(PAUSE_SECONDS)
                self._wanted.set()
                continue
            except Exception:
                log.exception("a change cannot be told")
                self._lost = True
            if self._closing and not self._pending:
                return

    async def _open(self) -> None:
        while not self._opened.is_set():
            try:
                kept = await self._log.open()
            except StorageError as problem:
                if self._closing:
                    return
                log.warning("changes of others are not heard of yet: %r", problem)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._begin(kept)
                self._opened.set()

    async def _until_wanted(self) -> None:
        """Until something was published or, where others publish too and somebody listens, it is time to look."""
        if self._log.shared and self._all and not self._closing:
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wanted.wait()
            except TimeoutError:
                return
        else:
            await self._wanted.wait()
        self._wanted.clear()
        if self._pending and not self._closing:
            await asyncio.sleep(GATHER_SECONDS)

    async def _append(self) -> None:
        if len(self._pending) > WAITING:
            log.error("%d changes are given up, they wait for too long", len(self._pending))
            self._pending.clear()
            self._lost = True
        if self._lost:
            self._wait(ALL, Change(RESYNC))
            self._lost = False
        while self._pending:
            some = dict(islice(self._pending.items(), PER_BATCH))
            await self._log.append(list(some.values()))
            for key, entry in some.items():
                if self._pending.get(key) is entry:  # else it was published again meanwhile, of what is newer
                    del self._pending[key]

    async def _look(self) -> None:
        async with self._looking:
            batches = await self._log.after(self._last)
            if batches is None:
                self._begin(await self._log.open())
                for subscription in list(self._all):
                    subscription.put(self._resync())
                return
            for batch in batches:
                self._hand_out(batch)

    def _begin(self, kept: list[Batch]) -> None:
        """Know where the log is, and what it keeps."""
        self._begun = asyncio.get_running_loop().time()
        self._kept.clear()
        self._times.clear()
        self._from = kept[0].number * PER_BATCH - 1 if kept[0].entries else kept[0].number * PER_BATCH + PER_BATCH - 1
        for batch in kept:
            self._keep(batch)

    def _hand_out(self, batch: Batch) -> None:
        for message in self._keep(batch):
            listeners = self._all if message.topic == ALL else self._listeners.get(message.topic, ())
            for subscription in list(listeners):
                subscription.put(message)

    def _keep(self, batch: Batch) -> list[Message]:
        messages = [
            Message(change.type, topic, batch.number * PER_BATCH + place, batch.at, change.data)
            for place, (topic, change) in enumerate(batch.entries)
        ]
        now = asyncio.get_running_loop().time()
        for message in messages:
            if len(self._kept) == KEPT_MESSAGES:
                self._forget()
            self._kept.append(message)
            self._times.append((now, message.seq))
        while self._times and self._times[0][0] < now - KEPT_SECONDS:
            self._forget()
        self._last = batch.number
        return messages

    def _forget(self) -> None:
        self._from = self._kept.popleft().seq
        self._begun = self._times.popleft()[0]
