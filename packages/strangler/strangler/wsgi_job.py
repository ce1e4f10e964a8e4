"""One run of a WSGI application: in a thread or on the event loop, while its answer is handed on piece by piece.

How the answer travels is decided after `start_response`, where the application runs: one of known and moderate length is gathered and sent
as a whole, everything else goes chunk by chunk, each waiting until the server has taken the one before.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, Protocol

from starlette.types import Receive
from werkzeug.wsgi import FileWrapper

from strangler import on_loop
from strangler.alarms import Alarm, alarms
from strangler.sending import Headers
from strangler.wire import key_of, status_of, value_of

GATHER = 256 * 1024
GATHER_HTTP_1_0 = 8 * 1024 * 1024
NO_BODY = frozenset({204, 304})

log = logging.getLogger(__name__)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class WsgiApp(Protocol):
    """Any WSGI application."""

    def __call__(self, environ: dict[str, Any], start_response: Any, /) -> Iterable[bytes]: ...


class ClientGone(Exception):
    """Raised inside a job whose client has left."""


class ViewTimeout(Exception):
    """A view did not begin its answer within the lane's deadline."""


class Part:
    """What a job tells the event loop: the beginning of an answer, a piece of it, or how it failed."""

    __slots__ = ("body", "error", "file", "headers", "more", "status")

    def __init__(self, status: int, headers: Headers, body: bytes, more: bool, error: BaseException | None = None) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.more = more
        self.error = error
        self.file: FileWrapper | None = None


