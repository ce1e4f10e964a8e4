"""A small release with a test whose last build failed, as the API answers it."""

# ruff: noqa: E501 (data: one row a line reads better than one value a line)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.site import api_error

NOW = datetime.now(UTC)
RELEASE_ID = "10000000-0000-4000-8000-000000000001"
GROUP_ID = "20000000-0000-4000-8000-000000000001"
TEST_ID = "30000000-0000-4000-8000-000000000001"
QUIET_TEST_ID = "30000000-0000-4000-8000-000000000002"
SCT = "scylla-cluster-tests"
STATUSES = ["passed", "passed", "test_error", "passed", "aborted", "passed", "failed"]
ALICE = "00000000-0000-4000-8000-00000000000a"


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def ago(**period: float) -> datetime:
    return NOW - timedelta(**period)


def run_id(number: int) -> str:
    return f"40000000-0000-4000-8000-{number:012d}"


release = {
    "id": RELEASE_ID, "name": "scylla-2026.1", "pretty_name": "Scylla 2026.1", "description": "", "valid_version_regex": None,
    "enabled": True, "dormant": False, "perpetual": False,
}  # fmt: skip
old_release = {**release, "id": RELEASE_ID[:-1] + "2", "name": "scylla-5.0", "pretty_name": None, "dormant": True}
group = {"id": GROUP_ID, "release_id": RELEASE_ID, "name": "longevity", "pretty_name": "Longevity", "enabled": True}
test = {
    "id": TEST_ID, "group_id": GROUP_ID, "release_id": RELEASE_ID, "name": "longevity-1tb-5days", "pretty_name": None, "enabled": True,
    "build_system_id": "scylla-2026.1/longevity/longevity-1tb-5days", "build_system_url": "https://jenkins.example.com/job/longevity-1tb-5days/", "plugin_name": SCT,
}  # fmt: skip
quiet_test = {**test, "id": QUIET_TEST_ID, "name": "longevity-never-run"}


def row(number: int, status: str) -> dict[str, Any]:
    """A run as lists hold it."""
    start = ago(days=len(STATUSES) - number, hours=3)
    return {
        "id": run_id(number), "test_id": TEST_ID, "group_id": GROUP_ID, "release_id": RELEASE_ID, "build_id": test["build_system_id"], "build_number": number,
        "build_job_url": f"https://jenkins.example.com/job/longevity-1tb-5days/{number}/", "status": status, "investigation_status": "not_investigated",
        "assignee": ALICE if number % 2 else None, "start_time": iso(start), "end_time": iso(start + timedelta(hours=2, minutes=17)),
        "heartbeat": int(start.timestamp()), "scylla_version": "2026.1.0~rc1", "logs": [],
    }  # fmt: skip


rows = [row(number, status) for number, status in enumerate(STATUSES, 1)][::-1]


def package(name: str, version: str) -> dict[str, str]:
    return {"name": name, "version": version, "date": "20261101", "revision_id": "abcdef1234", "build_id": "deadbeefcafe"}


def nemesis(number: int, name: str, status: str, trace: str = "") -> dict[str, Any]:
    start = int(ago(hours=3).timestamp()) + number * 900
    node = {"name": f"longevity-db-node-{number}", "ip": f"10.0.0.{number}", "shards": 14}
    return {
        "run_id": run_id(7),
        "name": name,
        "class_name": name,
        "status": status,
        "start_time": start,
        "end_time": start + 600,
        "target_node": node,
        "stack_trace": trace,
    }


def resource(number: int, state: str) -> dict[str, Any]:
    created = int(ago(hours=3).timestamp())
    info = {
        "provider": "aws", "instance_type": "i4i.4xlarge", "region": "eu-west-1", "dc_name": "eu-west", "rack_name": f"RACK{number % 3}", "public_ip": f"34.1.2.{number}",
        "private_ip": f"10.0.0.{number}", "creation_time": created, "termination_time": created + 7200 if state == "terminated" else 0,
        "termination_reason": "finished" if state == "terminated" else "", "shards_amount": 14,
    }  # fmt: skip
    return {"run_id": run_id(7), "name": f"longevity-db-node-{number}", "state": state, "resource_type": "db-node", "instance_info": info}


TRACE = 'Traceback (most recent call last):\n  File "nemesis.py", line 812, in disrupt\n    self.run()\nUnexpectedExit: Encountered a bad command exit code! nodetool decommission'

