"""From a view into the event loop: how it calls an async service, and waits for it.

In the gateway the coroutine runs on the server's own loop, whether the view has a thread or runs there itself (`on_loop.py`). Under plain
WSGI the portal owns a loop in a background thread, made on the first call in the process that makes it: a loop thread that was started
before a fork is dead after it.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, ParamSpec, TypeVar, cast

from strangler import on_loop
from strangler.alarms import alarms
from strangler.ending import AGAIN, end

P = ParamSpec("P")
T = TypeVar("T")

DEADLINE = 60.0


class PortalError(RuntimeError):
    """A call that the portal refuses."""


class PortalClosed(PortalError):
    """The loop behind the portal has ended, or is about to."""


class PortalTimeout(TimeoutError):
    """A call passed its deadline. Its coroutine has ended: it does nothing more after this error."""


class _Call:
    """One call on its way: made in the calling thread, run on the loop."""

    __slots__ = ("context", "done", "error", "function", "loop", "portal", "result", "task")

    def __init__(self, portal: Portal, loop: asyncio.AbstractEventLoop, function: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.portal = portal
        self.loop = loop
        self.function = function
        self.context: Context = copy_context()
        self.task: asyncio.Task[Any] | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def start(self) -> None:
        try:
            self.task = self.loop.create_task(self.function(), context=self.context)
        except BaseException as error:
            self.error = error
            self._finish()
        else:
            self.task.add_done_callback(self._ended)

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self.error = asyncio.CancelledError()
        else:
            self.error = task.exception()
            if self.error is None:
                self.result = task.result()
        self._finish()

    def _finish(self) -> None:
        self.portal._running.discard(self)
        self.done.release()


class Portal:
    """Calls from threads onto one event loop."""

    def __init__(self, deadline: float | None = DEADLINE) -> None:
        """`deadline` is in seconds, for calls that do not bring their own; None waits for ever."""
        self.deadline = deadline
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread: int | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._running: set[_Call] = set()
        self._lock = threading.Lock()
        self._finalizers: list[Callable[[], Awaitable[None]]] = []

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use a loop that somebody else runs, from its own thread: the server's."""
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._closed = False

    def start(self) -> None:
        """Run an own loop in a background thread, once."""
        with self._lock:
            if self._loop is not None or self._closed:
                return
            loop = asyncio.new_event_loop()
            started = threading.Event()

            def run() -> None:
                self._loop_thread = threading.get_ident()
                asyncio.set_event_loop(loop)
                loop.call_soon(started.set)
                loop.run_forever()

            self._thread = threading.Thread(target=run, name="portal", daemon=True)
            self._thread.start()
            started.wait()
            self._loop = loop

    def on_close(self, finalizer: Callable[[], Awaitable[None]]) -> None:
        """Await `finalizer` on the loop when an own loop ends; the last registered comes first."""
        self._finalizers.append(finalizer)

    def call(self, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `await function(*args, **kwargs)` on the loop, in a copy of the caller's context, and wait for its result within the
        portal's deadline. A view on the loop calls in its own context.

        Raises what the function raises; PortalTimeout after the deadline, when the coroutine was cancelled and has ended; PortalError on
        the loop's own thread; PortalClosed when there is no loop any more. A coroutine that ends with a result in spite of its
        cancellation gives that result: what it did is done.
        """
        return self.call_within(self.deadline, function, *args, **kwargs)

    def call_within(self, deadline: float | None, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """`call` with a deadline of its own, in seconds."""
        loop = self._loop
        if loop is None:
            self.start()
            loop = self._loop
        if loop is None or self._closed:
            raise PortalClosed("the event loop behind the portal has ended")
        if self._loop_thread == threading.get_ident():
            if not on_loop.is_view():
                raise PortalError("a call on the loop's own thread would wait for itself: await the function instead")
            try:
                return on_loop.wait(_within(deadline, function, *args, **kwargs))
            except asyncio.CancelledError:
                raise PortalClosed("the call was cancelled") from None
        call = _Call(self, loop, lambda: function(*args, **kwargs))
        self._running.add(call)
        try:
            loop.call_soon_threadsafe(call.start)
        except RuntimeError as closed:
            self._running.discard(call)
            raise PortalClosed("the event loop behind the portal has ended") from closed
        late = not call.done.acquire(timeout=-1 if deadline is None else deadline)
        if late:
            loop.call_soon_threadsafe(call.cancel)
            while not call.done.acquire(timeout=AGAIN):
                loop.call_soon_threadsafe(call.cancel)
        error = call.error
        if error is None:
            return cast(T, call.result)
        try:
            if isinstance(error, asyncio.CancelledError):
                if late:
                    raise PortalTimeout(f"the call took longer than {deadline} s")
                raise PortalClosed("the call was cancelled")
            raise error
        finally:
            del error, call  # the traceback holds this frame

    async def detach(self) -> None:
        """On the server's loop, before it ends: refuse new calls, cancel those that still run and wait for their end."""
        self._closed = True
        await self._cancel_running()
        self._loop = None

    def close(self, patience: float = 10.0) -> None:
        """End an own loop: refuse new calls, give running ones `patience` seconds, await the finalizers."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            if loop is None or thread is None:
                return
            self._loop = None
        asyncio.run_coroutine_threadsafe(self._end(patience), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    async def _end(self, patience: float) -> None:
        running = [call.task for call in self._running if call.task is not None]
        if running:
            await asyncio.wait(running, timeout=patience)
        await self._cancel_running()
        for finalizer in reversed(self._finalizers):
            await finalizer()

    async def _cancel_running(self) -> None:
        while running := [call.task for call in self._running if call.task is not None]:
            await end(*running)


async def _within(deadline: float | None, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """For a view on the loop. Raises PortalTimeout when the function ends for its deadline."""
    if deadline is None:
        return await function(*args, **kwargs)
    clock = _Clock(deadline)
    try:
        return await function(*args, **kwargs)
    except asyncio.CancelledError:
        if clock.rang:
            raise PortalTimeout(f"the call took longer than {deadline} s") from None
        raise  # somebody else ends this task
    finally:
        clock.stop()


class _Clock:
    """Cancels the task that runs when it is made, unless it is stopped in time; and again for as long as that goes on."""

    __slots__ = ("_alarm", "_alarms", "_before", "_cancelled", "_task")

    def __init__(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._before = task.cancelling()
        self._cancelled = 0
        self._alarms = alarms()
        self._alarm = self._alarms.set(seconds, self._cancel)

    def _cancel(self) -> None:
        self._cancelled += 1
        self._task.cancel()
        self._alarm = self._alarms.set(AGAIN, self._cancel)

    @property
    def rang(self) -> bool:
        """Whether the task was cancelled, and by nobody else."""
        return self._cancelled > 0 and self._task.cancelling() - self._cancelled <= self._before

    def stop(self) -> None:
        """Take back what it did to the task."""
        self._alarms.put_off(self._alarm)
        for _ in range(self._cancelled):
            self._task.uncancel()


_chosen: ContextVar[Portal | None] = ContextVar("gateway_portal", default=None)
_of_process: dict[int, Portal] = {}
_making = threading.Lock()


def choose(portal: Portal) -> None:
    """Make `portal` the current one in this context: the gateway does so for each request that it gives to Flask."""
    _chosen.set(portal)


def current() -> Portal:
    """The portal of the request, else the one of this process, which owns its loop."""
    return _chosen.get() or _of_process.get(os.getpid()) or _make()


def _make() -> Portal:
    global _making
    if not _making.acquire(timeout=5):
        _making = threading.Lock()  # a fork copied it while another thread of the parent held it
        _making.acquire()
    try:
        pid = os.getpid()
        if pid not in _of_process:
            _of_process.clear()  # portals of the parent: their loops did not survive the fork
            _of_process[pid] = Portal()
            atexit.register(_close_at_exit, pid)
        return _of_process[pid]
    finally:
        _making.release()


def _close_at_exit(pid: int) -> None:
    if os.getpid() == pid and (portal := _of_process.pop(pid, None)) is not None:
        portal.close()
