"""Holds a server under attack to what was promised: nobody stops a worker (docs/security.md).

A test starts one worker, lets callers do their worst for a while, and `/healthz` is asked beside it all the time:

    def test_an_endless_head(target: Target) -> None:        # once a lane
        def attack(target: Target) -> None:
            with target.connect() as connection:
                while not target.over():
                    connection.sendall(b"a: b\\r\\n" * 1000)

        withstands(target, attack)

`attack` is called again and again, in as many threads as `callers` says, until the time is over. A connection that the server closes
(OSError) is the server's good right; whatever else it raises fails the test. `withstands` asserts that

- the 99th percentile of `/healthz` on new connections is at most 100 ms. Where others eat the machine's cores a quiet server is late as
  well, so it is measured without the attack, before and after, and beside it there is a server that does nothing else than answer
  (`idle.py`), on which the same is measured all the time; twice the worst of these 99th percentiles is allowed where that is more.
- the server, its helper processes included, grows by at most 100 MB at any moment.

Attackers are other people's machines: here they get what server and measurement leave of the cores (`BEHIND`).

`ATTACK_SECONDS` says how long one attack takes (10); the figures of docs/performance.md are of 30.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import yaml

from tests.process import GOLDEN, ROOT, server_process

SECONDS = float(os.environ.get("ATTACK_SECONDS", "10"))
QUIET_SECONDS = 3.0
BEHIND = 10  # niceness of attackers
SLOWEST = 0.1  # seconds, the 99th percentile
MOST_GROWTH = 100 * 1024 * 1024  # bytes
PAGE = os.sysconf("SC_PAGE_SIZE")
TOKENS: dict[str, str] = {name: actor["token"] for name, actor in yaml.safe_load((GOLDEN / "actors.yaml").read_text()).items()}

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For all clients: one that makes its own reads every known authority, 20 ms of a core that the server needs."""


@dataclass
class Target:
    """A server of one worker with the four actors in its database."""

    lane: str
    url: str
    pid: int
    log: Path
    _end: float = field(default=float("inf"), init=False)

    def over(self) -> bool:
        """Whether the time of the attack is over."""
        return time.monotonic() >= self._end

    def connect(self, timeout: float = 10.0) -> socket.socket:
        """A plain connection; a wait of more than `timeout` seconds for the server is an OSError."""
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname or "", address.port or 80), timeout=timeout)

    def client(self, actor: str | None = None) -> httpx.Client:
        """An HTTP client, of one of the actors by token; None is anonymous."""
        headers = {"Authorization": f"token {TOKENS[actor]}"} if actor else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60.0, verify=_NO_TLS)

    def memory(self) -> int:
        """Resident bytes of the server and its helper processes."""
        return sum(_resident(pid) for pid in _family(self.pid))

    def spooled(self) -> int:
        """Bytes that the server keeps in temporary files."""
        return sum(_spooled(pid) for pid in _family(self.pid))


@dataclass(frozen=True)
class Measured:
    """What one attack did to its server."""

    quiet: float  # seconds, the worse of two 99th percentiles without the attack
    beside: float  # seconds, the 99th percentile of a server that is not attacked, at the same time
    slowest: float  # seconds, the 99th percentile under it
    growth: int  # bytes of memory
    spooled: int  # bytes on disk

    def __str__(self) -> str:
        mb = 1024 * 1024
        return (
            f"/healthz p99 {self.slowest * 1000:.1f} ms (quiet: {self.quiet * 1000:.1f}, an idle server: {self.beside * 1000:.1f}),"
            f" memory +{self.growth / mb:.1f} MB, on disk {self.spooled / mb:.1f} MB"
        )


@contextmanager
def attacked(lane: str, folder: Path, **settings: str) -> Iterator[Target]:
    """A server that serves everything from one lane, over an embedded database below `folder`.

    Args:
        settings: environment, such as ARGUS_MAX_CONTENT_LENGTH="1000".
    """
    with server_process(lane, f"sqlite:///{folder}/argus.sqlite", folder, **settings) as (url, process):
        yield Target(lane, url, process.pid, folder / "server.log")


def measure(target: Target, attack: Callable[[Target], None], callers: int = 1, seconds: float = SECONDS) -> Measured:
    """Attack a server and measure it. Raises what the attack raised, unless it is an OSError."""
    before = _p99(_probe(target.url, QUIET_SECONDS))
    peaks = _Peaks(target)
    with _idle_server() as idle, ThreadPoolExecutor(callers + 2) as threads:
        target._end = time.monotonic() + seconds
        probed, beside = (threads.submit(_probe, url, seconds) for url in (target.url, idle))
        attackers = [threads.submit(_again_and_again, target, attack) for _ in range(callers)]
        with peaks:
            slowest = _p99(probed.result())
            for attacker in attackers:
                attacker.result()
    after = _p99(_probe(target.url, QUIET_SECONDS))
    return Measured(max(before, after), _p99(beside.result()), slowest, peaks.memory, peaks.spooled)


def withstands(target: Target, attack: Callable[[Target], None], callers: int = 1, seconds: float = SECONDS) -> Measured:
    """Attack a server; see above for what it asserts."""
    measured = measure(target, attack, callers, seconds)
    print(f"\n{target.lane}: {measured}")
    assert measured.slowest <= max(SLOWEST, 2 * measured.quiet, 2 * measured.beside), str(measured)
    assert measured.growth <= MOST_GROWTH, str(measured)
    return measured


@contextmanager
def _idle_server() -> Iterator[str]:
    """The address of a server with nothing to do."""
    with subprocess.Popen([sys.executable, "-m", "tests.attacks.idle"], cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def _again_and_again(target: Target, attack: Callable[[Target], None]) -> None:
    if sys.platform == "linux":  # elsewhere threads have no niceness of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
    while not target.over():
        try:
            attack(target)
        except (OSError, httpx.TransportError):
            time.sleep(0.01)  # the server has closed the connection; the next one comes at once


def _probe(url: str, seconds: float) -> list[float]:
    address = urlsplit(url)
    command = [sys.executable, "-m", "tests.attacks.probe", str(address.hostname), str(address.port), str(seconds)]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    took: list[float] = json.loads(told)
    return took


def _p99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


class _Peaks:
    """The most memory and disk, over what there was, while it is entered."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.memory = self.spooled = 0
        self._base = target.memory()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            self.memory = max(self.memory, self.target.memory() - self._base)
            self.spooled = max(self.spooled, self.target.spooled())


def _family(pid: int) -> list[int]:
    found = [pid]
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += _family(int(child))
    except OSError:
        pass  # it has just ended
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except OSError:
        return 0  # it has just ended


def _spooled(pid: int) -> int:
    size = 0
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            found = descriptor.stat()
            if found.st_nlink == 0:  # a file without a name: temporary
                size += found.st_size
    except OSError:
        pass  # closed while it was looked at
    return size
