"""Watches every event loop of the test process: nothing of the application may hold one for more than 50 ms.

That is judged on a quiet machine (`make test-loop`). Elsewhere a test fails at five times as much, since a processor that is shared, slow
or cold makes more of the same work.

Measured is the processor time of the loop's own thread while it runs one callback, less that of the garbage collector: a machine that is
busy with something else turns no test red. While a callback takes long it is looked at what the loop does, since tests and application
share it: what counts is the time in which the innermost code of ours is the application's. A test that calls a plain function of the
application itself holds the loop itself. A callback that stands at one line of the application for a second is one that waits where it must
not.

To look at the frames of a thread that runs can crash CPython 3.11. So the second thread only sends the loop's thread a signal, and that
thread looks at its own frames between two of its instructions. Python handles signals in the main thread alone, where tests have their
loops; of a loop in another thread it is known which task ran, and no more.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
APPLICATION = (f"{ROOT}/argus/", f"{ROOT}/packages/strangler/strangler/")
TESTS = (f"{ROOT}/tests/", f"{ROOT}/packages/strangler/tests/")
LIMIT = float(os.environ.get("ARGUS_TEST_LOOP_LIMIT", "0.25"))  # seconds of processor time; `make test-loop` says 0.05
LOOK = 0.01  # seconds between two looks
WAITING = LIMIT * 20  # seconds at one line
SIGNAL = signal.SIGPROF

ALLOWED: dict[str, str] = {
    "argus/web/worker.py:open": "a worker opens before it takes its first request",
    "argus/web/fastapi_app.py:lifespan": "a worker opens before it takes its first request",
    "strangler/gateway.py:_lifespan": "a worker compiles its table before it takes its first request",
    "argus/db/revisions.py:_alone": "a change of the schema of a PostgreSQL has its loop to itself",
    "argus/cli/": "a command has its loop to itself",
    "strangler/threads.py:_start": "a thread of the Flask lane starts; on a busy machine that takes until it has its first turn",
}
"""Functions that may hold the loop, with the reason."""


@dataclass
class Running:
    """A callback that a loop runs now."""

    processor: float
    since: float
    collecting: float = 0.0
    looks: Counter[str] = field(default_factory=Counter)
    line: str = ""
    line_since: float = 0.0
    waited: float = 0.0

    def look(self, place: str, at: float) -> None:
        """Note what is being done: a place in the application, or nothing of it."""
        self.looks[place] += 1
        if not place or place != self.line:
            self.line, self.line_since = place, at
        elif place:
            self.waited = max(self.waited, at - self.line_since)


def _place(frame: FrameType | None) -> str:
    """The application's functions that are running, innermost first; empty when it is a test that holds the loop."""
    found: list[str] = []
    entered: FrameType | None = None
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(TESTS):
            break
        if file.startswith(APPLICATION):
            entered = frame
            found.append(f"{file.removeprefix(f'{ROOT}/')}:{frame.f_code.co_name}")
        frame = frame.f_back
    if entered is None or (frame is not None and not entered.f_code.co_flags & inspect.CO_COROUTINE):
        return ""
    return " < ".join(dict.fromkeys(found))


def _task_place(handle: asyncio.Handle) -> str:
    """The application's function that a callback belongs to, as a task; empty when it is none of the application's."""
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    code = getattr(task.get_coro(), "cr_code", None) if isinstance(task, asyncio.Task) else None
    if code is None or not code.co_filename.startswith(APPLICATION):
        return ""
    return f"{code.co_filename.removeprefix(f'{ROOT}/')}:{code.co_name}"


class Watchdog:
    """Measures all loops from `start` on. Made and started in the main thread."""

    def __init__(self) -> None:
        self.stalls: list[str] = []
        self._running: dict[int, Running] = {}
        self._collecting: dict[int, float] = {}
        self._run: Any = None
        self._before: Any = None
        self._main = threading.main_thread().ident or 0
        self._over = threading.Event()
        self._asking = threading.Thread(target=self._ask_again_and_again, name="watchdog", daemon=True)

    def start(self) -> None:
        """Measure what asyncio calls from now on."""
        run = self._run = asyncio.Handle._run
        running, finish = self._running, self._finish
        ident, processor, now = threading.get_ident, time.thread_time, time.monotonic

        def measured(handle: asyncio.Handle) -> None:
            thread = ident()
            this = running[thread] = Running(processor(), now())
            try:
                run(handle)
            finally:
                running.pop(thread, None)
                used = processor() - this.processor - this.collecting
                if used > LIMIT or this.waited >= WAITING:
                    finish(handle, this, used)

        asyncio.Handle._run = measured  # type: ignore[method-assign,assignment]
        gc.callbacks.append(self._collected)
        self._before = signal.signal(SIGNAL, self._look)
        self._asking.start()

    def stop(self) -> None:
        """Measure no more."""
        asyncio.Handle._run = self._run  # type: ignore[method-assign]
        gc.callbacks.remove(self._collected)
        self._over.set()
        self._asking.join()
        signal.signal(SIGNAL, self._before)

    def taken(self) -> list[str]:
        """The stalls since the last time."""
        stalls, self.stalls = self.stalls, []
        return stalls

    def _ask_again_and_again(self) -> None:
        """In a thread: ask the main thread what it does, while a callback takes long there."""
        while not self._over.wait(LOOK):
            this = self._running.get(self._main)
            if this is not None and time.monotonic() - this.since > LIMIT / 2:
                signal.pthread_kill(self._main, SIGNAL)

    def _look(self, number: int, frame: FrameType | None) -> None:
        """In the main thread, wherever it is."""
        if (this := self._running.get(self._main)) is not None:
            this.look(_place(frame), time.monotonic())

    def _collected(self, phase: str, info: Any) -> None:
        thread = threading.get_ident()
        if phase == "start":
            self._collecting[thread] = time.thread_time()
        elif (this := self._running.get(thread)) is not None:
            this.collecting += time.thread_time() - self._collecting.get(thread, time.thread_time())

    def _finish(self, handle: asyncio.Handle, this: Running, used: float) -> None:
        looks = this.looks if threading.get_ident() == self._main else Counter([_task_place(handle)])
        ours = {place: seen for place, seen in looks.items() if place and not any(allowed in place for allowed in ALLOWED)}
        held = used * sum(ours.values()) / max(1, looks.total())
        if ours and (held > LIMIT or this.waited >= WAITING):
            where = max(ours, key=lambda place: ours[place])
            how = f"{held * 1000:.0f} ms of processor time" if held > LIMIT else f"{this.waited:.1f} s at one line"
            self.stalls.append(f"the event loop stood still: {how} in {where}")


def watching() -> Iterator[Watchdog]:
    """A watchdog while the session runs."""
    watchdog = Watchdog()
    watchdog.start()
    yield watchdog
    watchdog.stop()
