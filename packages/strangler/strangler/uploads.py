"""What the body of a request may cost, on either lane: bytes of one, bytes of all that are being served together, and seconds.

Small bodies are anybody's. For a longer one it is asked who sends it, before any more of it is received; those whom nobody knows have a
limit of their own, each and together. A body that comes too slowly is received no longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from strangler.observation import OBSERVED

UPLOAD = "strangler.upload"
LOOK_EVERY = 1.0  # seconds
SHORT = 64 * 1024  # bytes
TOO_LONG, TOO_SLOW, TOO_MANY = 413, 408, 503


async def nobody(scope: Scope) -> bool:
    """Knows no caller."""
    return False


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes and seconds; None is no limit."""

    most: int | None = None
    """Of one body."""
    strangers: int | None = None
    """Of one body, from a caller whom `known` does not know."""
    together: int | None = 4 * 1024**3
    """Of all bodies whose requests are being served."""
    strangers_together: int | None = None
    """Of those among them whose callers are not known, or were not asked for yet. Half of it is for bodies of more than 64 KiB, which count
    as soon as they are announced: many who announce much and send little hold no memory, and nobody's short body up."""
    known: Callable[[Scope], Awaitable[bool]] = nobody
    """Whether it is known who sends a request: asked once a request at most, and only when it matters."""
    seconds: float = 20.0
    """In so many seconds of waiting for a body ..."""
    rate: int = 500
    """... so many bytes of it must come, a second."""
    seconds_leaving: float = 3.0
    """A body of which nothing comes for so long is given up while the worker leaves."""


def plain(status: int) -> Exception:
    """A refusal as FastAPI knows it."""
    return HTTPException(status)


async def answer_plainly(scope: Scope, error: Exception, send: Send) -> None:
    """What a lane that does not answer a refusal itself says."""
    status = error.status_code if isinstance(error, HTTPException) else TOO_MANY
    text = str(getattr(error, "detail", "")).encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@dataclass
