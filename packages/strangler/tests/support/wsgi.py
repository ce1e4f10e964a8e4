"""A WSGI application full of hazards, written without a framework."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

closed: list[str] = []
ran: list[str] = []
release = threading.Event()


class Answer:
    """An iterable that records how often it was closed."""

    def __init__(self, name: str, chunks: Iterator[bytes]) -> None:
        self.name = name
        self.chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        closed.append(self.name)


def _endless() -> Iterator[bytes]:
    while True:
        yield b"tick\n"
        time.sleep(0.02)


def _fails(after: int) -> Iterator[bytes]:
    for _ in range(after):
        yield b"x" * 10
    raise LookupError("in the middle")


def app(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    name = path.strip("/")
    ran.append(name)
    plain = [("Content-Type", "text/plain")]
    if path == "/echo":
        body = environ["wsgi.input"].read()
        start_response("200 OK", [*plain, ("X-Length", str(len(body))), ("Content-Length", str(len(body)))])
        return [body]
    if path == "/lines":
        start_response("200 OK", plain)
        return [b"|".join(environ["wsgi.input"])]
    if path == "/environ":
        body = "\n".join(f"{key}={value!r}" for key, value in sorted(environ.items()) if isinstance(value, str)).encode()
        start_response("200 OK", [*plain, ("Content-Length", str(len(body)))])
        return [body]
    if path == "/endless":
        start_response("200 OK", plain)
        return Answer(name, _endless())
    if path == "/write":
        write = start_response("200 OK", [*plain, ("Content-Length", "9")])
        write(b"one")
        write(b"two")
        return [b"six"]
    if path == "/write-while-gathered":
        write = None

        def pieces() -> Iterator[bytes]:
            yield b"one"
            assert write is not None
            write(b"two")
            yield b"six"

        write = start_response("200 OK", [*plain, ("Content-Length", "9")])
        return pieces()
    if path == "/replaced":
        start_response("200 OK", plain)
        try:
            raise LookupError("before the first byte")
        except LookupError:
            start_response("503 Sorry", [*plain, ("Content-Length", "5")], sys.exc_info())
        return [b"sorry"]
    if path == "/too-late":

        def late() -> Iterator[bytes]:
            yield b"begun"
            try:
                raise LookupError("after the first byte")
            except LookupError:
                start_response("500 Oops", plain, sys.exc_info())
            yield b"never"

        start_response("200 OK", plain)
        return Answer(name, late())
    if path == "/twice":
        start_response("200 OK", plain)
        start_response("200 OK", plain)
    if path == "/never-started":
        return [b"x"]
    if path == "/fails-streaming":
        start_response("200 OK", plain)
        return Answer(name, _fails(3))
    if path == "/fails-gathered":
        start_response("200 OK", [*plain, ("Content-Length", "100")])
        return Answer(name, _fails(3))
    if path == "/raises":
        raise LookupError("before anything")
    if path == "/exits":
        sys.exit(3)
    if path == "/short":
        start_response("200 OK", [*plain, ("Content-Length", "100")])
        return [b"short"]
    if path == "/not-modified":
        start_response("304 Not Modified", [("Content-Length", "100"), ("ETag", '"x"')])
        return Answer(name, iter(()))
    if path == "/generated":
        start_response("200 OK", plain)
        return Answer(name, iter([b"a", b"", b"b" * 100_000, b"c"]))
    if path == "/large":
        size = 30_000_000
        start_response("200 OK", [*plain, ("Content-Length", str(size))])
        return environ["wsgi.file_wrapper"](_Zeros(size))
    if path == "/stuck":
        release.wait(10)
        start_response("200 OK", [*plain, ("Content-Length", "2")])
        return [b"ok"]
    if path == "/bad-close":

        class Bad(list[bytes]):
            def close(self) -> None:
                closed.append("bad-close")
                raise LookupError("in close")

        start_response("200 OK", [*plain, ("Content-Length", "2")])
        return Bad([b"ok"])
    start_response("404 Not Found", plain)
    return Answer("404", iter([b"nothing"]))


class _Zeros:
    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)
