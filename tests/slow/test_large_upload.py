"""An upload of 50 MiB is never held as a whole: what a server holds meanwhile, and that it answers others."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from bench.platform.__main__ import MIB, TOKEN, UPLOAD, Memory, add_user, serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]
HELD = 64 * MIB
PROMPT = 2.0  # seconds for an answer beside it, also on a machine that is busy otherwise


async def test_an_upload_of_50_mib_takes_little_memory_and_nobody_s_answer(tmp_path: Path) -> None:
    await add_user(tmp_path)
    with serving(tmp_path) as (port, pid):
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=120, headers={"Authorization": f"token {TOKEN}"}
        ) as client:
            space = (await client.post("/workspaces", json={"name": "large"})).json()["workspace_id"]
            client.headers["X-Workspace-ID"] = space
            small = await client.post("/documents", files={"file": ("warm.csv", b"a,b\n1,2\n")})
            assert small.status_code == 201, small.text
            content = (b"op,%d,text\n" * (UPLOAD // 11))[:UPLOAD]
            slowest = 0.0

            async def look() -> None:
                nonlocal slowest
                while True:
                    began = time.perf_counter()
                    await client.get("/healthz")
                    slowest = max(slowest, time.perf_counter() - began)
                    await asyncio.sleep(0.01)

            looking = asyncio.create_task(look())
            with Memory(pid) as memory:
                answer = await client.post("/documents", files={"file": ("large.csv", content)})
            looking.cancel()
            assert answer.status_code == 201, answer.text
            assert answer.json()["byte_size"] == len(content)
            assert memory.most - memory.before < HELD
            assert slowest < PROMPT
