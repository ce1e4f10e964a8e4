"""The server is killed in the middle of writes: what it acknowledged is there after the restart."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.process import ROOT, environment, free_port, wait_for
from tests.serving import ACTORS

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(120)]

TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
CLIENTS = 16
ENOUGH = 300  # acknowledged writes before the server is killed


async def write_until_it_dies(url: str, number: int, acknowledged: dict[str, set[str]]) -> None:
    run_id = str(uuid4())
    base = "/api/v1/client/testrun/generic"
    async with httpx.AsyncClient(base_url=url, headers=TOKEN, timeout=10) as client:
        try:
            body = {"run_id": run_id, "build_id": f"job-{number}", "build_url": "https://j/1/", "started_by": "me", "sub_type": "x"}
            assert (await client.post(f"{base}/submit", json=body)).json()["status"] == "ok"
            done = acknowledged[run_id] = set()
            for turn in range(100_000):
                name = f"{turn}.log"
                answer = await client.post(f"{base}/{run_id}/logs/submit", json={"logs": [{"log_name": name, "log_link": "x"}]})
                assert answer.json()["status"] == "ok"
                done.add(name)
        except (httpx.HTTPError, json.JSONDecodeError):
            return  # it is dead


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_kill_9_loses_no_acknowledged_write(lane: str, tmp_path: Path) -> None:
    env = environment(tmp_path, f"sqlite:///{tmp_path}/argus.sqlite", free_port())
    argus = [sys.executable, "-m", "argus.cli"]
    subprocess.run([*argus, "users", "import", str(ROOT / "tests/golden/actors.yaml")], env=env, cwd=ROOT, check=True)
    acknowledged: dict[str, set[str]] = {}
    for kill in (True, False):
        port, log = free_port(), tmp_path / "server.log"
        url = f"http://127.0.0.1:{port}"
        with log.open("wb") as output:
            running = subprocess.Popen(
                [*argus, "serve", "--port", str(port), "--lane", lane], env=env, cwd=ROOT, stdout=output, stderr=output
            )
        try:
            wait_for(f"{url}/readyz", running, log)
            if kill:
                writers = [asyncio.create_task(write_until_it_dies(url, n, acknowledged)) for n in range(CLIENTS)]
                while sum(map(len, acknowledged.values())) < ENOUGH:
                    await asyncio.sleep(0.05)
                os.kill(running.pid, signal.SIGKILL)
                await asyncio.gather(*writers)
                continue
            assert len(acknowledged) == CLIENTS
            async with httpx.AsyncClient(base_url=url, headers=TOKEN) as client:
                for run_id, names in acknowledged.items():
                    run = (await client.get(f"/api/v1/client/testrun/generic/{run_id}/get")).json()["response"]
                    assert names <= set(run["logs"])
        finally:
            running.kill()
            running.wait()
