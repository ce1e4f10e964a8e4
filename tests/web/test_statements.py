"""What each request asks of the store. One more statement is one more round trip to the database for everybody: say here why."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bench.api.data import SCT, TOKEN, Size, known, load
from bench.cost.routes import asks, result_table
from bench.cost.statements import REPORTED, statements
from tests.serving import serving

pytestmark = pytest.mark.anyio

TABLE = {
    "version": 1,  # who calls
    "users": 2,
    "unread notifications": 2,
    "groups": 2,
    "release details": 2,
    "releases": 2,
    "tests": 2,
    "status of a run": 3,  # where the run is, and the run
    "activity of a run": 2,
    "comments of a run": 2,
    "events of a severity": 2,
    "events of all severities": 6,  # a partition each
    "run": 6,  # with nemeses, machines and JUnit reports
    "client get": 3,
    "runs of a test": 3,
    "fetch results": 4,
    "test results": 7,
    "release statistics, stored": 3,
    "release statistics, forced": 11,
    "planner data": 5,
    "planning search": 4,
    "reporting": 3.0,  # heartbeat 4, event 2, status 4, packages 3 where the run has them
}


async def test_no_request_takes_more_statements_than_are_known(tmp_path: Path) -> None:
    async with serving(tmp_path, "fastapi") as server:
        await load(server.store, Size(releases=1, tests=2, runs=4, events=20))
        path = f"/api/v1/client/testrun/{SCT}/{known().run}/submit_results"
        transport = httpx.ASGITransport(app=server.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://argus", headers={"Authorization": f"token {TOKEN}"}) as client:
            answer = await client.post(path, json={**result_table(0), "run_id": str(known().run)})
            assert answer.json()["status"] == "ok", answer.text
        asked = await statements(server.app, server.store, TOKEN, asks())
    counted = {name: len(each) / (REPORTED if name == "reporting" else 1) for name, each in asked.items()}
    assert counted == TABLE, "\n".join(f"{name}: {each}" for name, each in asked.items() if len(each) != TABLE.get(name))
