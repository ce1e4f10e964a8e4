"""Threads for what would hold the event loop: a bounded pool for each purpose, so that none starves another.

A purpose has so many threads, and so many calls may wait for one; a call that comes when that many wait is refused at once. Whoever stops
waiting leaves the queue, so what nobody wants any more takes no thread.

The loop's own executor is left to the look-ups of host names that asyncio and httpx make; nothing of ours runs there.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from argus.kit.errors import ServiceBusy

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a pool is for."""

    name: str
    threads: int
    waiting: int
    """How many calls may wait for a thread."""
    computes: bool = False
    """Whether it keeps the interpreter busy: then threads take turns more often, so that the event loop gets its own soon."""


PASSWORDS = Purpose("passwords", 1, 50)
"""Hashing passwords: 0.2 s of a core each. Two at once would leave the event loop none on a small machine. A thread that has a core
after the others is no way out: once it has the interpreter again, and no core, it stops everybody."""
PICTURES = Purpose("pictures", 2, 50)
FILES = Purpose("files", 4, 500)
"""Public files: the built frontend and images."""
S3 = Purpose("s3", 2, 100)
"""Finding credentials, which may ask the machine's own metadata service."""
LOOKUPS = Purpose("lookups", 4, 100)
"""Addresses of host names that callers give."""
SCANS = Purpose("scans", 2, 20)
"""Host keys of tunnel servers."""
ARCHIVES = Purpose("archives", 1, 10, computes=True)
"""Unpacking what is to be replayed."""
REPLAYED = Purpose("replayed", 4, 100)
"""Recorded calls that are served again by Flask."""
ANSWERS = Purpose("answers", 2, 200, computes=True)
"""Counting, drawing and encoding answers of thousands of rows."""
DOCUMENTS = Purpose("documents", 2, 50, computes=True)
"""Reading large documents of callers: JUnit reports."""
PATTERNS = Purpose("patterns", 2, 8)
"""Searching with regular expressions of callers: seconds each. Who waits for one keeps a thread of the Flask lane; all of them together
are to keep no more than half."""
EVENTS = Purpose("events", 1, 10, computes=True)
"""Comparing events by their meaning."""
HOUSEKEEPING = Purpose("housekeeping", 1, 50)
"""Small looks at this machine's files: metrics of all workers, the version that is deployed."""


class _Turns:
    """How long a thread keeps the interpreter while another one wants it: shorter as long as something computes.

    A request of the Flask lane passes between its thread and the event loop some times. With Python's own five milliseconds each of them
    would wait that long for a loop that is busy.
    """

    USUAL, SHORT = 0.001, 0.0005  # seconds

    def __init__(self) -> None:
        self._computing = 0

    def begin(self) -> None:
        self._computing += 1
        if self._computing == 1:
            sys.setswitchinterval(self.SHORT)

    def end(self) -> None:
        self._computing -= 1
        if not self._computing:
            sys.setswitchinterval(self.USUAL)


_turns = _Turns()


def take_turns() -> None:
    """Let the threads of this process take turns as often as a worker needs it."""
    sys.setswitchinterval(_Turns.USUAL)


class Pool:
    """The threads of one purpose. Used on one event loop."""

    def __init__(self, purpose: Purpose) -> None:
        self.purpose = purpose
        self.waiting = 0
        self.busy = 0
        self.refused = 0
        """How many calls were refused so far."""
        self._free = asyncio.Semaphore(purpose.threads)
        self._threads = ThreadPoolExecutor(purpose.threads, f"argus-{purpose.name}")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, in a copy of the caller's context, and wait for what it returns.

        A caller that is cancelled stops waiting at once; a function that runs already goes on and keeps its thread until it ends.

        Raises:
            ServiceBusy: too many wait already.
        """
        if self._free.locked() and self.waiting >= self.purpose.waiting:
            self.refused += 1
            raise ServiceBusy(self.purpose.name)
        self.waiting += 1
        try:
            await self._free.acquire()
        finally:
            self.waiting -= 1
        self.busy += 1
        if self.purpose.computes:
            _turns.begin()
        try:
            call: Future[T] = self._threads.submit(_leaving_nothing, partial(copy_context().run, function, *args, **kwargs))
        except BaseException:
            self._end()
            raise
        loop = asyncio.get_running_loop()
        call.add_done_callback(lambda _: _tell(loop, self._end))
        try:
            return await asyncio.wrap_future(call)
        finally:
            del call  # it knows its error, whose traceback knows this frame: a circle, which only the collector would break

    def _end(self) -> None:
        self.busy -= 1
        if self.purpose.computes:
            _turns.end()
        self._free.release()

    def close(self) -> None:
        """Take no more calls; those that run end in their own time."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _leaving_nothing(function: Callable[[], T]) -> T:
    """Call it; an error takes none of its variables along. They may be megabytes of a caller's, and errors live on for a while."""
    try:
        return function()
    except BaseException as error:
        traceback.clear_frames(error.__traceback__)
        raise


def _tell(loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop has closed: nobody waits for this thread any more
        loop.call_soon_threadsafe(ended)


class Pools:
    """The pools of a worker, each made when it is first needed."""

    def __init__(self) -> None:
        self._pools: dict[Purpose, Pool] = {}

    def __iter__(self) -> Iterator[Pool]:
        return iter(self._pools.values())

    def of(self, purpose: Purpose) -> Pool:
        """The pool of a purpose."""
        pool = self._pools.get(purpose)
        if pool is None:
            pool = self._pools[purpose] = Pool(purpose)
        return pool

    def close(self) -> None:
        """Close all of them."""
        for pool in self:
            pool.close()
