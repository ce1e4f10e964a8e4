"""Workers of one socket share its connections."""

from __future__ import annotations

import asyncio
import os
import signal
from array import array
from collections import Counter
from pathlib import Path

import pytest

from argus.cli.listening import WORKERS_FILE
from tests.process import server_process
from tests.slow.wire import children

pytestmark = [
    pytest.mark.slow,
    pytest.mark.anyio,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks below /proc at who holds a connection"),
]

CONNECTIONS = 64


def _held(processes: list[int], port: int) -> Counter[int]:
    """Established connections of a port by the process that holds them."""
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == "01":
            inodes.add(f"socket:[{fields[9]}]")
    held: Counter[int] = Counter()
    for process in processes:
        for link in Path(f"/proc/{process}/fd").iterdir():
            if link.is_symlink() and str(link.readlink()) in inodes:
                held[process] += 1
    return held


async def _connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: argus\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert b" 200 " in head
    return reader, writer


def _accepting(supervisor: int) -> list[int]:
    """Workers that have a slot in the file of counts."""
    environment = dict(part.partition("=")[::2] for part in Path(f"/proc/{children(supervisor)[0]}/environ").read_text().split("\0"))
    slots = array("i", Path(environment[WORKERS_FILE]).read_bytes())
    return sorted({process for process in slots[::2] if process})


async def serving_children(supervisor: int, workers: int) -> list[int]:
    """The worker processes, once all of them accept."""
    for _ in range(900):
        accepting = _accepting(supervisor)
        if len(accepting) == workers:
            return accepting
        await asyncio.sleep(0.1)
    raise AssertionError("workers did not come up")


@pytest.mark.parametrize("workers", [2, 4])
async def test_no_worker_has_many_more_connections_than_another(tmp_path: Path, workers: int) -> None:
    with server_process("fastapi", f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--workers", str(workers)) as (url, server):
        processes, port = await serving_children(server.pid, workers), int(url.rpartition(":")[2])
        for together in (1, 16, CONNECTIONS):
            open_ones: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
            for _ in range(CONNECTIONS // together):
                open_ones += await asyncio.gather(*(_connect(port) for _ in range(together)))
            held = _held(processes, port)
            assert sum(held.values()) == CONNECTIONS
            assert max(held.values()) <= 1.3 * CONNECTIONS / workers, held
            for _, writer in open_ones:
                writer.close()
            await asyncio.sleep(0.2)


async def test_a_worker_that_stands_still_makes_nobody_wait(tmp_path: Path) -> None:
    """It has the fewest connections, and takes none."""
    with server_process("fastapi", f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--workers", "2") as (url, server):
        port = int(url.rpartition(":")[2])
        stopped = (await serving_children(server.pid, 2))[0]
        os.kill(stopped, signal.SIGSTOP)
        try:
            loop = asyncio.get_running_loop()
            began = loop.time()
            for _ in range(10):
                await _connect(port)
            assert loop.time() - began < 2
        finally:
            os.kill(stopped, signal.SIGCONT)
