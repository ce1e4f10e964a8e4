"""A gigabyte through the S3 proxy: the client has it from S3, whole and in parts, and the server does not grow."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.attacks.harness import TOKENS, Target, attacked
from tests.peers.sockets import listening

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

SIZE = int(os.environ.get("LARGE_OBJECT", str(1 << 30)))  # bytes
BLOCK = b"argus log line\n\0" * 65_536  # one mebibyte, which is text to its end
MOST_GROWTH = 50 << 20  # bytes


def part(start: int, end: int) -> bytes:
    """Bytes of the object, which is one block again and again."""
    size = len(BLOCK)
    first = start % size
    return (BLOCK * ((end - start) // size + 2))[first : first + end - start]


async def bucket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server of one object that never lies in memory. It knows ranges, but for keys that end with `.norange`."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    wanted = re.search(r"(?im)^range: bytes=(\d+)-(\d+)", head)
    start, end = (int(wanted[1]), int(wanted[2]) + 1) if wanted and ".norange" not in head else (0, SIZE)
    status = f"206 Partial Content\r\nContent-Range: bytes {start}-{end - 1}/{SIZE}" if (start, end) != (0, SIZE) else "200 OK"
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {end - start}\r\nConnection: close\r\n\r\n".encode())
    for at in range(start, end, len(BLOCK)):
        writer.write(part(at, min(end, at + len(BLOCK))))
        await writer.drain()


@pytest.fixture(params=["fastapi", "flask"])
async def target(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Target]:
    async with listening(bucket) as port:
        settings = {
            "ARGUS_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "ARGUS_S3_ALLOWED_BUCKETS": "logs",
            "ARGUS_S3_ALLOWED_MIME": "text/plain,application/octet-stream",
            "ARGUS_AWS_CLIENT_ID": "id",
            "ARGUS_AWS_CLIENT_SECRET": "secret",
        }
        server = attacked(request.param, tmp_path, **settings)
        running = await asyncio.to_thread(server.__enter__)
        yield running
        await asyncio.to_thread(server.__exit__, None, None, None)


async def test_a_gigabyte_goes_by_the_server(target: Target) -> None:
    headers = {"Authorization": f"token {TOKENS['bob']}"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers, timeout=60) as bob, httpx.AsyncClient(timeout=60) as plain:
        small = await bob.get("/api/v1/s3/logs/first.log")  # whatever is loaded at the first request is no growth
        assert small.status_code == 302, small.text
        before, most, got = target.memory(), 0, 0
        for key in ("whole.log", "whole.norange"):
            found = await bob.get(f"/api/v1/s3/logs/{key}")
            assert found.status_code == 302, found.text
            location = found.headers["location"]
            length = await bob.get("/api/v1/artifact/resolveSize", params={"l": location})
            assert length.json()["response"] == {"artifactSize": SIZE}
            most = max(most, target.memory() - before)
        async with plain.stream("GET", location.replace("norange", "log")) as answer:
            async for piece in answer.aiter_raw(1 << 20):
                got += len(piece)
                if got % (64 << 20) == 0:
                    most = max(most, target.memory() - before)
        for start, end in ((0, 1), (12345, 99_999), (SIZE - 7, SIZE)):
            ranged = await plain.get(location.replace("norange", "log"), headers={"Range": f"bytes={start}-{end - 1}"})
            assert (ranged.status_code, ranged.content) == (206, part(start, end))
        for _ in range(20):
            await bob.get("/api/v1/s3/logs/whole.norange")
        most = max(most, target.memory() - before)
    print(f"\n{target.lane}: {got >> 20} MiB, memory +{most / (1 << 20):.1f} MiB")
    assert got == SIZE
    assert most < MOST_GROWTH
