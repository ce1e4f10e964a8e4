"""What every client does with a run of any type, on both lanes."""

from __future__ import annotations

import asyncio
import base64
from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.models.config import RunConfigParam
from argus.storage.statements import select
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/client"


async def submitted(client: httpx.AsyncClient, **values: Any) -> str:
    run_id = str(uuid4())
    body = {"run_id": run_id, "build_id": f"job/{run_id}", "build_url": "https://ci/job/x/7/", "started_by": "ci", **values}
    answer = await client.post(f"{API}/testrun/generic/submit", json=body)
    assert answer.json() == {"response": "Created", "status": "ok"}
    return run_id


async def run(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{API}/testrun/generic/{run_id}/get")).json()["response"]
    return found


async def error(answer: httpx.Response) -> tuple[str, list[Any]]:
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "error"
    return body["response"]["exception"], body["response"]["arguments"]


async def test_a_run_lives(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    path = f"{API}/testrun/generic/{run_id}"
    beat = (await client.post(f"{path}/heartbeat")).json()["response"]
    assert (await run(client, run_id))["heartbeat"] == beat
    assert (await client.post(f"{path}/set_status", json={"new_status": "failed"})).json()["response"] == "failed"
    assert (await client.get(f"{path}/get_status")).json()["response"] == "failed"
    assert (await client.post(f"{path}/logs/submit", json={"logs": [{"log_name": "a", "log_link": "b"}]})).json()["response"] == "Submitted"
    version = {"product_version": "6.2.0-0.20240901.abc"}
    assert (await client.post(f"{path}/update_product_version", json=version)).json()["response"] == "Submitted"
    assert (await client.post(f"{path}/finalize", json={"status": "passed", "end_time": 0})).json()["response"] == "Finalized"
    ended = await run(client, run_id)
    wanted = {"status": "passed", "end_time": "1970-01-01T00:00:00.000Z", "scylla_version": "6.2.0", "logs": {"a": "b"}}
    assert {key: ended[key] for key in wanted} == wanted


async def test_fifty_clients_at_once_lose_nothing(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    path = f"{API}/testrun/generic/{run_id}"
    calls = [client.post(f"{path}/logs/submit", json={"logs": [{"log_name": f"l{n}", "log_link": str(n)}]}) for n in range(25)]
    calls += [client.post(f"{path}/heartbeat") for _ in range(20)]
    calls += [client.post(f"{path}/set_status", json={"new_status": "failed"})]
    calls += [client.post(f"{path}/update_product_version", json={"product_version": "6.2.0-0.20240901.abc"})]
    answers = await asyncio.gather(*calls)
    assert {answer.json()["status"] for answer in answers} == {"ok"}
    stored = await run(client, run_id)
    assert stored["logs"] == {f"l{n}": str(n) for n in range(25)}
    assert (stored["status"], stored["scylla_version"]) == ("failed", "6.2.0")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [(None, b""), ("application/json", b""), ("application/json", b"{broken"), ("text/plain", b'{"status": "failed"}')],
)
async def test_an_end_without_a_readable_body_is_an_end_now(client: httpx.AsyncClient, content_type: str | None, body: bytes) -> None:
    run_id = await submitted(client)
    headers = {"content-type": content_type} if content_type else {}
    answer = await client.post(f"{API}/testrun/generic/{run_id}/finalize", content=body, headers=headers)
    assert answer.json()["response"] == "Finalized"
    ended = await run(client, run_id)
    assert ended["status"] == "running"
    assert not ended["end_time"].startswith("1970")


async def test_what_is_wrong_is_said_in_order(client: httpx.AsyncClient) -> None:
    run_id, nobody = await submitted(client), str(uuid4())
    unsupported = ("ClientException", ["Unsupported run type: moonbase", "moonbase"])
    malformed = ("ValueError", ["badly formed hexadecimal UUID string"])
    missing = ("DocumentNotFound", [f"No GenericRun found matching {{'id': UUID('{nobody}')}}"])
    assert await error(await client.get(f"{API}/testrun/moonbase/nope/get")) == malformed
    assert await error(await client.get(f"{API}/testrun/moonbase/nope/get_status")) == unsupported
    assert await error(await client.post(f"{API}/testrun/moonbase/nope/set_status", json={})) == ("KeyError", ["new_status"])
    assert await error(await client.post(f"{API}/testrun/moonbase/submit", json={})) == unsupported
    assert await error(await client.get(f"{API}/testrun/generic/nope/get_status")) == malformed
    assert await error(await client.post(f"{API}/testrun/generic/{nobody}/heartbeat")) == missing
    assert await error(await client.post(f"{API}/testrun/generic/{nobody}/set_status", json={"new_status": "odd"})) == missing
    odd = await client.post(f"{API}/testrun/generic/{run_id}/set_status", json={"new_status": "odd"})
    assert await error(odd) == ("ValueError", ["'odd' is not a valid TestStatus"])
    assert (await client.get(f"{API}/testrun/generic/{nobody}/get")).json() == {"response": None, "status": "ok"}


@pytest.mark.parametrize(
    ("run_type", "fields"),
    [
        ("generic", ("run_id", "build_id", "build_url", "started_by")),
        ("sirenada", ("run_id", "build_id", "build_job_url", "region", "results")),
        ("driver-matrix-tests", ("schema_version", "run_id", "job_name", "job_url", "test_environment", "matrix_results")),
    ],
)
async def test_the_first_field_that_is_missing_is_named(client: httpx.AsyncClient, run_type: str, fields: tuple[str, ...]) -> None:
    body: dict[str, Any] = {}
    for field in fields:
        assert await error(await client.post(f"{API}/testrun/{run_type}/submit", json=body)) == ("KeyError", [field])
        body[field] = str(uuid4()) if field == "run_id" else "v1"


async def test_configurations_are_kept_by_name_and_their_leaves_can_be_searched(client: httpx.AsyncClient, server: Server) -> None:
    run_id = str(uuid4()).upper()  # any spelling; leaves keep it
    text = '{"a": [{"b": null}, true], "n": 1.50, "empty": "", "none": [], "deep": {"x y": "z"}, "long": "' + "l" * 70_000 + '"}'
    sent = [("my cfg.yaml", text), ("plain", "n: 1"), ("a-list", "[1]")]
    for name, content in sent:
        body = {"name": name, "content": base64.b64encode(content.encode()).decode()}
        assert (await client.post(f"{API}/{run_id}/config/submit", json=body)).json()["response"] is True
    stored = (await client.get(f"{API}/{run_id}/config/all")).json()["response"]
    assert [(config["name"], config["content"]) for config in stored] == sorted(sent)
    rows = await server.store.all(select(RunConfigParam))
    leaves = {row.name: row.value for row in rows if row.run_id == run_id}
    expected = {"a.0.b": "None", "a.1": "True", "n": "1.5", "empty": "null", "deep.x y": "z"}
    assert leaves == {f"my_cfg_yaml.{path}": value for path, value in expected.items()}


async def test_a_configuration_that_cannot_be_read_is_not_kept(client: httpx.AsyncClient) -> None:
    run_id = str(uuid4())
    latin = base64.b64encode("é".encode("latin-1")).decode()
    padding = await client.post(f"{API}/{run_id}/config/submit", json={"name": "n", "content": "abc"})
    assert await error(padding) == ("Error", ["Incorrect padding"])
    undecodable = await client.post(f"{API}/{run_id}/config/submit", json={"name": "n", "content": latin})
    assert (await error(undecodable))[0] == "UnicodeDecodeError"
    assert (await client.get(f"{API}/{run_id}/config/all")).json()["response"] == []


async def test_everything_about_a_run(client: httpx.AsyncClient) -> None:
    run_id = await submitted(client)
    info = (await client.get(f"{API}/testrun/{run_id}/info")).json()["response"]
    assert (info["plugin_name"], info["test_run"]["id"], info["test_info"], info["comments"]) == ("generic", run_id, {}, [])
    assert info["activity"] == {"run_id": run_id, "raw_events": [], "events": {}}
    nobody = str(uuid4())
    answer = await client.get(f"{API}/testrun/{nobody}/info")
    assert await error(answer) == ("ClientException", [f"Test run {nobody} not found in any plugin model"])


async def test_a_run_without_a_job_is_refused_and_its_id_stays_free(client: httpx.AsyncClient) -> None:
    run_id = str(uuid4())
    body = {"run_id": run_id, "build_id": None, "build_url": None, "started_by": "ci"}
    assert (await error(await client.post(f"{API}/testrun/generic/submit", json=body)))[0] == "InvalidRequest"
    assert (await run(client, run_id)) is None
    assert (await client.post(f"{API}/testrun/generic/submit", json={**body, "build_id": f"job/{run_id}"})).json()["response"] == "Created"


async def test_nobody_reports_without_login(server: Server) -> None:
    async with server.client(None) as anonymous:
        answer = await anonymous.post(f"{API}/testrun/generic/submit", json={})
    assert (answer.status_code, answer.json()) == (403, {"message": "Authorization required", "status": "error"})