failed_run = {
    **rows[0],
    "product_version": None, "started_by": "alice", "test_method": "longevity_test.LongevityTest.test_custom_time", "stress_duration": 120.0,
    "scm_revision_id": "0123456789abcdef", "branch_name": "master", "origin_url": "https://github.com/example/tests", "region_name": ["eu-west-1"],
    "cloud_setup": {
        "backend": "aws", "db_node": {"image_id": "ami-0abc", "instance_type": "i4i.4xlarge", "node_amount": 6, "post_behaviour": "destroy"},
        "loader_node": {"image_id": "ami-1", "instance_type": "c6i.2xlarge", "node_amount": 2, "post_behaviour": "destroy"},
        "monitor_node": {"image_id": "ami-2", "instance_type": "t3.large", "node_amount": 1, "post_behaviour": "destroy"},
    },
    "packages": [package("scylla-server", "2026.1.0~rc1"), package("kernel", "6.8.0-45"), package("cassandra-stress", "3.18")],
    "allocated_resources": [resource(number, "running" if number < 3 else "terminated") for number in range(1, 10)],
    "nemesis_data": [
        nemesis(1, "RestartThenRepairNode", "succeeded"), nemesis(2, "DecommissionMonkey", "failed", TRACE), nemesis(3, "NoCorruptRepair", "skipped", "Not supported here"),
    ],
    "screenshots": ["https://bucket.s3.amazonaws.com/a/overview.png"],
    "junit_reports": [
        {
            "file_name": "junit.xml",
            "report": '<testsuite name="s"><testcase classname="A" name="one" time="1.5"/><testcase classname="A" name="two" time="2"><failure message="boom">trace</failure></testcase></testsuite>',
        }
    ],
    "logs": [["db-cluster", "https://bucket.s3.amazonaws.com/a/db-cluster.tar.zst"], ["sct", "https://bucket.s3.amazonaws.com/a/sct.log.tar.zst"]],
    "sct_runner_host": {"public_ip": "1.2.3.4", "private_ip": "10.0.0.99"}, "subtest_name": None, "events": [],
}  # fmt: skip
passed_run = {**failed_run, **rows[1], "packages": [package("scylla-server", "2026.1.0~rc0"), package("kernel", "6.8.0-45")]}


def event(number: int, severity: str, kind: str, text: str, duplicate: int | None = None) -> dict[str, Any]:
    moment = ago(hours=2) + timedelta(seconds=37 * number)
    return {
        "run_id": run_id(7), "event_id": f"50000000-0000-4000-8000-{number:012d}", "severity": severity, "ts": iso(moment), "event_type": kind, "summary": None,
        "message": f"{moment:%Y-%m-%d %H:%M:%S.000}: ({kind} Severity.{severity}) period_type=one-time event_id={number}\n{text}",
        "duplicate_id": f"50000000-0000-4000-8000-{duplicate:012d}" if duplicate else None, "node": f"Node longevity-db-node-{number % 3 + 1} [34.1.2.3 | 10.0.0.1]",
        "received_timestamp": None, "nemesis_name": "DecommissionMonkey" if number % 2 else None, "duration": None, "target_node": None, "nemesis_status": None, "known_issue": None,
    }  # fmt: skip


events = {
    "CRITICAL": [event(5, "CRITICAL", "ClusterHealthValidatorEvent", "node longevity-db-node-2 is in state DN and does not answer for 600 s")],
    "ERROR": [
        event(1, "ERROR", "DatabaseLogEvent", "seastar - Exceptional future ignored: std::runtime_error (decommission failed)"),
        *[event(number, "ERROR", "DatabaseLogEvent", "seastar - Exceptional future ignored", 1) for number in range(10, 20)],
        event(7, "ERROR", "DisruptionEvent", "UnexpectedExit: nodetool decommission <node> & friends"),
    ],
    "WARNING": [event(3, "WARNING", "CassandraStressLogEvent", "retrying")],
    "NORMAL": [],
    "DEBUG": [],
}  # fmt: skip


def event_page(asked: Any) -> dict[str, Any]:
    """A page of the events above, as the server gives it: newest first."""
    query = parse_qs(urlsplit(asked.url).query)
    one = {name: values[0] for name, values in query.items()}
    every = sorted((item for severity in query["severity[]"] for item in events[severity]), key=lambda item: str(item["ts"]), reverse=True)
    if named := one.get("event"):
        known = [item["event_id"] for item in every]
        if named not in known:
            raise api_error("this run has no such event", "DataValidationError")
        every = every[known.index(named) :]
    found = [item for item in every if item["ts"] < one.get("before", "9") and one.get("q", "").lower() in item["message"].lower()]
    some = found[: int(one["limit"])]
    return {"events": some, "next": some[-1]["ts"] if len(found) > len(some) else None}


event_histogram = {
    "start": iso(ago(hours=2)),
    "seconds": 20.0,
    "counts": {severity: [len(items), *[0] * 59] for severity, items in events.items() if items},
    "totals": {severity: len(items) for severity, items in events.items() if items},
    "more": False,
}


def cell(value: float, status: str = "PASS", kind: str = "FLOAT") -> dict[str, Any]:
    return {"value": value, "status": status, "type": kind}


tables = [
    {
        "write - latencies": {
            "description": "Latency of writes, in the steady state",
            "table_status": "ERROR",
            "columns": [
                {"name": "P99", "unit": "ms", "type": "FLOAT"},
                {"name": "op rate", "unit": "op/s", "type": "INTEGER"},
                {"name": "duration", "unit": "HH:MM:SS", "type": "DURATION"},
            ],
            "rows": ["cycle 1", "cycle 2"],
            "table_data": {
                "cycle 1": {"P99": cell(3.14159), "op rate": cell(152000, "UNSET", "INTEGER"), "duration": cell(3725, "UNSET", "DURATION")},
                "cycle 2": {"P99": cell(27.5, "ERROR"), "op rate": cell(98000, "WARNING", "INTEGER")},
            },
        }
    },
    {
        "read - latencies": {
            "description": "",
            "table_status": "PASS",
            "columns": [{"name": "P99", "unit": "ms", "type": "FLOAT"}],
            "rows": ["cycle 1"],
            "table_data": {"cycle 1": {"P99": cell(1)}},
        }
    },
]


