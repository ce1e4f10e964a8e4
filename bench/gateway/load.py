"""Keep-alive requests over several connections: by `wrk` where it is installed, else by a client of our own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from typing import cast

CONNECTIONS = 16
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


def rate(port: int, path: str, seconds: float, core: int | None, own: bool = False) -> float:
    """Answers per second. Raises RuntimeError when one is not a 200."""
    if shutil.which("wrk") and not own:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", f"http://127.0.0.1:{port}{path}"]
        output = _pinned(command, core)
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(output)
        found = re.search(r"Requests/sec:\s+([\d.]+)", output)
        if not found or not float(found[1]):
            raise RuntimeError(f"no answer\n{output}")
        return float(found[1])
    return float(_pinned([sys.executable, "-m", "bench.gateway.load", str(port), path, str(seconds)], core))


def _pinned(command: list[str], core: int | None) -> str:
    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    return subprocess.run(command, capture_output=True, text=True, check=True, preexec_fn=pin).stdout


class _Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, request: bytes, counts: list[int], ended: asyncio.Future[None]) -> None:
        self.request = request
        self.counts = counts
        self.ended = ended
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, ended, body = self.received.partition(b"\r\n\r\n")
        if not ended:
            return
        length = LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or not length:
            self._fail(head)
        elif len(body) >= int(length[1]):
            self.received = body[int(length[1]) :]
            self.counts[0] += 1
            self.transport.write(self.request)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(b"connection lost")

    def _fail(self, answer: bytes) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(answer.decode("latin-1")))


async def _run(port: int, path: str, seconds: float) -> float:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    counts = [0]
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: _Client(request, counts, ended), "127.0.0.1", port)
    began, before = time.perf_counter(), counts[0]
    done, _ = await asyncio.wait([ended], timeout=seconds)
    if done:
        ended.result()
    if counts[0] == before:
        raise RuntimeError("no answer")
    return (counts[0] - before) / (time.perf_counter() - began)


if __name__ == "__main__":
    import uvloop

    print(uvloop.run(_run(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))))