class Uploads:
    """Holds the bodies of a worker to their limits.

    `refusal` makes the error that whoever receives a body gets, of a status (413, 408, 503); `answer` sends it where a lane let it through.
    """

    limits: UploadLimits
    leaving: Callable[[], bool] = lambda: False
    refusal: Callable[[int], Exception] = plain
    answer: Callable[[Scope, Exception, Send], Awaitable[None]] = answer_plainly
    held: int = field(default=0, init=False)
    held_for_strangers: int = field(default=0, init=False)
    long_for_strangers: int = field(default=0, init=False)
    """Bytes of long bodies, announced or received."""

    async def serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that may have a body by `app`, which receives it within the limits."""
        announced, _ = announced_body(scope)
        upload = scope[UPLOAD] = Upload(self, scope, announced or 0, receive)
        try:
            await upload.admit_length(announced or 0)  # before anything is done about it
            await app(scope, upload.receive, upload.sending(send))
        except Exception as error:
            if error is not upload.refused or upload.answering:
                raise
            await self.answer(scope, error, upload.sending(send))
        finally:
            upload.release()
            upload.refused = None  # its traceback knows the upload, and so does the scope: circles, which only the collector would break
            scope.pop(UPLOAD, None)


class Upload:
    """The body of one request."""

    def __init__(self, uploads: Uploads, scope: Scope, announced: int, receive: Receive) -> None:
        self._uploads = uploads
        self._limits = uploads.limits
        self._scope = scope
        self._receive = receive
        self._announced = announced
        self._size = 0
        self._long = 0  # bytes of this body among `long_for_strangers`
        self._known: bool | None = None
        self._complete = self._asked = False
        self._waited = self._still = 0.0  # seconds of waiting for the body: in this period, since its last byte
        self._came = 0  # bytes in this period
        self.refused: Exception | None = None
        self.too_long = False
        self.answering = False

    async def receive(self) -> Message:
        """The next part of the body. Raises the refusal, but not at whoever listens beside a streamed answer for the client to leave."""
        if self._complete or self.answering:
            return await self._receive()
        try:
            return await self._next()
        except Exception as error:
            if error is not self.refused:
                raise
            await asyncio.sleep(0)  # the listener begins before the stream beside it
            if not self.answering:
                raise
            return await self._receive()

    async def _next(self) -> Message:
        if self.refused is not None:
            raise self.refused
        self._asked = True
        await self._admit(max(self._announced, self._size))
        message = await self._in_time()
        if message["type"] != "http.request":
            self._complete = True
            return message
        size = len(message.get("body", b""))
        self._size += size
        self._came += size
        self._hold(size)
        await self._admit(self._size)
        self._complete = not message.get("more_body", False)
        return message

    def sending(self, send: Send) -> Send:
        """`send` that knows when the answer has begun, and closes a connection on which nobody can tell where the next request begins:
        whose caller waits to be asked for the body, or did not send it."""
        given_up = any(name == b"expect" and value.lower() == b"100-continue" for name, value in self._scope["headers"])

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answering = True
                if (given_up and not self._asked) or (self.refused is not None and not self.too_long):
                    message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        return sent

    def release(self) -> None:
        """The request has been served."""
        self._uploads.held -= self._size
        if not self._known:
            self._release_as_stranger()

    def _release_as_stranger(self) -> None:
        self._uploads.held_for_strangers -= self._size
        self._uploads.long_for_strangers -= self._long
        self._long = 0

    def _hold(self, size: int) -> None:
        self._uploads.held += size
        if not self._known:
            self._uploads.held_for_strangers += size

    async def _admit(self, size: int) -> None:
        """Raises the refusal of a body that is, or is going to be, so long."""
        limits, uploads = self._limits, self._uploads
        if limits.most is not None and size > limits.most:
            raise self._refuse(TOO_LONG)
        if limits.strangers is not None and size > limits.strangers and not await self._is_known():
            raise self._refuse(TOO_LONG)
        if limits.together is not None and uploads.held > limits.together:
            raise self._refuse(TOO_MANY)
        most = limits.strangers_together
        if most is not None and uploads.held_for_strangers > most and not self._known and not await self._is_known():
            raise self._refuse(TOO_MANY)
        await self.admit_length(size)

    async def admit_length(self, size: int) -> None:
        """Raises the refusal of a stranger's long body while there are many of them."""
        most, more = self._limits.strangers_together, size - self._long
        if most is None or size <= SHORT or more <= 0 or self._known:
            return
        if self._uploads.long_for_strangers + more <= most // 2:
            self._long += more
            self._uploads.long_for_strangers += more
        elif not await self._is_known():
            raise self._refuse(TOO_MANY)

    async def _is_known(self) -> bool:
        if self._known is None:
            self._known = await self._limits.known(self._scope)
            if self._known:
                self._release_as_stranger()
        return self._known

    def _refuse(self, status: int) -> Exception:
        self.too_long = status == TOO_LONG
        self.refused = self._uploads.refusal(status)
        if (observed := self._scope.get(OBSERVED)) is not None:
            observed.refused = True
        return self.refused

    async def _in_time(self) -> Message:
        """The next message; a wait for it counts, what the application does in between does not."""
        while True:
            began = monotonic()
            message: Message | None = None
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    message = await self._receive()
            except TimeoutError:
                pass  # nothing has come: is that too long?
            spent = monotonic() - began
            self._waited += spent
            if message is not None:
                self._still = 0.0
                return message
            self._still += spent
            self._judge()

    def _judge(self) -> None:
        limits = self._limits
        if self._still >= limits.seconds_leaving and self._uploads.leaving():
            raise self._refuse(TOO_SLOW)
        if self._waited >= limits.seconds:
            if self._came < self._waited * limits.rate:
                raise self._refuse(TOO_SLOW)
            self._waited, self._came = 0.0, 0


def may_have_body(scope: Scope) -> bool:
    """Whether a body may follow: headers announce one, or it is HTTP/2, which may send one without a word."""
    announced, unannounced = announced_body(scope)
    return bool(announced) or unannounced


def announced_body(scope: Scope) -> tuple[int | None, bool]:
    """Content-Length, and whether a body may come without one: only HTTP/1 says so in its headers."""
    length: int | None = None
    chunked = not scope["http_version"].startswith("1")
    for name, value in scope["headers"]:
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = True
    return length, chunked
