"""Requests over keep-alive connections, each timed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of answers, in seconds, and what they add up to."""

    times: Sequence[float]
    seconds: float

    @property
    def a_second(self) -> float:
        return len(self.times) / self.seconds

    def share(self, share: float) -> float:
        """The time within which a share of the answers came, in milliseconds."""
        return sorted(self.times)[min(len(self.times) - 1, int(len(self.times) * share))] * 1000


async def measure(port: int, request: Callable[[], bytes], connections: int, seconds: float) -> Measured:
    """Ask over so many connections at once for so long.

    Raises:
        RuntimeError: an answer is an error.
    """
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, request, began + seconds, times) for _ in range(connections)))
    return Measured(times, time.perf_counter() - began)


async def _connection(port: int, request: Callable[[], bytes], until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while (sent := time.perf_counter()) < until:
            writer.write(request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1]) if length else 0)
            times.append(time.perf_counter() - sent)
            if not head.startswith(b"HTTP/1.1 200") or b'"status":"error"' in body.replace(b" ", b"")[:40]:
                raise RuntimeError(f"{request()[:200]!r}: {head[:80]!r} {body[:300]!r}")
    finally:
        writer.close()
