"""Large bodies behind the shipped nginx: what its limit takes reaches Argus whole, whatever Argus says to it; nobody else waits for it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.deploy.nginx import needs_nginx, nginx
from tests.process import server_process
from tests.serving import ACTORS

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(400), needs_nginx]

MB = 1 << 20
LARGE = 200 * MB
MOST_GROWTH = 450 * MB  # the parts as they come, and the whole once for who reads it
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
INGEST = "/api/v1/client/replay/ingest"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """The address of nginx, and the process behind it."""
    with (
        server_process(None, f"sqlite:///{tmp_path}/argus.sqlite", tmp_path) as (url, running),
        nginx(tmp_path / "nginx", urlsplit(url).port or 0) as front,
    ):
        yield front, running.pid


async def parts(size: int) -> AsyncIterator[bytes]:
    part = bytes(MB)
    for _ in range(size // MB):
        yield part


def peak(pid: int) -> int:
    """Most bytes of memory that a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


async def test_two_hundred_megabytes_reach_argus_which_says_what_is_wrong_with_them(served: tuple[str, int]) -> None:
    url, pid = served
    before = peak(pid)
    slowest, done = 0.0, asyncio.Event()

    async def beside(client: httpx.AsyncClient) -> None:
        nonlocal slowest
        while not done.is_set():
            began = time.monotonic()
            assert (await client.get("/api/v1/version")).status_code == 200
            slowest = max(slowest, time.monotonic() - began)
            await asyncio.sleep(0.05)

    async with httpx.AsyncClient(base_url=url, headers=TOKEN, timeout=200) as client, httpx.AsyncClient(base_url=url, timeout=60) as other:
        watching = asyncio.create_task(beside(other))
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(LARGE)}
        began = time.monotonic()
        answer = await client.post(INGEST, content=parts(LARGE), headers=headers)
        took = time.monotonic() - began
        done.set()
        await watching
    growth = peak(pid) - before
    print(f"\n200 MB in {took:.1f} s, memory +{growth / MB:.0f} MB; others waited {slowest:.2f} s at most")
    assert answer.headers["x-argus-lane"] == "fastapi", "it was Argus that said so"
    told = json.loads(answer.text)
    assert (told["status"], told["response"]["exception"]) == ("error", "ReplayServiceError")
    assert growth < MOST_GROWTH
    assert slowest < 5


async def test_a_stranger_is_refused_as_soon_as_argus_has_the_head(served: tuple[str, int]) -> None:
    url, pid = served
    before = peak(pid)
    async with httpx.AsyncClient(base_url=url, timeout=200) as client:
        headers = {"Content-Type": "application/x-tar", "Content-Length": str(LARGE)}
        answer = await client.post(INGEST, content=parts(LARGE), headers=headers)
    assert answer.status_code in (401, 403, 413) or answer.json()["status"] == "error"
    assert peak(pid) - before < 20 * MB


async def test_more_than_either_takes_is_refused_by_nginx(served: tuple[str, int]) -> None:
    url, _ = served
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    head = f"POST {INGEST} HTTP/1.1\r\nHost: x\r\nAuthorization: {TOKEN['Authorization']}\r\nContent-Length: {513 * MB}\r\n\r\n"
    writer.write(head.encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    writer.close()
    assert answer.startswith(b"http/1.1 413")
    assert b"x-argus-lane" not in answer
