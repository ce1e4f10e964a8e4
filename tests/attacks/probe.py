"""Asks a server how long it takes to answer, in a steady rhythm and each time on a new connection.

`python -m tests.attacks.probe HOST PORT SECONDS` prints the times.
In a process of its own, so that what the attack computes does not count. An answer's time runs from the beat at which it was to be asked
for: a server that stands still for a second is late for every beat of that second, and not only for one.
"""

from __future__ import annotations

import json
import socket
import sys
import time

BEAT = 0.05  # seconds from one request to the next
PATIENCE = 30.0  # seconds for an answer; none within them counts as that long
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: argus.test\r\nConnection: close\r\n\r\n"


def ask(host: str, port: int) -> None:
    """One answer on a new connection. Raises OSError when it is no 200."""
    with socket.create_connection((host, port), timeout=PATIENCE) as connection:
        connection.sendall(REQUEST)
        head = connection.recv(65536)
        if not head.startswith(b"HTTP/1.1 200"):
            raise OSError(f"no health: {head[:100]!r}")
        while connection.recv(65536):
            pass


def probe(host: str, port: int, seconds: float) -> list[float]:
    """How long each answer took, in seconds."""
    took: list[float] = []
    began = beat = time.perf_counter()
    while beat - began < seconds:
        time.sleep(max(0.0, beat - time.perf_counter()))
        try:
            ask(host, port)
            took.append(time.perf_counter() - beat)
        except OSError:
            took.append(max(PATIENCE, time.perf_counter() - beat))
        beat += BEAT
        if time.perf_counter() - began > seconds + PATIENCE:
            break  # the beats that are left would all be as late
    return took


if __name__ == "__main__":
    print(json.dumps(probe(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
