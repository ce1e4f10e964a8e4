"""The body of a request, read whole before the view runs: small ones in memory, larger ones in a temporary file."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from typing import IO, Any, cast

from starlette.types import Receive, Scope
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from strangler.uploads import UPLOAD, announced_body

IN_MEMORY = 1024 * 1024
MATCH = "gateway.match"
_files = ThreadPoolExecutor(2, "body-spool")  # starts its threads on first use


class UploadCut(Exception):
    """The client left before its body was complete."""


class TooLarge(RawIOBase):
    """Stands for a body that is longer than it may be: a view that reads it is refused with 413, one that needs no body goes on."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: object) -> int:
        raise RequestEntityTooLarge


class Unread(RawIOBase):
    """Stands for a body that is received when a view first asks for it. Read by a thread of the lane."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Callable[[], Awaitable[IO[bytes]]]) -> None:
        self._loop = loop
        self._receive = receive
        self._body: IO[bytes] | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._body is None:
            try:
                self._body = asyncio.run_coroutine_threadsafe(self._wait(), self._loop).result()
            except UploadCut:
                raise ClientDisconnected from None
        part = self._body.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)

    async def _wait(self) -> IO[bytes]:
        return await self._receive()

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
        super().close()


async def read_body(scope: Scope, receive: Receive) -> IO[bytes]:
    """The body of a request, at its beginning. Nothing more is received while a part is written to disk, so that a fast client has to wait.

    Where `Uploads` stands between and says that it is too long, a `TooLarge` stands for it.

    Raises UploadCut when the client left, or sent less than it announced.
    """
    expected, chunked = announced_body(scope)
    if not expected and not chunked:
        return BytesIO()
    parts: list[bytes] = []
    size = pending = 0
    spool: IO[bytes] | None = None
    loop = asyncio.get_running_loop()
    try:
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise UploadCut
            part: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            if part:
                parts.append(part)
                size += len(part)
                pending += len(part)
            if pending > IN_MEMORY:
                spool = await loop.run_in_executor(_files, _append, spool, parts)
                parts, pending = [], 0
        if expected is not None and size < expected:
            raise UploadCut
        if spool is None:
            return BytesIO(parts[0] if len(parts) == 1 else b"".join(parts))
        return await loop.run_in_executor(_files, _rewind, spool, parts)
    except BaseException:
        if spool is not None:
            _files.submit(spool.close)
        upload = scope.get(UPLOAD)
        if upload is not None and upload.too_long:
            return cast("IO[bytes]", TooLarge())
        raise


def _append(spool: IO[bytes] | None, parts: list[bytes]) -> IO[bytes]:
    spool = spool or tempfile.TemporaryFile()  # noqa: SIM115 - closed by the job that reads it
    spool.writelines(parts)
    return spool


def _rewind(spool: IO[bytes], parts: list[bytes]) -> IO[bytes]:
    _append(spool, parts)
    spool.seek(0)
    return spool


def announces_body(scope: Scope) -> bool:
    """Whether the headers say that a body follows; HTTP/2 may send one without a word."""
    length, chunked = announced_body(scope)
    return bool(length) or (chunked and scope["http_version"].startswith("1"))


def is_asked_for(scope: Scope) -> bool:
    """Whether a body is received only if a view reads it: where no view is known, and where the caller waits to be asked for it."""
    if scope.get(MATCH, True) is None:
        return True
    return any(name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"])