class Job:
    """One run of the application in a thread of the lane, to which `run` belongs; everything else belongs to the event loop."""

    __slots__ = (
        "_app",
        "_chunks",
        "_declared",
        "_environ",
        "_headers",
        "_loop",
        "_sent",
        "_status",
        "_timer",
        "_turn",
        "_watcher",
        "gone",
        "part",
    )

    def __init__(self, app: WsgiApp, environ: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._environ = environ
        self._loop = loop
        self._status = 0
        self._headers: Headers = []
        self._declared: int | None = None
        self._chunks: list[bytes] | None = None
        self._sent = False
        self._turn: threading.Lock | None = None
        self._timer: Alarm | None = None
        self._watcher: asyncio.Future[None] | None = None
        self.gone = False
        self.part: asyncio.Future[Part] = loop.create_future()

    def run(self) -> None:
        """Run the application and deliver its answer. The iterable is closed exactly once, whatever happens."""
        try:
            if not self.gone:
                whole = self._serve()
                if whole is not None:
                    self._deliver(whole)
        except ClientGone:
            pass
        except BaseException as error:
            self._deliver(Part(0, [], b"", False, error))
        finally:
            self._environ["wsgi.input"].close()
            for leading_back in ("strangler.patience", "strangler.gone"):  # to this job; else it had to be collected
                self._environ.pop(leading_back, None)

    def _serve(self) -> Part | None:
        """The answer where it was gathered; None where it has been sent piece by piece."""
        iterable = self._app(self._environ, self._start_response)
        part = Part(self._status, self._headers, b"", False)
        try:
            if not self._sent:
                limit = self._gather_limit(iterable)
                if limit is not None:
                    return self._gather(iterable, limit)
                if self._declared is not None and isinstance(iterable, FileWrapper):
                    part.file = iterable
                    return part
            for chunk in iterable:
                if chunk:
                    self._write(chunk)
        finally:
            if part.file is None:
                _close(iterable)
        if self._sent:
            self._emit(Part(0, [], b"", False))
            return None
        return self._whole(b"")

    def _gather_limit(self, iterable: Iterable[bytes]) -> int | None:
        """Up to how many bytes the answer is gathered; None where it travels in pieces."""
        if self._declared is not None and self._declared <= GATHER:
            return GATHER
        if self._status and self._declared is None:
            if isinstance(iterable, list | tuple) and sum(map(len, iterable)) <= GATHER:
                return GATHER
            if self._environ["SERVER_PROTOCOL"] == "HTTP/1.0":
                return GATHER_HTTP_1_0  # such a client understands no chunks, so its answer needs a length
        return None

    def _gather(self, iterable: Iterable[bytes], limit: int) -> Part:
        chunks = self._chunks = []
        size = 0
        for chunk in iterable:
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise RuntimeError(f"an answer that is gathered has more than {limit} bytes")
        return self._whole(chunks[0] if len(chunks) == 1 else b"".join(chunks))

    def _whole(self, body: bytes) -> Part:
        if not self._status:
            raise RuntimeError("the application has not called start_response")
        if self._declared is None and self._status not in NO_BODY and self._environ["REQUEST_METHOD"] != "HEAD":
            self._headers.append((b"content-length", str(len(body)).encode()))
        if self._environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        return Part(self._status, self._headers, body, False)

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None) -> Callable[[bytes], None]:
        if exc_info is not None:
            try:
                if self._sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # its traceback holds this frame
        elif self._status:
            raise AssertionError("start_response was called a second time without exc_info")
        code = status_of(status)
        raw: Headers = []
        declared: int | None = None
        for name, value in headers:
            key = key_of(name)
            if key == b"content-length":
                if code in NO_BODY:
                    continue
                declared = int(value)
            elif key == b"transfer-encoding":
                continue
            raw.append((key, value_of(name, value)))
        self._status, self._headers, self._declared = code, raw, declared
        return self._write

    def _write(self, chunk: bytes) -> None:
        if not chunk:
            return
        if not self._status:
            raise RuntimeError("the application has not called start_response")
        if self._chunks is not None:
            self._chunks.append(chunk)
        else:
            self._emit(Part(self._status, self._headers, chunk, True))

    def _emit(self, part: Part) -> None:
        """Deliver a piece and wait until the server has taken it. Raises ClientGone."""
        self._expect_turn()
        self._sent = True
        if self.gone:
            raise ClientGone
        self._deliver(part)
        if part.more and not self.gone:
            self._wait_for_turn()
            if self.gone:
                raise ClientGone

    def _expect_turn(self) -> None:
        if self._turn is None:
            self._turn = threading.Lock()
            self._turn.acquire()

    def _wait_for_turn(self) -> None:
        assert self._turn is not None
        self._turn.acquire()

    def _deliver(self, part: Part) -> None:
        try:
            self._loop.call_soon_threadsafe(self._receive, part)
        except RuntimeError:  # the loop has ended, and nobody waits for an answer any more
            self.gone = True

    def _receive(self, part: Part) -> None:
        if not self.part.done():
            self.part.set_result(part)
        elif part.error is not None and not isinstance(part.error, ClientGone):
            log.error("a view of the Flask lane failed after its client had left", exc_info=part.error)
        elif part.file is not None:
            part.file.close()

    def next(self) -> asyncio.Future[Part]:
        """Let the job go on after the piece it waits with; the future is its next one."""
        self.part = self._loop.create_future()
        self._release()
        return self.part

    def abandon(self) -> None:
        """Tell the job that nobody waits for it any more: its next piece ends it."""
        self.gone = True
        self._release()
        if not self.part.done():
            self.part.set_result(Part(0, [], b"", False, ClientGone()))

    def _release(self) -> None:
        if self._turn is not None and self._turn.locked():
            self._turn.release()

    def is_gone(self) -> bool:
        """From anywhere, as `environ["strangler.gone"]`: whether the client is known to have left."""
        return self.gone

    def patience(self, receive: Receive, seconds: float) -> None:
        """From the view, as `environ["strangler.patience"]`: its answer begins within so many seconds from now, however late that is. From
        then on the lane notices when the client leaves."""
        self._loop.call_soon_threadsafe(self._be_patient, receive, seconds)

    def _be_patient(self, receive: Receive, seconds: float) -> None:
        if self.part.done():
            return
        if self._timer is not None:
            self.limit(seconds)
        if self._watcher is None:
            self._watcher = asyncio.ensure_future(until_gone(self, receive))

    def settle(self) -> None:
        """The answer has begun, or nobody waits for it: no limit any more, and nobody watches the client for this job."""
        self.limit(None)
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None

    def limit(self, seconds: float | None) -> None:
        """Wait so long for the beginning of the answer; None: for ever. The thread goes on until its view ends."""
        if self._timer is not None:
            alarms().put_off(self._timer)
        self._timer = None if seconds is None else alarms().set(seconds, partial(self._expire, seconds))

    def _expire(self, seconds: float) -> None:
        if not self.part.done():
            self.gone = True
            self.part.set_exception(ViewTimeout(f"no answer from the Flask lane within {seconds:g} s"))


class JobOnLoop(Job):
    """One run of the application on the event loop, in a greenlet (`on_loop.py`)."""

    __slots__ = ("_next",)

    def __init__(self, app: WsgiApp, environ: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(app, environ, loop)
        self._next: asyncio.Future[None] | None = None

    def _expect_turn(self) -> None:
        self._next = self._loop.create_future()

    def _wait_for_turn(self) -> None:
        assert self._next is not None
        on_loop.wait(self._next)

    def _release(self) -> None:
        if self._next is not None and not self._next.done():
            self._next.set_result(None)

    def _deliver(self, part: Part) -> None:
        self._receive(part)


async def until_gone(job: Job, receive: Receive) -> None:
    """Once the client has left: its job is abandoned."""
    while (await receive())["type"] != "http.disconnect":
        pass
    job.abandon()


def _close(iterable: Iterable[bytes]) -> None:
    close = getattr(iterable, "close", None)
    if close is not None:
        try:
            close()
        except Exception:
            log.exception("close() of an answer failed")
