"""A run of a cluster test, from its submission to its end."""

from __future__ import annotations

import base64
import json
import random
from datetime import datetime, timedelta
from typing import Any

from argus.features.tracker.demo.events import make_events
from argus.features.tracker.demo.metrics import make_results
from argus.features.tracker.demo.story import Call, Run, hex_of, make_id, seconds

CLIENT = "/api/v1/client"
REGIONS = {"eu-west-1": "dc-eu", "us-east-1": "dc-us"}
NEMESES = (
    ("StopStartMonkey", "disrupt_stop_start_scylla_server"),
    ("RestartThenRepairNodeMonkey", "disrupt_restart_then_repair_node"),
    ("DecommissionMonkey", "disrupt_nodetool_decommission"),
    ("NodeTerminateAndReplace", "disrupt_terminate_and_replace_node"),
    ("AddRemoveDcNemesis", "disrupt_add_remove_dc"),
    ("MgmtRepair", "disrupt_mgmt_repair_cli"),
    ("NetworkBlockMonkey", "disrupt_network_block"),
    ("GrowShrinkClusterNemesis", "disrupt_grow_shrink_cluster"),
    ("TruncateMonkey", "disrupt_truncate"),
)
TRACE = (
    "Traceback (most recent call last):\n"
    '  File "/home/ubuntu/scylla-cluster-tests/sdcm/nemesis/__init__.py", line 5482, in wrapper\n'
    "    result = method(*args[1:], **kwargs)\n"
    "sdcm.wait.WaitForTimeoutError: Wait for: Wait for node to be up and normal: timeout - 1200 seconds - expired"
)


def make_run(rng: random.Random, run: Run) -> list[Call]:
    """Every call that the test framework makes for one run."""
    sct, testrun = f"{CLIENT}/sct/{run.id}", f"{CLIENT}/testrun/scylla-cluster-tests"
    nodes = _nodes(rng, run)
    calls = [
        Call(run.start, "jenkins", f"{testrun}/submit", _submission(rng, run)),
        Call(run.start, "jenkins", f"{testrun}/{run.id}/set_status", {"new_status": "running", "schema_version": "v8"}),
        *_setup(rng, run, sct, nodes),
        *_nemeses(rng, run, sct, nodes),
        Call(
            run.end,
            "jenkins",
            f"{sct}/event/submit",
            {"data": make_events(rng, run, [node["name"] for node in nodes]), "schema_version": "v8"},
        ),
        *make_results(rng, run),
    ]
    heartbeat = Call(run.end, "jenkins", f"{testrun}/{run.id}/heartbeat", {"schema_version": "v8"})
    return [*calls, heartbeat, *(_ending(rng, run, sct, testrun, nodes) if run.over else ())]


def _submission(rng: random.Random, run: Run) -> dict[str, Any]:
    return {
        "schema_version": "v8",
        "run_id": run.id,
        "job_name": run.job,
        "job_url": run.url,
        "started_by": rng.choice(("timer", "mei", "lucas")),
        "commit_id": hex_of(rng, 40),
        "origin_url": "git@github.com:scylladb/scylla-cluster-tests.git",
        "branch_name": "branch-2025.4" if "2025.4" in run.job else "master",
        "sct_config": _config(run),
    }


def _config(run: Run) -> dict[str, Any]:
    regions = list(REGIONS) if "multidc" in run.job else ["eu-west-1"]
    return {
        "cluster_backend": "aws",
        "region_name": " ".join(regions),
        "ami_id_db_scylla": f"ami-{abs(hash_of(run.version)):08x}",
        "ami_id_loader": "ami-0c2fd1a9e0b3a6f51",
        "ami_id_monitor": "ami-0c2fd1a9e0b3a6f51",
        "instance_type_db": "i4i.4xlarge",
        "instance_type_loader": "c6i.2xlarge",
        "instance_type_monitor": "t3.large",
        "n_db_nodes": " ".join("3" for _ in regions),
        "n_loaders": 2,
        "n_monitor_nodes": 1,
        "post_behavior_db_nodes": "keep-on-failure",
        "post_behavior_loader_nodes": "destroy",
        "post_behavior_monitor_nodes": "keep-on-failure",
        "stress_duration": 180,
        "config_files": [f"test-cases/{run.job.split('/')[1]}/{run.job.split('/')[2]}.yaml", "configurations/tablets.yaml"],
        "test_method": f"{run.job.split('/')[1]}_test.py:{run.job.split('/')[2].replace('-', '_')}",
    }


