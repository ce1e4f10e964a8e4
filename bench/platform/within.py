"""What is measured within one process: steps of the event loop, the check of a key, the writing of CSV."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx

from argus.auth.api_keys import check
from argus.features.artefacts.extraction.csv_export import csv_pieces
from argus.models.user import User
from bench.platform.figures import Figures, p95
from bench.platform.steps import steps
from tests.serving import Server, serving

MIB = 1024 * 1024
LINE = b"op,1234,some text\n"
UPLOAD = (LINE * (50 * MIB // len(LINE)))[: 50 * MIB - 4096]
PIECE = 64 * 1024  # bytes that a server reads from a socket at a time
ROWS = 60_000  # short ones: the most that messages of one size can hold
WRITTEN = 100_000
CHECKS = 2000
STEP = 50  # milliseconds


async def measure(figures: Figures, folder: Path) -> None:
    """All of them, on an application with the embedded defaults."""
    free = dict.fromkeys(("RATE_READS", "RATE_WRITES", "RATE_UPLOADS"), "1000000/minute")
    async with serving(folder, "fastapi", **free) as server, server.client("alice") as client:
        client.headers["X-Workspace-ID"] = (await client.post("/workspaces", json={"name": "bench"})).json()["workspace_id"]
        await job_of(client, b"a,b\n1,2\n")  # what is loaded once, is loaded
        with steps() as taken:
            answer = await client.post("/documents", content=form(UPLOAD), headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert answer.status_code == 201, answer.text
        figures.most("longest step of the loop, upload of 50 MiB", max(taken) * 1000, "ms", STEP)
        with steps() as taken:
            await job_of(client, b"a,b\n" + b"".join(b"%d,2\n" % (number % 10) for number in range(ROWS)))
        figures.most(f"longest step of the loop, job of {ROWS} rows", max(taken) * 1000, "ms", STEP)
        figures.most("added by a key that is remembered, p95", p95(await key_checks(server, client)), "ms", 0.2)
    figures.most(f"CSV of {WRITTEN} rows", csv_seconds(), "s", 2)


async def form(content: bytes) -> AsyncIterator[bytes]:
    """The body of an upload, as it comes from a socket."""
    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
    yield b"\r\n--x--\r\n"


async def job_of(client: httpx.AsyncClient, content: bytes) -> None:
    """Upload a CSV and wait until its tables are there."""
    document = (await client.post("/documents", files={"file": ("a.csv", content)})).json()
    job = (await client.post("/jobs", json={"document_id": document["document_id"]})).json()
    while job["status"] in ("pending", "running"):
        await asyncio.sleep(0.05)
        job = (await client.get(f"/jobs/{job['job_id']}")).json()
    assert job["status"] == "success", job


async def key_checks(server: Server, client: httpx.AsyncClient) -> list[float]:
    """How much of a thread's time it takes to know the caller by a key: beside the look-up of the user, which every credential needs."""
    made = (await client.post("/auth/api-keys", json={"label": "bench"})).json()
    user_id, store = UUID(made["user_id"]), server.runtime.store
    taken = []
    for _ in range(CHECKS):
        began = time.thread_time()
        await store.find(User, id=user_id)
        between = time.thread_time()
        await check(server.runtime, made["api_key"], "127.0.0.1")
        taken.append(max(0.0, time.thread_time() - between - (between - began)))
    return taken


def csv_seconds() -> float:
    """How long a table's CSV takes to be written."""
    rows = ([f"op {number}", f"{number / 7:.4f}", "text", "=1", "5"] for number in range(WRITTEN))
    began = time.perf_counter()
    for _ in csv_pieces(["op", "p99", "a", "b", "c"], rows):
        pass
    return time.perf_counter() - began
