"""A blueprint moves back and forth while people work: no request fails, no write is lost."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from strangler.edit import set_owner, write
from tests.process import ROOT, server
from tests.serving import ACTORS

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

SECONDS = 30
CONNECTIONS = 32
FLIPS = 10
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
RUN_TYPE = "generic"


class Load:
    """What the callers sent and saw."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.until = time.monotonic() + SECONDS
        self.failed: list[str] = []
        self.lanes: Counter[str] = Counter()
        self.logs: dict[str, set[str]] = {}

    def going(self) -> bool:
        return time.monotonic() < self.until

    async def request(self, client: httpx.AsyncClient, method: str, path: str, body: object = None) -> None:
        try:
            answer = await client.request(method, path, json=body)
        except httpx.HTTPError as problem:
            self.failed.append(f"{method} {path}: {problem!r}")
            return
        self.lanes[answer.headers.get("x-argus-lane", "none")] += 1
        if answer.status_code != 200 or answer.json()["status"] != "ok":
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")

    async def pipeline(self, number: int) -> None:
        """One connection: a run of its own, logs into it, and reads of it."""
        run_id = str(uuid4())
        sent = self.logs[run_id] = set()
        base = f"/api/v1/client/testrun/{RUN_TYPE}"
        async with httpx.AsyncClient(base_url=self.url, headers=TOKEN, timeout=30) as client:
            body = {"run_id": run_id, "build_id": f"job-{number}", "build_url": "https://j/1/", "started_by": "me", "sub_type": "x"}
            await self.request(client, "POST", f"{base}/submit", body)
            turn = 0
            while self.going():
                turn += 1
                name = f"{number}-{turn}.log"
                await self.request(client, "POST", f"{base}/{run_id}/logs/submit", {"logs": [{"log_name": name, "log_link": "https://x/"}]})
                sent.add(name)
                await self.request(client, "GET", f"{base}/{run_id}/get")
                await self.request(client, "POST", f"{base}/{run_id}/heartbeat", {})

    async def stream(self, path: str, size: int) -> None:
        """A client that reads a large file of the Flask lane slowly."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client, client.stream("GET", path) as answer:
            self.lanes[f"stream {answer.headers['x-argus-lane']}"] += 1
            read = 0
            async for chunk in answer.aiter_bytes(65536):
                read += len(chunk)
                await asyncio.sleep(0.02)
        if read != size:
            self.failed.append(f"the stream ended after {read} of {size} bytes")

    async def upload(self) -> None:
        """A picture that arrives slowly, in chunks without a length."""
        boundary = "b0undary"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="filedata"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n'

        async def parts() -> AsyncIterator[bytes]:
            yield head.encode()
            while self.going():
                yield b"\x89PNG" * 1024
                await asyncio.sleep(0.1)
            yield f"\r\n--{boundary}--\r\n".encode()

        headers = {**TOKEN, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            answer = await client.post("/profile/update/picture", content=parts(), headers=headers)
            self.lanes[f"upload {answer.headers['x-argus-lane']}"] += 1
            if answer.status_code != 302:
                self.failed.append(f"upload: {answer.status_code}")


async def flip(registry: Path, load: Load) -> None:
    for turn in range(FLIPS):
        await asyncio.sleep(SECONDS / (FLIPS + 2))
        write(registry, set_owner(registry.read_text(), "flask" if turn % 2 == 0 else "fastapi", "client"))


async def test_ten_flips_lose_nothing(tmp_path: Path) -> None:
    registry = tmp_path / "migration_status.yaml"
    shutil.copy(ROOT / "migration_status.yaml", registry)
    write(registry, set_owner(registry.read_text(), "flask", "profile"))
    public = tmp_path / "public"
    public.mkdir()
    size = 64 * 1024 * 1024
    (public / "large.bin").write_bytes(b"x" * size)
    settings = {"ARGUS_PUBLIC_DIR": str(public)}
    with server(None, f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--registry", str(registry), **settings) as url:
        load = Load(url)
        work = [load.pipeline(number) for number in range(CONNECTIONS)]
        await asyncio.gather(*work, load.stream("/s/large.bin", size), load.upload(), flip(registry, load))
        assert load.failed == []
        assert load.lanes["flask"] > 100, load.lanes
        assert load.lanes["fastapi"] > 100, load.lanes
        assert load.lanes["stream flask"] == 1
        assert load.lanes["upload flask"] == 1
        async with httpx.AsyncClient(base_url=url, headers=TOKEN) as client:
            for run_id, sent in load.logs.items():
                run = (await client.get(f"/api/v1/client/testrun/{RUN_TYPE}/{run_id}/get")).json()["response"]
                assert set(run["logs"]) == sent
    print(f"{sum(load.lanes.values())} requests, {dict(load.lanes)}")