def hash_of(text: str) -> int:
    """The same number for a text in every process, unlike `hash`."""
    return int.from_bytes(text.encode()[-4:], "big")


def _nodes(rng: random.Random, run: Run) -> list[dict[str, Any]]:
    regions = list(REGIONS) if "multidc" in run.job else ["eu-west-1"]
    kinds = [("scylla-db", "i4i.4xlarge")] * (3 * len(regions)) + [("loader", "c6i.2xlarge")] * 2 + [("monitor", "t3.large")]
    short, found = run.id[:8], []
    for number, (kind, instance) in enumerate(kinds, 1):
        region = regions[number % len(regions)] if kind == "scylla-db" else regions[0]
        details = {
            "provider": "aws",
            "region": region,
            "instance_type": instance,
            "public_ip": f"203.0.113.{rng.randint(2, 250)}",
            "private_ip": f"10.4.{rng.randint(0, 7)}.{rng.randint(2, 250)}",
            "dc_name": REGIONS[region],
            "rack_name": f"rack-{number % 3}",
            "creation_time": seconds(run.start + timedelta(minutes=number)),
            "shards_amount": 14 if kind == "scylla-db" else 0,
        }
        role = {"scylla-db": "db", "loader": "loader", "monitor": "monitor"}[kind]
        found.append({"name": f"{run.job.split('/')[1]}-{role}-node-{short}-{number}", "resource_type": kind, "instance_details": details})
    return found


def _setup(rng: random.Random, run: Run, sct: str, nodes: list[dict[str, Any]]) -> list[Call]:
    at = run.moment(0.02)
    build = run.start - timedelta(days=1)
    packages = [
        _package("scylla-server", run.version, f"{build:%Y%m%d}", hex_of(rng, 12), hex_of(rng, 40)),
        _package("scylla-cqlsh", run.version, f"{build:%Y%m%d}", hex_of(rng, 12), None),
        _package("kernel", rng.choice(("6.8.0-1021-aws", "6.14.0-1007-aws")), None, None, None),
        _package("scylla-manager", "3.5.1", "20250911", hex_of(rng, 12), None),
    ]
    config = json.dumps({"sct": _config(run), "tablets": {"enabled": True, "initial": 128}})
    stress = (
        f"cassandra-stress mixed cl=QUORUM duration={rng.choice((180, 240, 720))}m -schema 'replication(replication_factor=3)' "
        f"-mode cql3 native -rate threads={rng.choice((50, 100, 200))} -pop seq=1..{rng.choice((10, 50, 100))}000000"
    )
    commands = [
        {"cmd": stress, "loader_name": node["name"], "log_name": f"cassandra-stress-l{i}.log", "ts": seconds(run.moment(0.05)) + i / 1000}
        for i, node in enumerate(nodes)
        if node["resource_type"] == "loader"
    ]
    runner = {
        "public_ip": "198.51.100.7",
        "private_ip": "10.0.9.7",
        "region": "eu-west-1",
        "backend": "aws",
        "name": f"sct-runner-{run.id[:8]}",
    }
    return [
        Call(at, "jenkins", f"{sct}/sct_runner/set", runner),
        *(Call(at, "jenkins", f"{sct}/resource/create", {"resource": {"state": "running", **node}}) for node in nodes),
        Call(at, "jenkins", f"{sct}/packages/submit", {"packages": packages}),
        Call(at, "jenkins", f"{CLIENT}/testrun/scylla-cluster-tests/{run.id}/update_product_version", {"product_version": run.version}),
        Call(
            at, "jenkins", f"{CLIENT}/{run.id}/config/submit", {"name": "sct_config", "content": base64.b64encode(config.encode()).decode()}
        ),
        *(Call(at, "jenkins", f"{sct}/stress_cmd/submit", command) for command in commands),
    ]


def _package(name: str, version: str, date: str | None, revision: str | None, build: str | None) -> dict[str, str | None]:
    return {"name": name, "version": version, "date": date, "revision_id": revision, "build_id": build}


