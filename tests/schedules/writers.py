"""Two writers, each with a thread, an event loop and a store of its own as two processes have them, and a gate that lets their statements
through one by one, in the order of a schedule."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain, cycle
from typing import Any

from argus.runtime import Runtime
from argus.storage.store import Store

LOOK = 0.02  # seconds after which a writer that reaches no gate is taken to wait for the other one
LONGEST = 60.0  # seconds of a schedule

Op = Callable[[Runtime], Awaitable[Any]]


class Gate:
    """Where every statement waits until it is its writer's turn. Open unless a schedule is played."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._live: set[int] = set()
        self._waiting: set[int] = set()
        self._allowed: int | None = None

    def enter(self, writer: int) -> None:
        """Called on the writer's own loop, which stands still meanwhile, as a process does that is not scheduled."""
        with self._changed:
            if writer not in self._live:
                return
            self._waiting.add(writer)
            self._changed.notify_all()
            if not self._changed.wait_for(lambda: self._allowed == writer, LONGEST):
                raise TimeoutError("a statement was never let through")
            self._allowed = None
            self._changed.notify_all()

    def leave(self, writer: int) -> None:
        with self._changed:
            self._live.discard(writer)
            self._changed.notify_all()

    def open(self, writers: Iterable[int]) -> None:
        with self._changed:
            self._live = set(writers)

    def conduct(self, schedule: Iterable[int]) -> None:
        """Let statements through, each time of the writer that is named next, or of the one that waits."""
        turns = iter(chain(schedule, cycle((0, 1))))
        with self._changed:
            while self._live:
                self._changed.wait_for(lambda: self._waiting >= self._live, LOOK)
                if not self._waiting:
                    continue
                wanted = next(turns)
                self._allowed = wanted if wanted in self._waiting else min(self._waiting)
                self._waiting.discard(self._allowed)
                self._changed.notify_all()
                if not self._changed.wait_for(lambda: self._allowed is None, LONGEST):
                    raise TimeoutError("a writer did not take its turn")


class GatedEngine:
    """An engine whose statements pass the gate."""

    def __init__(self, engine: Any, gate: Gate, writer: int) -> None:
        self._engine, self._gate, self._writer = engine, gate, writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def read(self, *args: Any) -> Any:
        self._gate.enter(self._writer)
        return await self._engine.read(*args)

    async def write(self, *args: Any) -> Any:
        self._gate.enter(self._writer)
        return await self._engine.write(*args)


class Writer:
    """A runtime in a thread of its own."""

    def __init__(self, number: int, gate: Gate, opened: Callable[[], Awaitable[Runtime]]) -> None:
        self.number, self._gate = number, gate
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"writer-{number}", daemon=True)
        self._thread.start()
        self.runtime = self.wait(opened())
        self.runtime.store = Store(GatedEngine(self.runtime.store.engine, gate, number))

    def wait(self, work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_of(work), self._loop).result(LONGEST)

    def begin(self, ops: Sequence[Op]) -> Any:
        """Start operations, one after the other; a future of their results."""
        return asyncio.run_coroutine_threadsafe(self._all(ops), self._loop)

    async def _all(self, ops: Sequence[Op]) -> list[Any]:
        try:
            return [await result_of(op, self.runtime) for op in ops]
        finally:
            self._gate.leave(self.number)

    def close(self) -> None:
        self.wait(self.runtime.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LONGEST)
        self._loop.close()


async def _of(work: Awaitable[Any]) -> Any:
    return await work


async def result_of(op: Op, runtime: Runtime) -> Any:
    """What an operation gives, or the name of its error."""
    try:
        return await op(runtime)
    except Exception as error:
        return type(error).__name__


def play(writers: tuple[Writer, Writer], gate: Gate, ops: tuple[Sequence[Op], Sequence[Op]], schedule: Sequence[int]) -> tuple[Any, Any]:
    """The results of both writers."""
    gate.open((0, 1))
    futures = [writer.begin(part) for writer, part in zip(writers, ops, strict=True)]
    gate.conduct(schedule)
    first, second = (future.result(LONGEST) for future in futures)
    return first, second
