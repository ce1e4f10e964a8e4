"""The cluster dies under load and comes back: errors in the contract's form, no restart, nothing acknowledged lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from cassandra.cluster import Cluster

from tests.cassandra_node import CannotRun, Node
from tests.process import server
from tests.serving import ACTORS

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
DOWN = {"NoHostAvailable", "OperationTimedOut", "WriteTimeout", "ReadTimeout", "Unavailable"}
WRITERS = 8
BACK_WITHIN = 5.0  # seconds after the node accepts connections


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    found = Node(tmp_path / "cassandra")
    try:
        found.start()
    except CannotRun as reason:
        pytest.skip(str(reason))
    yield found
    found.stop()


class Writer:
    """Appends to a run of its own, whatever happens, and remembers what was acknowledged."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.run_id = str(uuid4())
        self.acknowledged: set[str] = set()
        self.refusals: set[str] = set()
        self.last_success = 0.0
        self.stopped = False

    async def work(self) -> None:
        base = "/api/v1/client/testrun/generic"
        async with httpx.AsyncClient(base_url=self.url, headers=TOKEN, timeout=60) as client:
            body = {
                "run_id": self.run_id,
                "build_id": f"job-{self.run_id}",
                "build_url": "https://j/1/",
                "started_by": "me",
                "sub_type": "x",
            }
            assert (await client.post(f"{base}/submit", json=body)).json()["status"] == "ok"
            turn = 0
            while not self.stopped:
                turn += 1
                name = f"{turn}.log"
                answer = await client.post(f"{base}/{self.run_id}/logs/submit", json={"logs": [{"log_name": name, "log_link": "x"}]})
                assert answer.status_code == 200
                answered = answer.json()
                if answered["status"] == "ok":
                    self.acknowledged.add(name)
                    self.last_success = time.monotonic()
                else:
                    assert len(answered["response"]["trace_id"]) == 44
                    self.refusals.add(answered["response"]["exception"])
                    await asyncio.sleep(0.1)


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
async def test_killed_under_load_and_back(node: Node, lane: str, tmp_path: Path) -> None:
    cluster = Cluster([node.host], port=node.port, connect_timeout=20)
    session = cluster.connect()
    for keyspace in ("argus", "argus_tablets"):
        session.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    cluster.shutdown()
    with server(lane, f"cql://{node.host}:{node.port}/argus", tmp_path, ARGUS_JOBS_ENABLED="false") as url:
        writers = [Writer(url) for _ in range(WRITERS)]
        work = [asyncio.create_task(writer.work()) for writer in writers]
        await asyncio.sleep(5)
        await asyncio.to_thread(node.kill)
        await asyncio.sleep(3)
        async with httpx.AsyncClient(base_url=url, headers=TOKEN, timeout=60) as client:
            assert (await client.get("/healthz")).status_code == 200
            not_ready = await client.get("/readyz")
            assert not_ready.status_code == 503, not_ready.text + (tmp_path / "server.log").read_text()[-3000:]
            page = await client.get("/workspace")
            assert (page.status_code, page.json()["status"]) == (200, "error")
            assert page.json()["response"].startswith("Cluster seems down. Attempting reconnect in ")
            await asyncio.to_thread(node.start)
            back = time.monotonic()
            await asyncio.sleep(BACK_WITHIN + 3)
            for writer in writers:
                writer.stopped = True
            await asyncio.gather(*work)
            assert all(writer.last_success > back for writer in writers), "somebody is not served again"
            assert (await client.get("/readyz")).status_code == 200
            for writer in writers:
                assert writer.refusals <= DOWN
                assert writer.acknowledged
                run = (await client.get(f"/api/v1/client/testrun/generic/{writer.run_id}/get")).json()["response"]
                assert writer.acknowledged <= set(run["logs"])
        assert any(writer.refusals for writer in writers)
