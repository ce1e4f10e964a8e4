"""The routes of cluster tests, on both lanes."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.plugins.sct.conftest import submission
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/client"


async def submitted(client: httpx.AsyncClient) -> str:
    run_id = uuid4()
    body = submission(run_id, job_name=f"job/{run_id}")
    assert (await client.post(f"{API}/testrun/scylla-cluster-tests/submit", json=body)).json() == {"response": "Created", "status": "ok"}
    return str(run_id)


async def run(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{API}/testrun/scylla-cluster-tests/{run_id}/get")).json()["response"]
    return found


async def post(client: httpx.AsyncClient, run_id: str, path: str, body: Any) -> Any:
    answer = await client.post(f"{API}/sct/{run_id}/{path}", json=body)
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok", answer.json()
    return answer.json()["response"]


async def get(client: httpx.AsyncClient, run_id: str, path: str, **query: Any) -> Any:
    answer = await client.get(f"{API}/sct/{run_id}/{path}", params=query)
    assert answer.json()["status"] == "ok", answer.json()
    return answer.json()["response"]


@pytest.mark.parametrize("name", ["ns/pod-1", "a b?c#d/e", "100%"])
async def test_resources_and_logs_may_have_any_name(client: httpx.AsyncClient, name: str) -> None:
    run_id, told = await submitted(client), quote(name, safe="")
    await post(client, run_id, "resource/create", {"resource": {"name": name, "resource_type": "pod", "instance_details": {}}})
    assert await post(client, run_id, f"resource/{told}/shards", {"shards": 3}) == "updated"
    assert await post(client, run_id, f"resource/{told}/update", {"update_data": {"state": "stopped"}}) == {
        "state": "updated",
        "fields": {},
    }
    assert await post(client, run_id, f"resource/{told}/terminate", {"reason": "over"}) == "terminated"
    assert (await get(client, run_id, f"resource/{told}/get"))["name"] == name
    logs = {"logs": [{"log_name": name, "log_link": "https://s/log"}]}
    assert (await client.post(f"{API}/testrun/scylla-cluster-tests/{run_id}/logs/submit", json=logs)).json()["status"] == "ok"
    answer = await client.get(f"/api/v1/tests/scylla-cluster-tests/{run_id}/log/{told}/download")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://s/log")


async def test_a_test_reports_while_it_runs(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    assert await post(client, run_id, "packages/submit", {"packages": [{"name": "scylla-server", "version": "6.2"}]}) == "added"
    assert await post(client, run_id, "screenshots/submit", {"screenshot_links": ["https://s/1", "https://s/1"]}) == "submitted"
    runner = {"public_ip": "1", "private_ip": "2", "region": "r", "backend": "aws", "name": None}
    assert await post(client, run_id, "sct_runner/set", runner) == "updated"
    node = {"name": "db-1", "resource_type": "db-node", "instance_details": {"provider": "aws"}}
    assert await post(client, run_id, "resource/create", {"resource": node}) == "created"
    assert await post(client, run_id, "resource/db-1/shards", {"shards": 7}) == "updated"
    update = {"update_data": {"state": "stopped", "instance_info": {"dc_name": "dc", "x": 1}}}
    assert await post(client, run_id, "resource/db-1/update", update) == {"state": "updated", "fields": {"dc_name": "dc"}}
    assert await post(client, run_id, "resource/sct-runner/terminate", {"reason": "over"}) == "terminated"
    found = await get(client, run_id, "resource/all")
    assert [(r["name"], r["state"]) for r in found] == [("db-1", "stopped"), ("sct-runner", "terminated")]
    assert (await get(client, run_id, "resource/db-1/get"))["instance_info"]["shards_amount"] == 7
    begun = {"name": "x", "class_name": "X", "start_time": 5.5, "node_name": "n", "node_ip": "1", "node_shards": 1}
    assert await post(client, run_id, "nemesis/submit", {"nemesis": begun}) == "created"
    ended = {"name": "x", "start_time": 5.5, "status": "failed", "message": "m"}
    assert await post(client, run_id, "nemesis/finalize", {"nemesis": ended}) == "updated"
    assert [(n["start_time"], n["status"]) for n in await get(client, run_id, "nemesis/get")] == [(5, "failed")]
    assert await post(client, run_id, "stress_cmd/submit", {"cmd": "c", "loader_name": "l", "log_name": "f", "ts": 1.5}) == "added"
    assert await get(client, run_id, "stress_cmd/get") == [
        {"run_id": run_id, "ts": "1970-01-01T00:00:01.500Z", "cmd": "c", "log_name": "f", "node_name": "l"}
    ]
    report = base64.b64encode(b"<testsuite/>").decode()
    assert await post(client, run_id, "junit/submit", {"file_name": "j.xml", "content": report}) is True
    after = await run(client, run_id)
    assert (after["screenshots"], after["nemesis_stats"], after["sct_runner_host"]["provider"]) == (
        ["https://s/1"],
        {"total": 1, "failed": 1},
        "aws",
    )


async def test_events_are_streamed_and_read(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    items = [{"run_id": "x", "severity": s, "ts": i, "message": s, "event_type": "E"} for i, s in enumerate(("ERROR", "CRITICAL", "DEBUG"))]
    assert await post(client, run_id, "event/submit", {"data": items}) is True
    assert await post(client, run_id, "events/submit", {"events": []}) == "added"
    assert [e["severity"] for e in await get(client, run_id, "events/get")] == ["ERROR", "CRITICAL", "DEBUG"]
    assert [e["severity"] for e in await get(client, run_id, "events/get", severity=["DEBUG", "ERROR"])] == ["ERROR", "DEBUG"]
    assert [e["severity"] for e in await get(client, run_id, "events/get", after=1, before=1)] == ["CRITICAL"]
    assert [e["message"] for e in await get(client, run_id, "events/ERROR/get", limit=1, before="")] == ["ERROR"]
    assert await get(client, run_id, "events/ERROR/count") == 1
    assert await get(client, run_id, "similar_events") == []
    assert await post(client, run_id, "event/similar", {"severity": "ERROR", "ts": "1970-01-01T00:00:00.000Z"}) == []


async def test_results_of_subtests(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    assert await post(client, run_id, "gemini/submit", {"gemini_data": {"gemini_status": "STALLED"}}) == "submitted"
    assert (await run(client, run_id))["status"] == "failed"
    activity = (await client.get(f"/api/v1/run/{run_id}/activity")).json()["response"]
    assert list(activity["events"].values()) == ["[alice] Setting run status to failed due to Gemini reporting following status: STALLED"]
    results = {"test_name": "t", "perf_op_rate_total": 5.0, "histograms": None}
    assert await post(client, run_id, "performance/submit", {"performance_results": results}) == "submitted"
    assert (await run(client, run_id))["status"] == "passed"
    assert await get(client, run_id, "performance/history") == []


async def test_runs_are_described(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    path = f"{API}/sct/similar_runs_info"
    found = (await client.post(path, json={"run_ids": [run_id, str(uuid4())]})).json()["response"]
    assert found.keys() == {run_id}
    assert (found[run_id]["build_id"], found[run_id]["version"], found[run_id]["issues"]) == (f"job/{run_id}#7", "unknown", [])
    for body, message in (({}, "Missing run_ids parameter"), ({"run_ids": "x"}, "run_ids must be a list")):
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()) == (400, {"response": message, "status": "error"})
    answer = await client.post(path, content=b"run_ids", headers={"Content-Type": "text/plain"})
    told = answer.json()["response"]
    assert (answer.status_code, told["exception"], told["arguments"]) == (200, "UnsupportedMediaType", [])
    answer = await client.get(f"{API}/sct/release/no/such/release/kernels")
    assert answer.json()["response"]["arguments"] == ["No ArgusRelease found matching {'name': 'no/such/release'}"]


@pytest.mark.parametrize(
    ("path", "body", "exception", "arguments"),
    [
        ("packages/submit", {}, "KeyError", ["packages"]),
        ("screenshots/submit", {"screenshot_links": "https://s"}, "TypeError", ["screenshot_links is a list, not str"]),
        ("resource/create", {"resource": {"name": "n"}}, "KeyError", ["instance_details"]),
        ("resource/none/shards", {"shards": 1}, "SCTServiceException", ["Resource not found", "none"]),
        ("resource/create", {"resource": {"name": "n", "instance_details": {"shards_amount": "many"}}}, "ValidationError", []),
        ("event/submit", {"event": {}}, "KeyError", ["data"]),
    ],
)
async def test_what_is_wrong_is_said(client: httpx.AsyncClient, path: str, body: Any, exception: str, arguments: list[Any]) -> None:
    run_id = await submitted(client)
    answer = (await client.post(f"{API}/sct/{run_id}/{path}", json=body)).json()
    assert (answer["status"], answer["response"]["exception"], answer["response"]["arguments"]) == ("error", exception, arguments)


async def test_callers_must_say_who_they_are_and_send_json(server: Server, client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    path = f"{API}/sct/{run_id}/packages/submit"
    for actor in (None, "tunnel"):
        answer = await server.client(actor).post(path, json={"packages": []})
        assert (answer.status_code, answer.json()) == (403, {"message": "Authorization required", "status": "error"})
    answer = await client.post(path, content=b"x", headers={"Content-Type": "text/plain"})
    assert answer.json()["response"]["arguments"] == ["Content-Type mismatch, expected application/json, got:", "text/plain"]


async def test_fifty_clients_at_once_lose_nothing(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)

    async def report(i: int) -> None:
        await post(client, run_id, "packages/submit", {"packages": [{"name": f"p{i}"}]})
        begun = {"name": "x", "class_name": "X", "start_time": i, "node_name": "n", "node_ip": "1", "node_shards": 1}
        await post(client, run_id, "nemesis/submit", {"nemesis": begun})
        await client.post(f"{API}/testrun/scylla-cluster-tests/{run_id}/heartbeat")

    await asyncio.gather(*(report(i) for i in range(50)))
    after = await run(client, run_id)
    assert (len(after["packages"]), after["nemesis_stats"]) == (50, {"total": 50})
