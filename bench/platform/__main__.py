"""`python -m bench.platform [--rounds 100]`: the targets of documents and jobs, with the embedded defaults.

On a server: percentiles of answers, MiB a second and memory for an upload of 50 MiB, the time from asking for a job to its beginning.
Within a process: the longest steps of its event loop, the check of a key, a CSV of 100,000 rows. Each figure of one run stands beside its
target, and as the part of it that it is; ends in 1 where one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from argus.cli.stores import open_at
from argus.kit.settings import Settings
from argus.models.user import User
from bench.platform import within
from bench.platform.figures import Figures, p95
from bench.process import argus

ROOT = Path(__file__).parents[2]
TOKEN = "of-the-benchmark-only"
MIB = 1024 * 1024
UPLOAD = 50 * MIB - 4096


async def add_user(folder: Path) -> None:
    """An account whose token the benchmark knows."""
    url = f"sqlite:///{folder}/argus.sqlite"
    async with open_at(url, Settings(STORAGE=url, SECRET_KEY="bench", DATA_DIR=folder)) as store:
        await store.save(User(id=uuid.uuid4(), username="bench", email="bench@example.com", api_token=TOKEN, roles=["ROLE_USER"]))


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[tuple[int, int]]:
    """A server; gives its port and its process."""
    rates = {f"RATE_{kind}": "1000000/minute" for kind in ("READS", "WRITES", "UPLOADS")}
    with argus(folder, f"sqlite:///{folder}/argus.sqlite", "fastapi", FILE_STORE_ROOT=str(folder / "objects"), **rates) as started:
        yield started


class Memory:
    """The most that a process and its children hold, looked at every 10 ms."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self.before = self.most = resident(pid)

    def __enter__(self) -> Memory:
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            self.most = max(self.most, resident(self._pid))


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


async def percentile(rounds: int, call: Callable[[int], Awaitable[float]]) -> float:
    """The time below which 95 of 100 calls end, in milliseconds."""
    return p95([await call(number) for number in range(rounds)])


async def measure(figures: Figures, port: int, pid: int, rounds: int) -> None:
    """What is measured of a server."""
    headers = {"Authorization": f"token {TOKEN}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=120) as client:
        space = await _json(client, "POST", "/workspaces", json={"name": "bench"})
        client.headers["X-Workspace-ID"] = space["workspace_id"]
        await _uploads(figures, client, pid)
        small = [await _upload(client, f"{number}.csv", f"op,p99\nread,{number}\n".encode()) for number in range(20)]

        async def read(number: int) -> float:
            return await _timed(client, "GET", f"/documents/{small[number % 20]['document_id']}")

        async def submit(number: int) -> float:
            return await _timed(client, "POST", "/jobs", json={"document_id": small[number % 20]["document_id"]})

        await read(0)
        figures.most("metadata of a document, p95", await percentile(rounds, read), "ms", 30)
        await _starts(figures, client, small)
        figures.most("POST /jobs while others run, p95", await percentile(rounds, submit), "ms", 60)


async def _uploads(figures: Figures, client: httpx.AsyncClient, pid: int) -> None:
    await _upload(client, "warm.csv", b"a,b\n1,2\n")
    lines = b"".join(b"%d,%d,%d\n" % (number, number * 7, number * 13) for number in range(400_000))
    content = (lines * (UPLOAD // len(lines) + 1))[:UPLOAD]
    with Memory(pid) as memory:
        began = time.perf_counter()
        await _upload(client, "large.csv", content)
        seconds = time.perf_counter() - began
    figures.least("upload of 50 MiB", UPLOAD / MIB / seconds, "MiB/s", 80)
    figures.most("memory of the server meanwhile, more than before", (memory.most - memory.before) / MIB, "MiB", 64)


async def _starts(figures: Figures, client: httpx.AsyncClient, documents: list[Any]) -> None:
    waits: list[float] = []
    for document in documents:
        job = await _json(client, "POST", "/jobs", json={"document_id": document["document_id"]})
        while job["status"] in ("pending", "running"):
            await asyncio.sleep(0.02)
            job = await _json(client, "GET", f"/jobs/{job['job_id']}")
        assert job["status"] == "success", job
        waits.append(_at(job["started_at"]) - _at(job["created_at"]))
    figures.most("from asking for a job to its beginning, p95", p95(waits), "ms", 500)


def _at(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


async def _upload(client: httpx.AsyncClient, name: str, content: bytes) -> Any:
    return await _json(client, "POST", "/documents", files={"file": (name, content)})


async def _json(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
    answer = await client.request(method, path, **options)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def _timed(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> float:
    began = time.perf_counter()
    answer = await client.request(method, path, **options)
    taken = time.perf_counter() - began
    assert answer.status_code < 300, answer.text
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="requests of each kind")
    rounds = parser.parse_args().rounds
    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(add_user(folder))
        with serving(folder) as (port, pid):
            asyncio.run(measure(figures, port, pid, rounds))
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(within.measure(figures, Path(name)))
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