def _nemeses(rng: random.Random, run: Run, sct: str, nodes: list[dict[str, Any]]) -> list[Call]:
    if run.job.split("/")[1] not in ("longevity", "gemini", "performance"):
        return []
    calls, targets = [], [node for node in nodes if node["resource_type"] == "scylla-db"]
    amount = min(20, 2 + int((run.end - run.start) / timedelta(hours=1)))
    for index in range(amount):
        class_name, name = rng.choice(NEMESES)
        target, begin = rng.choice(targets), run.moment(0.08 + 0.88 * index / amount)
        node = {"node_name": target["name"], "node_ip": target["instance_details"]["private_ip"], "node_shards": 14}
        calls.append(
            Call(
                begin,
                "jenkins",
                f"{sct}/nemesis/submit",
                {"nemesis": {"name": name, "class_name": class_name, "start_time": seconds(begin), **node}},
            )
        )
        if not run.over and index == amount - 1:
            break
        status = rng.choices(("succeeded", "failed", "skipped"), (8, 3 if run.status == "failed" else 0.5, 1.5))[0]
        message = {"failed": TRACE, "skipped": "Skipped: needs more than one datacenter", "succeeded": ""}[status]
        ended = begin + timedelta(seconds=rng.randint(20, 900))
        final = {"name": name, "start_time": seconds(begin), "status": status, "message": message}
        calls.append(Call(min(ended, run.end), "jenkins", f"{sct}/nemesis/finalize", {"nemesis": final}))
    return calls


def _ending(rng: random.Random, run: Run, sct: str, testrun: str, nodes: list[dict[str, Any]]) -> list[Call]:
    bucket = f"https://cloudius-jenkins-test.s3.amazonaws.com/{run.id}/{run.end:%Y%m%d_%H%M%S}"
    logs = [
        {"log_name": f"{name}-{run.id[:8]}.tar.zst", "log_link": f"{bucket}/{name}-{run.id[:8]}.tar.zst"}
        for name in ("db-cluster", "loader-set", "monitor-set", "sct", "event")
    ]
    kept = "scylla-db" if run.status == "failed" and rng.random() < 0.4 else ""
    gone = [node["name"] for node in nodes if node["resource_type"] != kept] + [f"sct-runner-{run.id[:8]}"]
    shots = [f"{bucket}/grafana-screenshot-{panel}-{run.id[:8]}.png" for panel in ("overview", "per-server-metrics-nemesis")]
    return [
        Call(run.end, "jenkins", f"{testrun}/{run.id}/logs/submit", {"logs": logs}),
        Call(run.end, "jenkins", f"{sct}/screenshots/submit", {"screenshot_links": shots}),
        Call(
            run.end,
            "jenkins",
            f"{sct}/junit/submit",
            {"file_name": "junit.xml", "content": base64.b64encode(_junit(run).encode()).decode()},
        ),
        *(Call(run.end, "jenkins", f"{sct}/resource/{name}/terminate", {"reason": "Clean up after the test"}) for name in gone),
        Call(run.end, "jenkins", f"{testrun}/{run.id}/set_status", {"new_status": run.status}),
        Call(run.end, "jenkins", f"{testrun}/{run.id}/finalize", {"schema_version": "v8"}),
    ]


def _junit(run: Run) -> str:
    took = (run.end - run.start).total_seconds()
    inner = "" if run.status == "passed" else '<failure message="Critical events were found">see the events of this run</failure>'
    test = run.job.split("/")[2].replace("-", "_")
    return (
        f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="sct" tests="1" failures="{int(bool(inner))}" time="{took}">'
        f'<testcase classname="{run.job.split("/")[1]}_test" name="{test}" time="{took}">{inner}</testcase></testsuite></testsuites>'
    )


def new_run(rng: random.Random, job: str, number: int, version: str, start: datetime, hours: float, status: str, end: datetime) -> Run:
    """A run that starts then; one that would last beyond `end` is still going on."""
    finish = start + timedelta(hours=hours * (0.93 + 0.14 * rng.random()) * (1 if status == "passed" else 0.3 + 0.7 * rng.random()))
    return Run(make_id(rng), job, number, version, start, min(finish, end), status if finish <= end else "running")
