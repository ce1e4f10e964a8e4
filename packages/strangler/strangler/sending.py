"""What the Flask lane sends without a thread of its own: short answers, files, and errors."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.types import Send
from werkzeug.wsgi import FileWrapper

RETRY_AFTER = b"1"
Headers = list[tuple[bytes, bytes]]
_files = ThreadPoolExecutor(2, "file-blocks")  # starts its threads on first use


async def refuse(send: Send) -> None:
    """503: all threads are busy and the queue is full."""
    await plain(send, 503, b"Service Unavailable", [(b"retry-after", RETRY_AFTER)])


async def plain(send: Send, status: int, text: bytes, headers: Headers) -> None:
    """A short text."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


async def send_file(send: Send, status: int, headers: Headers, file: FileWrapper) -> None:
    """A file, block by block as the client takes it: it waits here, and not in a thread that could serve others. Closes the file."""
    loop = asyncio.get_running_loop()
    try:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while block := await loop.run_in_executor(_files, next, file, b""):
            await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        _files.submit(file.close)


def raisable(error: BaseException) -> Exception:
    """A `SystemExit` of a view must not end the server."""
    if isinstance(error, Exception):
        return error
    wrapped = RuntimeError(f"a view of the Flask lane raised {type(error).__name__}")
    wrapped.__cause__ = error
    return wrapped
