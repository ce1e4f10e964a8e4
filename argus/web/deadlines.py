"""The deadline of each request on the FastAPI lane (`REQUEST_DEADLINE`).

Its clock stands still while the client sends the body.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.kit.errors import DeadlineExceeded
from argus.storage.errors import OperationTimedOut
from strangler.alarms import alarms

AGAIN = 1.0  # seconds until what swallowed its cancellation is cancelled once more


class Deadlines:
    """ASGI middleware: what has not begun to answer in time is cancelled, and raises DeadlineExceeded."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        clock = _Clock(self.seconds)
        complete = False

        async def received() -> Message:
            nonlocal complete
            if complete or clock.answering:
                return await receive()
            left, clock.deadline.ends = clock.deadline.left, math.inf
            try:
                message = await receive()
            finally:
                clock.deadline.ends = time.monotonic() + left
            complete = not message.get("more_body", False)
            return message

        def sent(message: Message) -> Awaitable[None]:
            clock.answering = True  # the caller hears; the rest takes as long as the caller does
            clock.deadline.ends = math.inf
            return send(message)

        token = deadline.current.set(clock.deadline)
        try:
            await clock.keep(self.app, scope, received, sent)
        finally:
            deadline.current.reset(token)


class _Clock:
    """Cancels the task of a request when its deadline has passed, which may be moved meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.deadline = Deadline(seconds)
        self.seconds = seconds
        self.answering = False
        self._cancelled = 0
        self._alarms = alarms()

    async def keep(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._alarm = self._alarms.set(self.seconds, self._look)
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            others = [task.uncancel() for _ in range(self._cancelled)]
            if not others or others[-1] > 0:
                raise  # somebody else ends this task
            raise DeadlineExceeded(self.seconds) from None
        except OperationTimedOut:  # a statement that had no more time than the request
            if self.deadline.left > 0:
                raise
            raise DeadlineExceeded(self.seconds) from None
        finally:
            self._alarms.put_off(self._alarm)

    def _look(self) -> None:
        left = self.deadline.left
        if self.answering:
            return
        if left > 0:
            self._alarm = self._alarms.set(min(left, self.seconds), self._look)
            return
        self._cancelled += 1
        self._task.cancel()
        self._alarm = self._alarms.set(AGAIN, self._look)
