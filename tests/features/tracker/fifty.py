"""Fifty clients at once, over HTTP: what each of them adds to one run, and what must be there afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.features.tracker.making import Made, answered, make

CLIENTS = 50
API = "/api/v1"
RUN_TYPE = "scylla-cluster-tests"
COLUMNS = [{"name": "latency", "unit": "ms", "type": "FLOAT", "higher_is_better": False, "visible": True}]


@dataclass
class Crowd:
    """Callers, each a server's client of its own, and the job that all of them report to."""

    callers: Sequence[httpx.AsyncClient]
    made: Made
    test: str

    def caller(self, number: int) -> httpx.AsyncClient:
        return self.callers[number % len(self.callers)]

    async def all_at_once(self, work: Callable[[httpx.AsyncClient, int], Coroutine[Any, Any, Any]]) -> list[Any]:
        return await asyncio.gather(*(work(self.caller(number), number) for number in range(CLIENTS)))

    async def read(self, path: str, **query: Any) -> Any:
        return await answered(self.caller(0).get(path, params=query))

    async def submit(self, caller: httpx.AsyncClient, run_id: str, build: int = 1) -> None:
        body = {
            "job_name": self.made.job("t"),
            "job_url": f"https://ci/job/{build}/",
            "started_by": "ci",
            "commit_id": "c",
            "sct_config": None,
        }
        await answered(caller.post(f"{API}/client/testrun/{RUN_TYPE}/submit", json={"schema_version": "v8", "run_id": run_id, **body}))


async def crowd(*callers: httpx.AsyncClient) -> Crowd:
    """A job for these callers; the first one is an administrator."""
    made = await make(callers[0])
    return Crowd(callers, made, await made.new_test("t", plugin=RUN_TYPE))


async def one_run_submitted_by_all_is_one(crowd: Crowd) -> None:
    run_id = str(uuid4())
    await crowd.all_at_once(lambda caller, number: crowd.submit(caller, run_id))
    listed = await crowd.read(f"{API}/test/{crowd.test}/runs", limit=200)
    assert [run["id"] for run in listed].count(run_id) == 1
    assert (await crowd.read(f"{API}/client/testrun/{RUN_TYPE}/{run_id}/get"))["id"] == run_id


async def runs_of_one_job_all_stay(crowd: Crowd) -> None:
    ids = [str(uuid4()) for _ in range(CLIENTS)]
    await crowd.all_at_once(lambda caller, number: crowd.submit(caller, ids[number], number))
    listed = await crowd.read(f"{API}/test/{crowd.test}/runs", limit=200)
    assert set(ids) <= {run["id"] for run in listed}
    assert len({run["start_time"] for run in listed}) == len(listed)
    for run_id in ids:
        assert (await crowd.read(f"{API}/run/{run_id}/type")) == {"run_type": RUN_TYPE}


async def everything_added_to_one_run_stays(crowd: Crowd) -> None:
    run_id = str(uuid4())
    await crowd.submit(crowd.caller(0), run_id)
    generic, own, triage = (
        f"{API}/client/testrun/{RUN_TYPE}/{run_id}",
        f"{API}/client/sct/{run_id}",
        f"{API}/test/{crowd.test}/run/{run_id}",
    )
    at = 1_700_000_000
    decided = {
        0: (f"{generic}/set_status", {"new_status": "failed"}),
        1: (f"{triage}/investigation_status/set", {"investigation_status": "investigated"}),
        2: (f"{generic}/update_product_version", {"product_version": "6.2.0"}),
    }

    async def report(caller: httpx.AsyncClient, n: int) -> int:
        machine = {"name": f"node-{n}", "resource_type": "db-node", "instance_details": {"region": "eu"}}
        nemesis = {"name": "x", "class_name": "X", "start_time": at + n, "node_name": "n", "node_ip": "1", "node_shards": 1}
        event = {"run_id": run_id, "severity": "ERROR", "ts": at + n, "message": f"m{n}", "event_type": "T"}
        core = {
            "run_id": run_id,
            "severity": "CRITICAL",
            "ts": at + n,
            "event_type": "CoreDumpEvent",
            "message": f"corefile_url=c{n}\nnode=n{n}",
        }
        meta = {"name": "table", "description": "d", "columns_meta": COLUMNS, "rows_meta": [f"row-{n}"]}
        cell = {"column": "latency", "row": f"row-{n}", "status": "PASS", "value": n}
        sent = [
            (f"{own}/event/submit", {"data": [event, core]}),
            (f"{own}/resource/create", {"resource": machine}),
            (f"{own}/resource/node-{n}/terminate", {"reason": f"r{n}"}),
            (f"{own}/nemesis/submit", {"nemesis": nemesis}),
            (f"{own}/packages/submit", {"packages": [{"name": f"package-{n}", "version": "1"}]}),
            (f"{own}/screenshots/submit", {"screenshot_links": [f"https://s/{n}.png"]}),
            (f"{generic}/logs/submit", {"logs": [{"log_name": f"log-{n}", "log_link": f"https://l/{n}"}]}),
            (f"{triage}/comments/submit", {"message": f"comment {n}", "reactions": {}, "mentions": []}),
            decided.get(n, (f"{generic}/heartbeat", {})),
        ]
        for path, body in sent:
            await answered(caller.post(path, json=body))
        stored = (await caller.post(f"{generic}/submit_results", json={"meta": meta, "results": [cell], "sut_timestamp": at})).json()
        assert stored == {"status": "ok", "message": "Results submitted"}
        return int(await answered(caller.post(f"{generic}/heartbeat")))

    beats = await crowd.all_at_once(report)
    everyone = range(CLIENTS)

    run = await crowd.read(f"{API}/run/{RUN_TYPE}/{run_id}")
    assert (run["status"], run["investigation_status"], run["scylla_version"]) == ("failed", "investigated", "6.2.0")
    assert run["heartbeat"] in beats
    assert {package["name"] for package in run["packages"]} == {f"package-{n}" for n in everyone}
    assert set(run["screenshots"]) == {f"https://s/{n}.png" for n in everyone}
    logs = dict(run["logs"])
    assert {name: logs[name] for name in (f"log-{n}" for n in everyone)} == {f"log-{n}": f"https://l/{n}" for n in everyone}
    assert sorted(link for name, link in logs.items() if name.startswith("core.")) == sorted(f"c{n}" for n in everyone)
    assert [nemesis["start_time"] for nemesis in run["nemesis_data"]] == [at + n for n in everyone]
    assert run["nemesis_stats"] == {"total": CLIENTS}
    states = {(machine["name"], machine["state"], machine["instance_info"]["termination_reason"]) for machine in run["allocated_resources"]}
    assert states == {(f"node-{n}", "terminated", f"r{n}") for n in everyone}

    events = await crowd.read(f"{own}/events/get")
    assert {event["message"] for event in events if event["severity"] == "ERROR"} == {f"m{n}" for n in everyone}
    comments = await crowd.read(f"{API}/run/{run_id}/comments")
    assert {comment["message"] for comment in comments} == {f"comment {n}" for n in everyone}
    told = (await crowd.read(f"{API}/run/{run_id}/activity"))["events"].values()
    assert sum(text.startswith("A comment was posted") for text in told) == CLIENTS
    assert sum(text.startswith("Investigation status was changed") for text in told) == 1
    (table,) = (await crowd.caller(0).get(f"{API}/run/{crowd.test}/{run_id}/fetch_results")).json()["tables"]
    values = {row: cells["latency"]["value"] for row, cells in table["table"]["table_data"].items()}
    assert values == {f"row-{n}": n for n in everyone}