def point(number: int, y: float, **more: Any) -> dict[str, Any]:
    start = ago(days=len(STATUSES) - number, hours=3)
    return {
        "x": f"{start:%Y-%m-%dT%H:%M:%SZ}", "y": y, "id": run_id(number), "changes": ["scylla-server: 2026.1.0~rc1"], "dep_change": False, **more,
    }  # fmt: skip


def graph(title: str, unit: str, values: list[float]) -> dict[str, Any]:
    """A graph as the server writes it: one line and its threshold."""
    data = [point(number, y, limit=30.0) for number, y in enumerate(values, 1)]
    data[3] = {**data[3], "dep_change": True, "changes": ["scylla-server: 2026.1.0~rc1", "kernel: 6.8.0-44 -> 6.8.0-45"]}
    threshold = {"label": "error threshold", "data": [{"x": one["x"], "y": 30.0} for one in data]}
    return {
        "data": {"datasets": [{"label": "2026.1 - cycle 1", "data": data}, threshold]},
        "options": {
            "scales": {"y": {"min": 0, "max": 40, "title": {"display": True, "text": f"[{unit}]"}}},
            "plugins": {"title": {"display": True, "text": title}, "subtitle": {"text": "Latency of writes", "display": True}},
        },
    }


graphs: dict[str, Any] = {
    "graphs": [graph("write - latencies - P99", "ms", [12, 13, 14, 18, 17, 21, 27.5]), graph("read - latencies - P99", "ms", [2, 2, 2, 3, 2, 2, 2])],
    "releases_filters": ["2026.1", "dev"], "ticks": {},
    "graph_views": [{"test_id": TEST_ID, "id": "v1", "name": "Writes", "description": "Only writes", "graphs": {"write - latencies - P99": "{}"}}],
}  # fmt: skip

last_runs = [
    {
        **{k: r[k] for k in ("id", "build_number", "status", "start_time", "end_time", "assignee")},
        "setup": None,
        "issues": [],
        "comments": [],
    }
    for r in rows[:5]
]
test_stats: dict[str, Any] = {
    "test": test, "status": "failed", "investigation_status": "not_investigated", "start_time": rows[0]["start_time"], "buildNumber": 7, "hasBugReport": True,
    "hasComments": True, "last_runs": last_runs,
}  # fmt: skip
quiet_stats = {
    **test_stats,
    "test": quiet_test,
    "status": "not_run",
    "start_time": "1970-01-01T00:00:00.000Z",
    "last_runs": [],
    "hasBugReport": False,
    "hasComments": False,
    "buildNumber": None,
}
counts = {
    "failed": 1,
    "not_run": 1,
    "passed": 0,
    "running": 0,
    "created": 0,
    "error": 0,
    "test_error": 0,
    "aborted": 0,
    "not_planned": 0,
    "total": 2,
}
stats: dict[str, Any] = {
    **counts, "release": release, "disabled": False, "perpetual": False, "hasBugReport": True,
    "groups": {GROUP_ID: {**counts, "group": group, "disabled": False, "tests": {TEST_ID: test_stats, QUIET_TEST_ID: quiet_stats}}},
}  # fmt: skip

seen = {
    "runs": 4, "more": False, "since": {"run_id": run_id(3), "version": "2025.4.0~rc2", "start_time": iso(ago(days=9))},
    "issues": [{"id": "i9", "subtype": "github", "owner": "acme", "repo": "db", "number": 21390, "state": "open", "title": "It hangs", "url": "https://github.com/acme/db/issues/21390", "runs": 3}],
}  # fmt: skip


def trend(name: str, changes: int, **versions: dict[str, Any]) -> dict[str, Any]:
    """A test over time: nine runs, so many of which ended otherwise than the one before."""
    place = {
        "test_id": TEST_ID if changes else QUIET_TEST_ID,
        "test": name,
        "group": "Longevity",
        "job": test["build_system_id"],
        "plugin": SCT,
    }
    return {
        **place, "passed": 9 - changes, "failed": changes, "changes": changes, "flakiness": changes / 8, "mixed_versions": 1, "median_seconds": 7200, "last_seconds": 9000,
        "versions": versions,
    }  # fmt: skip


trends = [
    trend("longevity-1tb-5days", 4, **{"2026.1.0~rc0": {"passed": 2, "failed": 2, "last": "passed", "run_id": run_id(6)}, "2026.1.0~rc1": {"passed": 0, "failed": 1, "last": "failed", "run_id": run_id(7)}}),
    trend("longevity-never-run", 0, **{"2026.1.0~rc0": {"passed": 5, "failed": 0, "last": "passed", "run_id": run_id(5)}}),
]  # fmt: skip
