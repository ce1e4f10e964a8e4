"""The routes of results, graphs and the widgets that compute, on both lanes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.view import ArgusUserView
from tests.features.tracker.results.conftest import SUT, cell, column, table
from tests.plugins.sct.conftest import submission
from tests.serving import Server

pytestmark = pytest.mark.anyio

CLUSTER = "/api/v1/client/testrun/scylla-cluster-tests"


async def catalogued(server: Server) -> ArgusTest:
    job = f"job/{uuid4()}"
    release = ArgusRelease(name=job)
    group = ArgusGroup(name="g", release_id=release.id)
    test = ArgusTest(name="t", release_id=release.id, group_id=group.id, build_system_id=job)
    for row in (release, group, test):
        await server.store.save(row)
    return test


async def submitted(client: httpx.AsyncClient, test: ArgusTest) -> str:
    run_id = uuid4()
    config = {"cluster_backend": "aws", "test_method": "a.b.test_it"}
    await client.post(f"{CLUSTER}/submit", json=submission(run_id, job_name=test.build_system_id, sct_config=config))
    package = {"name": "scylla-server", "version": "6.2.0", "date": "20240101", "revision_id": "aa"}
    await client.post(f"/api/v1/client/sct/{run_id}/packages/submit", json={"packages": [package]})
    return str(run_id)


async def results(client: httpx.AsyncClient, run_id: str, body: dict[str, Any]) -> Any:
    return (await client.post(f"{CLUSTER}/{run_id}/submit_results", json={"sut_timestamp": SUT, **body})).json()


async def test_a_table_is_submitted_shown_and_drawn(server: Server, client: httpx.AsyncClient) -> None:
    test = await catalogued(server)
    run_id = await submitted(client, test)
    about = {"testId": str(test.id)}
    assert (await client.head("/api/v1/test-results", params=about)).status_code == 404
    body = table("x - y", [column("P99 read", higher=False)], [cell("P99 read", 5)])
    assert await results(client, run_id, body) == {"status": "ok", "message": "Results submitted"}
    head = await client.head("/api/v1/test-results", params=about)
    assert (head.status_code, head.content) == (200, b"")

    tables = (await client.get(f"/api/v1/run/{test.id}/{run_id}/fetch_results")).json()
    assert tables["status"] == "ok"
    assert tables["tables"][0]["x - y"]["table_data"] == {"r": {"P99 read": {"value": 5.0, "status": "UNSET", "type": "FLOAT"}}}

    made = (await client.post("/api/v1/create-graph-view", json={**about, "name": "v", "description": "d"})).json()["response"]
    change = {**about, "id": made["id"], "name": "w", "description": "d", "graphs": {"x - y - P99 read": "{}"}}
    assert (await client.post("/api/v1/update-graph-view", json=change)).json()["response"]["name"] == "w"
    drawn = (await client.get("/api/v1/test-results", params=about)).json()["response"]
    assert [graph["data"]["datasets"][0]["label"] for graph in drawn["graphs"]] == ["6.2 - r"]
    assert [view["name"] for view in drawn["graph_views"]] == ["w"]
    for query in ({"tableNames[]": ["other", "none"]}, {"startDate": "2030-01-01"}, {"endDate": "2020-01-01"}):
        assert (await client.get("/api/v1/test-results", params={**about, **query})).json()["response"]["graphs"] == []

    view = ArgusUserView(name=str(uuid4()), tests=[test.id])
    await server.store.save(view)
    of_view = {"view_id": str(view.id)}
    shown = (await client.get("/api/v1/views/widgets/graphs/graph_views", params=of_view)).json()
    assert shown["tests_details"] == {str(test.id): {"name": "t"}}
    assert len(shown["response"][str(test.id)][0]["graphs"]) == 1

    summary = (await client.get("/api/v1/views/widgets/summary/versioned_runs", params=of_view)).json()["response"]
    methods = summary["versions"]["6.2.0-20240101-aa"][str(test.id)]
    assert methods == {"test_it": {"run_id": run_id, "status": "created", "started_by": "ci"}}
    key = (await client.post("/api/v1/views/widgets/summary/runs_results", json={str(test.id): methods})).json()["response"]
    assert list(key[str(test.id)]["test_it"][run_id][0]) == ["x - y"]
    stats = (await client.get("/api/v1/views/widgets/graphed_stats", params={**of_view, "filters": "[]"})).json()["response"]
    assert [(run["run_id"], run["version"]) for run in stats["test_runs"]] == [(run_id, "6.2.0")]
    assert (await client.get("/api/v1/views/widgets/nemesis_data", params=of_view)).json()["response"] == {"nemesis_data": []}
    details = (await client.post("/api/v1/views/widgets/runs_details", json={"run_ids": [run_id]})).json()["response"]
    assert details[run_id]["build_id"] == f"{test.build_system_id}#7"


async def test_a_table_with_errors_is_an_error_and_is_kept(server: Server, client: httpx.AsyncClient) -> None:
    test = await catalogued(server)
    run_id = await submitted(client, test)
    answer = await results(client, run_id, table("t", [column("a")], [cell("a", 1, status="ERROR")]))
    assert (answer["status"], answer["response"]["exception"], answer["response"]["arguments"]) == ("error", "DataValidationError", [])
    tables = (await client.get(f"/api/v1/run/{test.id}/{run_id}/fetch_results")).json()["tables"]
    assert tables[0]["t"]["table_status"] == "ERROR"
    unknown = str(uuid4())
    assert await results(client, unknown, table()) == {"status": "error", "response": {"exception": "DoesNotExist", "arguments": [unknown]}}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{CLUSTER}/x/submit_results"),
        ("GET", "/api/v1/run/x/y/fetch_results"),
        ("GET", "/api/v1/test-results"),
        ("POST", "/api/v1/create-graph-view"),
        ("POST", "/api/v1/update-graph-view"),
        ("GET", "/api/v1/views/widgets/graphs/graph_views"),
        ("GET", "/api/v1/views/widgets/graphed_stats"),
        ("GET", "/api/v1/views/widgets/nemesis_data"),
        ("GET", "/api/v1/views/widgets/summary/versioned_runs"),
        ("POST", "/api/v1/views/widgets/summary/runs_results"),
        ("POST", "/api/v1/views/widgets/runs_details"),
    ],
)
async def test_everyone_must_be_logged_in(server: Server, method: str, path: str) -> None:
    answer = await server.client(None).request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()) == (403, {"message": "Authorization required", "status": "error"})
