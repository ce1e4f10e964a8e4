"""A job from the request to its clusters, with the program that comes with Argus, on both lanes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests.deduper.integration.conftest import ended
from tests.serving import Server

pytestmark = pytest.mark.anyio

Run = Callable[..., Awaitable[str]]


async def test_a_run_becomes_clusters(server: Server, client: httpx.AsyncClient, run: Run) -> None:
    run_id = await run(80)
    began = await client.post("/deduper/jobs", json={"reportId": run_id})
    assert began.status_code == 201, began.text
    job = began.json()["job"]
    assert began.headers["location"] == f"/deduper/jobs/{job['jobId']}"
    job = await ended(client, job["jobId"])
    assert job["status"] == "completed", job
    assert job["result"]["events"] == 80
    assert job["result"]["published"] is True
    answer = await client.get(f"/deduper/reports/{run_id}/clusters", params={"limit": "4"})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["stale"] is False
    sizes = [one["size"] for one in page["items"]]
    assert sizes == sorted(sizes, reverse=True)
    following = (await client.get(f"/deduper/reports/{run_id}/clusters", params={"cursor": page["next_cursor"]})).json()
    assert sum(sizes) + sum(one["size"] for one in following["items"]) == 80
    one = page["items"][0]
    members = (await client.get(f"/deduper/reports/{run_id}/clusters/{one['clusterId']}/events")).json()["items"]
    assert len(members) == one["size"]
    assert all(member["message"] for member in members)
    seen = (await client.get(f"/deduper/signatures/{one['signature']}/runs")).json()["items"]
    assert run_id in [cluster["reportId"] for cluster in seen]
    folder = Path(server.runtime.settings.DATA_DIR) / "deduper" / job["jobId"]
    assert [entry.name for entry in folder.iterdir()] in ([], ["job.log"]) if folder.exists() else True
