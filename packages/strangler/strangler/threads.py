"""The Flask lane's threads: a bounded number of them, fed by a bounded queue; some may be kept for one blueprint."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from queue import SimpleQueue

log = logging.getLogger(__name__)


class QueueFull(Exception):
    """More jobs wait than may wait."""


class ThreadPool:
    """Runs jobs in `size` threads; at most `waiting` jobs wait for one. A thread is free when its job has returned, and not before; one
    whose job runs for longer than `patience` seconds counts as stuck.

    Jobs come from one thread, the event loop's. It takes no lock that a worker could hold, for a worker may lose the interpreter while it
    holds it.
    """

    def __init__(self, size: int, waiting: int, patience: float | None = None, name: str = "flask-lane") -> None:
        self.name = name
        self.size = size
        self.waiting = waiting
        self.patience = patience
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._since = [0.0] * size  # when each thread took its job; 0 while it has none
        self._closing = False

    @property
    def busy(self) -> int:
        """Threads that run a job."""
        return sum(since > 0 for since in self._since)

    @property
    def stuck(self) -> int:
        """Threads that run their job for longer than anybody waits for it."""
        if self.patience is None:
            return 0
        late = time.monotonic() - self.patience
        return sum(0 < since < late for since in self._since)

    @property
    def is_busy(self) -> bool:
        """Whether more than half of the threads are, or jobs wait for one."""
        return self.queued > 0 or 2 * self.busy > self.size

    @property
    def queued(self) -> int:
        """Jobs that wait for a thread."""
        return self._jobs.qsize()

    @property
    def full(self) -> bool:
        """Whether another job would be refused."""
        return self._closing or (self._jobs.qsize() >= self.waiting and self._jobs.qsize() >= self.waiting + self.size - self.busy)

    def state(self) -> dict[str, int]:
        """What an operator wants to know."""
        return {"size": self.size, "busy": self.busy, "queued": self.queued, "stuck": self.stuck}

    def submit(self, job: Callable[[], None]) -> None:
        """Run `job` in a thread. Raises QueueFull. What the job raises is logged."""
        if self.full:
            raise QueueFull
        if not self._threads:
            self._start()
        self._jobs.put(job)

    def _start(self) -> None:
        for number in range(self.size):
            thread = threading.Thread(target=self._work, args=(number,), name=f"{self.name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self, number: int) -> None:
        since, take, now = self._since, self._jobs.get, time.monotonic
        while (job := take()) is not None:
            since[number] = now()
            try:
                job()
            except BaseException:
                log.exception("a job of the Flask lane failed")
            del job
            since[number] = 0.0

    def close(self, patience: float) -> int:
        """Admit no more jobs, give those that were admitted `patience` seconds, end the threads. Returns the number of threads that still
        run a job. Blocks."""
        self._closing = True
        deadline = time.monotonic() + patience
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        return sum(thread.is_alive() for thread in self._threads)


class Pools:
    """The threads of the lane: those for everything, and those of blueprints that have their own. Used on the event loop, but for
    `follow`."""

    def __init__(self, shared: ThreadPool) -> None:
        self.shared = shared
        self.own: dict[str, ThreadPool] = {}
        """By blueprint; each from its first request on."""
        self._sizes: Mapping[str, int] = {}
        self._settled: Mapping[str, int] = self._sizes

    def follow(self, sizes: Mapping[str, int]) -> None:
        """From the next request on blueprints have so many threads of their own. From any thread."""
        self._sizes = sizes

    def of(self, blueprint: str | None) -> ThreadPool:
        """Where the requests of a blueprint run."""
        if self._settled is not self._sizes:
            self._settle()
        size = self._settled.get(blueprint or "")
        if blueprint is None or size is None:
            return self.shared
        if blueprint not in self.own:
            self.own[blueprint] = ThreadPool(size, self.shared.waiting, self.shared.patience, f"{self.shared.name}-{blueprint}")
        return self.own[blueprint]

    def _settle(self) -> None:
        """Let go of threads that nobody is to have any more; they end when what they were given has ended."""
        self._settled = self._sizes
        for name in [name for name, pool in self.own.items() if pool.size != self._settled.get(name)]:
            self.own.pop(name).close(0)

    def all(self) -> list[ThreadPool]:
        """Every pool that is in use."""
        return [self.shared, *self.own.values()]

    def close(self, patience: float) -> int:
        """Close every pool, as one is closed. Blocks."""
        deadline = time.monotonic() + patience
        return sum(pool.close(max(0.0, deadline - time.monotonic())) for pool in self.all())
