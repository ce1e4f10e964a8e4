"""Both workers are replaced under thirty-two connections that write, also behind nginx: no request fails, and what was acknowledged is
stored."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.deploy.nginx import needs_nginx, nginx
from tests.process import server_process
from tests.serving import ACTORS
from tests.slow.wire import FAILURES, Connection, children

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the workers below /proc"),
]

CONNECTIONS = 32
REQUESTS = 20_000
RESTARTS = 3
LOGS = 50  # of a run
REPLACED_WITHIN = 240.0  # seconds for both, one after the other; a machine that is busy otherwise starts one in a minute
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
BASE = "/api/v1/client/testrun/generic"


class Writers:
    """Each has a run of its own, and appends to it as fast as it is answered."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ended = False
        self.requests = 0
        self.failed: list[str] = []
        self.acknowledged: dict[str, set[str]] = {}

    async def post(self, connection: Connection, path: str, body: object) -> bool:
        self.requests += 1
        try:
            answer = await connection.ask("POST", path, json.dumps(body).encode())
        except FAILURES as problem:
            self.failed.append(f"{path}: {problem!r}")
            return False
        if answer.status != 200 or json.loads(answer.body)["status"] != "ok":
            self.failed.append(f"{path}: {answer.status} {answer.body[:200]!r}")
            return False
        return True

    async def write(self, number: int) -> None:
        connection = Connection(self.port, TOKEN, keep_alive=number % 2 == 0)
        while not self.ended:
            run_id = str(uuid4())
            body = {"run_id": run_id, "build_id": f"job-{number}", "build_url": "https://j/1/", "started_by": "me", "sub_type": "x"}
            if not await self.post(connection, f"{BASE}/submit", body):
                continue
            done = self.acknowledged[run_id] = set()
            for turn in range(LOGS):
                name = f"{turn}.log"
                if await self.post(connection, f"{BASE}/{run_id}/logs/submit", {"logs": [{"log_name": name, "log_link": "https://x/"}]}):
                    done.add(name)
        connection.close()


def workers(pid: int) -> set[int]:
    return {each for each in children(pid) if b"resource_tracker" not in Path(f"/proc/{each}/cmdline").read_bytes()}


async def replaced(pid: int, before: set[int]) -> None:
    """Wait until none of the workers is one of those before."""
    async with asyncio.timeout(REPLACED_WITHIN):
        while len(now := workers(pid)) < 2 or now & before:
            await asyncio.sleep(0.2)


@pytest.mark.parametrize("front", ["argus", pytest.param("nginx", marks=needs_nginx)])
async def test_a_rolling_restart_loses_neither_request_nor_write(tmp_path: Path, front: str) -> None:
    settings = {"ARGUS_JOBS_ENABLED": "false"}
    with ExitStack() as stack:
        started = server_process(None, f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--workers", "2", **settings)
        url, running = stack.enter_context(started)
        if front == "nginx":
            url = stack.enter_context(nginx(tmp_path / "nginx", urlsplit(url).port or 0))
        port = urlsplit(url).port
        assert port is not None
        load, restarts, seconds = Writers(port), 0, list[float]()
        writers = [asyncio.create_task(load.write(number)) for number in range(CONNECTIONS)]
        try:
            while restarts < RESTARTS or load.requests < REQUESTS:
                await asyncio.sleep(3)
                before, began = workers(running.pid), time.monotonic()
                running.send_signal(signal.SIGHUP)
                await replaced(running.pid, before)
                seconds.append(time.monotonic() - began)
                restarts += 1
        finally:
            load.ended = True
            await asyncio.gather(*writers)
        reader = Connection(port, TOKEN)
        for run_id, names in load.acknowledged.items():
            run = json.loads((await reader.ask("GET", f"{BASE}/{run_id}/get")).body)["response"]
            assert {log[0] if isinstance(log, list) else log for log in run["logs"]} >= names
    written = sum(map(len, load.acknowledged.values())) + len(load.acknowledged)
    print(f"{load.requests} requests through {restarts} restarts of {min(seconds):.0f} to {max(seconds):.0f} s; {written} writes are there")
    assert load.failed == []
    assert load.requests >= REQUESTS
    assert written == load.requests
