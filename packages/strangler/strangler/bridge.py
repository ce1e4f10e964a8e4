"""The Flask lane: runs a WSGI application behind ASGI, in a bounded number of threads, or on the event loop where its views allow it.

The body of a request is read first. The application then runs once, in one job (`wsgi_job.py`), and its answer is sent as that gives it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextvars import copy_context
from functools import partial
from io import BytesIO
from typing import IO

from starlette.types import Receive, Scope, Send

from strangler import on_loop as views
from strangler.body import Unread, UploadCut, is_asked_for, read_body
from strangler.environ import build_environ
from strangler.sending import plain, raisable, refuse, send_file
from strangler.target import MATCH
from strangler.threads import Pools, QueueFull, ThreadPool
from strangler.wsgi_job import ClientGone, Job, JobOnLoop, Part, ViewTimeout, WsgiApp, until_gone

SMALL = 64 * 1024  # bytes of a body that a view may read on the event loop
ONE_WAITING_IN = 4  # one of so many threads may wait for a body that its view asks for

log = logging.getLogger(__name__)


class Bridge:
    """An ASGI application that serves HTTP through a WSGI application."""

    def __init__(self, app: WsgiApp, *, threads: int = 20, queue: int = 200, deadline: float | None = None, on_loop: bool = False) -> None:
        """`queue` requests may wait for one of `threads`; one more is answered 503. A view that has not begun its answer after `deadline`
        seconds is answered 504.

        `on_loop`: views wait through the portal alone, and so need no thread. A request has one all the same when its body is larger than
        SMALL, or is received only when it is read, and when its blueprint has threads of its own. As many run on the loop as would run or
        wait otherwise.

        Raises ModuleNotFoundError where that is wanted and greenlet is not installed.
        """
        if on_loop and not views.AVAILABLE:
            raise ModuleNotFoundError("views on the event loop need greenlet: install strangler-fig[loop]", name="greenlet")
        self.app = app
        self._most_on_loop = threads + queue if on_loop else 0
        self._driven: set[asyncio.Task[None]] = set()
        self.deadline = deadline
        self._asking = 0  # views that may have to wait for a body of which their caller waits to be asked for
        self.pool = ThreadPool(threads, queue, deadline)
        self.pools = Pools(self.pool)

    @property
    def is_busy(self) -> bool:
        """Whether more than half of the threads are, or requests wait for one, or as many views run on the loop."""
        return 2 * len(self._driven) > self.pool.size or any(pool.is_busy for pool in self.pools.all())

    @property
    def running_on_loop(self) -> int:
        """How many views run on the loop."""
        return len(self._driven)

    def pool_of(self, scope: Scope) -> ThreadPool:
        """Whose threads a request is given: those of its blueprint, where it has its own."""
        match = scope.get(MATCH)
        return self.pools.of(match.target.blueprint if match is not None else None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pool = self.pool_of(scope)
        if pool.full:
            await refuse(send)
            return
        loop = asyncio.get_running_loop()
        asked_for = is_asked_for(scope) and self._asking < pool.size // ONE_WAITING_IN
        if asked_for:
            self._asking += 1
            try:
                await self._run(scope, Unread(loop, partial(read_body, scope, receive)), receive, send)  # type: ignore[arg-type]
            finally:
                self._asking -= 1
            return
        try:
            body = await read_body(scope, receive)
        except UploadCut:
            return
        await self._run(scope, body, receive, send)

    async def _run(self, scope: Scope, body: IO[bytes], receive: Receive, send: Send) -> None:
        """Run the view and send its answer."""
        loop = asyncio.get_running_loop()
        environ = build_environ(scope, body)
        goes_on_loop = self._goes_on_loop(scope, body)
        job = JobOnLoop(self.app, environ, loop) if goes_on_loop else Job(self.app, environ, loop)
        environ["strangler.accepted"], environ["strangler.patience"] = time.monotonic(), partial(job.patience, receive)
        environ["strangler.gone"], environ["strangler.on_loop"] = job.is_gone, goes_on_loop
        try:
            self._start(job, scope)
        except QueueFull:
            body.close()
            await refuse(send)
            return
        if self.deadline:
            job.limit(self.deadline)
        try:
            part = await job.part
        except ViewTimeout as late:
            log.error("%s %s: %s", scope["method"], scope["path"], late)
            await plain(send, 504, b"Gateway Timeout", [])
            return
        except asyncio.CancelledError:
            job.abandon()
            raise
        finally:
            job.settle()
        if isinstance(part.error, ClientGone):
            return
        if part.error is not None:
            raise raisable(part.error)
        if part.more:
            await self._stream(job, part, receive, send)
            return
        if part.file is not None:
            await send_file(send, part.status, part.headers, part.file)
            return
        await send({"type": "http.response.start", "status": part.status, "headers": part.headers})
        await send({"type": "http.response.body", "body": part.body})

    def _goes_on_loop(self, scope: Scope, body: IO[bytes]) -> bool:
        small = isinstance(body, BytesIO) and body.getbuffer().nbytes <= SMALL
        return bool(self._most_on_loop) and small and self.pool_of(scope) is self.pool

    def _start(self, job: Job, scope: Scope) -> None:
        """Raises QueueFull."""
        if not isinstance(job, JobOnLoop):
            self.pool_of(scope).submit(partial(copy_context().run, job.run))
            return
        if len(self._driven) >= self._most_on_loop:
            raise QueueFull
        driven = asyncio.create_task(views.drive(job.run))
        self._driven.add(driven)
        driven.add_done_callback(self._driven.discard)

    async def _stream(self, job: Job, part: Part, receive: Receive, send: Send) -> None:
        """Send piece after piece until the answer ends or the client leaves."""
        watcher = asyncio.ensure_future(until_gone(job, receive))
        try:
            await send({"type": "http.response.start", "status": part.status, "headers": part.headers})
            await send({"type": "http.response.body", "body": part.body, "more_body": True})
            while not job.gone:
                part = await job.next()
                if isinstance(part.error, ClientGone):
                    return
                if part.error is not None:
                    raise raisable(part.error)
                await send({"type": "http.response.body", "body": part.body, "more_body": part.more})
                if not part.more:
                    return
        finally:
            watcher.cancel()
            job.abandon()

    async def close(self, patience: float) -> int:
        """Admit no more requests and wait for those that run. Returns how many still do after `patience` seconds; those on the loop are
        cancelled."""
        self._most_on_loop = 0
        threads = asyncio.to_thread(self.pools.close, patience)
        if not self._driven:
            return await threads
        busy, (_, left) = await asyncio.gather(threads, asyncio.wait(self._driven, timeout=patience))
        for driven in left:
            driven.cancel()
        return busy + len(left)
