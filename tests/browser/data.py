"""A small release with a test whose last build failed, as the API answers it."""

# ruff: noqa: E501 (data: one row a line reads better than one value a line)

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Request

from argus.features.tracker.board.columns import Board, board_of
from tests.browser.site import Site, api_error, query_of

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


def boards(site: Site) -> None:
    """The board of the release, made by the server's own code of the statistics that a test chose; `site.planned`: who is named by plans."""

    def made(asked: Request) -> Board:
        return board_of(json.dumps(site.api["/api/v1/release/stats/v2"]), site.planned)

    def some(asked: Request) -> dict[str, Any]:
        rows = made(asked).rows
        return {"rows": [json.loads(rows[int(place)]) for place in query_of(asked)["rows"][0].split(",")]}

    site.api["/api/v1/release/board"] = lambda asked: json.loads(made(asked).index)
    site.api["/api/v1/release/board/rows"] = some


def answers() -> dict[str, Any]:
    """The API of this little release."""
    failed = f"/api/v1/run/{SCT}/{run_id(7)}"
    api: dict[str, Any] = {
        "/api/v1/releases": [release, old_release],
        "/api/v1/groups": [group],
        "/api/v1/tests": [test, quiet_test],
        "/api/v1/test-info": {"test": test, "group": group, "release": release},
        "/api/v1/release/stats/v2": stats,
        f"/api/v1/release/{RELEASE_ID}/versions": ["2026.1.0~rc1", "2026.1.0~rc0"],
        f"/api/v1/test/{TEST_ID}/runs": rows,
        f"/api/v1/test/{QUIET_TEST_ID}/runs": [],
        failed: failed_run,
        f"/api/v1/run/{SCT}/{run_id(6)}": passed_run,
        f"/api/v1/run/{run_id(7)}/type": {"run_type": SCT},
        f"/api/v1/run/{TEST_ID}/{run_id(7)}/fetch_results": {"status": "ok", "tables": tables},
        f"/api/v1/run/{run_id(7)}/comments": [
            {"id": "c1", "user_id": ALICE, "message": "Looks like **&lt;decommission&gt;** again, see @alice", "posted_at": int(ago(hours=1).timestamp()), "mentions": [], "reactions": {}}
        ],
        f"/api/v1/run/{run_id(7)}/activity": {
            "run_id": run_id(7), "raw_events": [{"id": "e1", "user_id": ALICE, "run_id": run_id(7), "created_at": iso(ago(hours=1))}],
            "events": {"e1": "Status was changed from running to failed by alice"},
        },
        f"/api/v1/client/sct/{run_id(7)}/stress_cmd/get": [{"cmd": "cassandra-stress write n=1000", "ts": iso(ago(hours=3)), "log_name": "stress.log", "node_name": "loader-1"}],
        f"/api/v1/client/{run_id(7)}/config/all": [{"name": "sct_config", "content": '{"n_db_nodes": 6}'}],
        "/api/v1/issues/get": [],
        "/api/v1/test-results": graphs,
        f"/api/v1/client/sct/{run_id(7)}/events/seen_before": [{"severity": "CRITICAL", "ts": iso(NOW), **seen}],
        f"/api/v1/client/sct/{run_id(7)}/events/page": event_page,
        f"/api/v1/client/sct/{run_id(7)}/events/histogram": event_histogram,
        "/api/v1/trends": {"tests": trends, "next": None, "total": 2},
        f"/api/v1/client/{run_id(6)}/config/all": [{"name": "sct_config", "content": '{"n_db_nodes": 3}'}],
        f"/api/v1/run/{TEST_ID}/{run_id(6)}/fetch_results": {"status": "ok", "tables": []},
        **{f"/api/v1/client/sct/{run_id(6)}/events/{severity}/get": [] for severity in events},
    }  # fmt: skip
    for severity, items in events.items():
        api[f"/api/v1/client/sct/{run_id(7)}/events/{severity}/get"] = items
        api[f"/api/v1/client/sct/{run_id(7)}/events/{severity}/count"] = len(items)
    _people(api)
    return api


def entry(number: int, title: str, about: int | None, href: str, **values: Any) -> dict[str, Any]:
    """A notification as the inbox lists it, about a run by its number."""
    run = about and {
        "id": run_id(about),
        "plugin": SCT,
        "test_id": TEST_ID,
        "name": "longevity-1tb-5days",
        "build_number": about,
        "status": STATUSES[about - 1],
    }
    return {
        "id": f"n{number}", "receiver": ALICE, "sender": ALICE, "created": ago(hours=number).timestamp() * 1000, "title": title, "state": 1,
        "content": "You were <b>told</b>", "run": run, "href": href, **values,
    }  # fmt: skip


COMMENT = "80000000-0000-4000-8000-000000000001"
PAGE_7 = f"/tests/{SCT}/{run_id(7)}"
mention = entry(
    1,
    "You were mentioned in a comment",
    7,
    f"{PAGE_7}/discuss#comment-{COMMENT}",
    type="TYPE_MENTION",
    text="@alice is it <b>the disk</b> again?",
)
action = entry(2, "You were assigned to a view action item", None, "/view/weekly")
assignment = entry(3, "You were assigned to a run", 7, PAGE_7, state=2)

PLAN_ID = "60000000-0000-4000-8000-000000000001"
VIEW_ID = "70000000-0000-4000-8000-000000000001"
plan = {
    "id": PLAN_ID, "key": "scylla-2026.1#1", "name": "Release candidate 1", "description": "All of longevity", "owner": ALICE, "participants": [ALICE], "target_version": "2026.1.0~rc1",
    "release_id": RELEASE_ID, "completed": False, "tests": [TEST_ID], "groups": [], "assignee_mapping": {}, "view_id": VIEW_ID, "ends_at": None,
}  # fmt: skip
view = {
    "id": VIEW_ID, "name": "weekly", "display_name": "Weekly <b>", "description": "What runs each week", "user_id": ALICE, "created": iso(ago(days=3)), "plan_id": PLAN_ID, "tests": [TEST_ID],
    "widget_settings": "[]",
}  # fmt: skip


def room() -> dict[str, Any]:
    """What the room of the release tells: something of everything."""
    tests = {"id": TEST_ID, "name": test["name"], "group": "Longevity", "status": "failed", "investigation_status": "not_investigated", "plugin": SCT,
             "run_id": run_id(7), "build_number": 7, "assignee": ALICE, "started": iso(ago(hours=3))}  # fmt: skip
    one, none = {"count": 1, "items": [tests]}, {"count": 0, "items": []}
    start = ago(days=1).timestamp()
    noted = {"view_id": VIEW_ID, "index": 1, "created_at": start, "archived_at": 0.0, "creator_id": ALICE, "content": "**Two** clusters hang", "comments_count": 1,
             "group": None, "view": {"name": "weekly", "title": "Weekly <b>"}}  # fmt: skip
    item = {**noted, "created_at": start + 1, "content": "Ask the drivers", "group": "Drivers", "assignee_id": ALICE, "completed": False}
    issue = {"id": "i1", "subtype": "github", "owner": "scylladb", "repo": "scylladb", "number": 7, "title": "It <b>hangs</b>", "state": "open",
             "url": "https://github.com/scylladb/scylladb/issues/7", "tests": 1}  # fmt: skip
    said = {"id": COMMENT, "text": "@alice is it <b>the disk</b> again?", "author_id": ALICE, "at": int(start), "mentions": [ALICE], "plugin": SCT, "run_id": run_id(7),
            "name": test["name"], "build_number": 7, "status": "failed"}  # fmt: skip
    return {
        "release": release,
        "message": {"number": 1, "text": "No merges **today**, &lt;b&gt;please&lt;/b&gt;", "author_id": ALICE, "at": iso(ago(hours=2))},
        "tests": {"counts": {"total": 3, "failed": 1, "passed": 2}, "broken": one, "mended": none, "to_open": {**one, "count": 13}},
        "issues": {"count": 1, "items": [issue]},
        "comments": {"count": 1, "items": [said]},
        "plans": {"count": 1, "items": [{**plan, "tests": {"total": 2, "passed": 1, "failed": 1}}]},
        "views": [{"id": VIEW_ID, "name": "weekly", "title": "Weekly <b>"}],
        "highlights": {"count": 1, "items": [noted]},
        "action_items": {"count": 1, "done": 0, "items": [item]},
    }


def _widgets() -> dict[str, Any]:
    """What the widgets of a view ask for."""
    start = int(ago(days=1).timestamp())
    base = "/api/v1/views/widgets"
    disruption = {
        "version": "2026.1",
        "name": "DecommissionMonkey",
        "start_time": start,
        "duration": 600,
        "run_id": run_id(7),
        "stack_trace": TRACE,
    }
    run = {
        "build_id": test["build_system_id"],
        "start_time": start,
        "duration": 7200,
        "status": "failed",
        "version": "2026.1",
        "run_id": run_id(7),
        "investigation_status": "in_progress",
    }
    older = {**disruption, "version": "2025.4.1", "start_time": start - 3600, "status": "failed", "run_id": run_id(3)}
    seven = {
        "id": "i9",
        "subtype": "github",
        "number": 21390,
        "state": "open",
        "title": "It hangs",
        "url": "https://github.com/acme/db/issues/21390",
    }
    version = "2026.1.0~rc1-20261101-abcdef1234"
    highlight = {
        "view_id": VIEW_ID,
        "index": 0,
        "created_at": float(start),
        "creator_id": ALICE,
        "content": "Writes are **slow**",
        "archived_at": 0.0,
        "comments_count": 1,
        "group": None,
    }
    hit = {
        "test_id": TEST_ID,
        "id": iso(ago(hours=1)),
        "name": "test_a",
        "run_id": run_id(7),
        "message": "assert 1 == 2",
        "status": "failure",
        "markers": ["slow"],
        "duration": 3.5,
        "test_type": "dtest",
    }
    return {
        f"{base}/nemesis_data": {"nemesis_data": [{**disruption, "status": "failed"}, {**disruption, "status": "succeeded"}, older]},
        f"{base}/graphed_stats": {"test_runs": [run, {**run, "run_id": run_id(6), "status": "passed"}], "nemesis_data": []},
        f"{base}/runs_details": {run_id(7): {"assignee": ALICE, "issues": [seven]}},
        f"{base}/graphs/graph_views": {
            "status": "ok", "response": {TEST_ID: [{"id": "v1", "name": "Writes", "description": "", "graphs": graphs["graphs"][:1], "ticks": {}, "releases_filters": []}]},
            "tests_details": {TEST_ID: {"name": test["name"]}},
        },
        f"{base}/summary/versioned_runs": {
            "versions": {"2025.4.0-20260901-1": {TEST_ID: {"test_custom_time": {"run_id": run_id(3), "status": "passed", "started_by": None}}}, version: {TEST_ID: {"test_custom_time": {"run_id": run_id(7), "status": "failed", "started_by": "alice"}}}},
            "test_info": {TEST_ID: {"name": test["name"], "build_id": test["build_system_id"]}},
        },
        f"{base}/summary/runs_results": {TEST_ID: {"test_custom_time": {run_id(7): tables[:1]}}},
        f"{base}/highlights": {"highlights": [highlight], "action_items": [{**highlight, "created_at": start + 1.0, "content": "Ask the drivers", "group": "Drivers", "assignee_id": None, "completed": False}]},
        f"{base}/highlights/comments": [{**highlight, "highlight_created_at": float(start), "content": "Seen"}],
        f"{base}/pytest/view/{VIEW_ID}/results": {"total": 1, "hits": [hit], "pieChart": {"failure": 1}, "barChart": {"labels": [], "datasets": []}},
    }  # fmt: skip


WIDGETS = [
    {"position": position, "type": kind, "settings": {}, "filter": []}
    for position, kind in enumerate(
        ("releaseStats", "testDashboard", "githubIssues", "highlights", "summary", "graphs", "nemesisStats", "graphedStats", "pytestOverview", "unheardOf"), 1
    )
]  # fmt: skip


def _people(api: dict[str, Any]) -> None:
    account = {"id": ALICE, "username": "alice", "full_name": "Alice Example", "email": "alice@example.com", "picture_id": None}
    other = {**account, "id": ALICE[:-1] + "b", "username": "bob", "full_name": "Bob"}
    team = {"id": "t1", "name": "Longevity", "leader": ALICE, "members": [ALICE], "motd": "Hello"}
    api.update({
        "/api/v1/users": {ALICE: account, other["id"]: other},
        "/api/v1/user/jobs": rows[:3],
        "/api/v1/user/planned_jobs": [{**test, "last_run": rows[0]}],
        f"/api/v1/team/user/{ALICE}/teams": [team],
        "/api/v1/team/t1/jobs": {ALICE: rows},
        "/api/v1/notifications/page": {"entries": [mention, assignment, action, {**action, "id": "of the same name"}], "next": None},
        "/api/v1/release/room": room(),
        "/api/v1/following": [{**release, "since": None}],
        "/api/v1/following/standing": {"releases": [{**release, "since": None, "counts": {"total": 3, "failed": 1, "passed": 2}, "to_open": 1}, {**old_release, "dormant": True, "since": None, "counts": None, "to_open": 0}], "total": 2},
        "/api/v1/following/follow": [RELEASE_ID],
        "/api/v1/following/unfollow": [],
        "/api/v1/notifications/read_all": 2,
        "/api/v1/notifications/read": True,
        "/admin/api/v1/users": {user["id"]: {**user, "roles": ["ROLE_USER"], "registration_date": iso(ago(days=9)), "service_user": False} for user in (account, other)},
        "/admin/api/v1/releases/get": [release, old_release],
        "/admin/api/v1/groups/get": [{**group, "build_system_id": "scylla-2026.1/longevity"}],
        "/admin/api/v1/tests/get": [test],
        "/admin/api/v1/proxy-tunnel/configs": [
            {"id": "p1", "host": "proxy.example.com", "port": 22, "proxy_user": "argus-proxy", "target_host": "argus.example.com", "target_port": 8080, "is_active": True}
        ],
        "/admin/api/v1/ssh/keys": [],
        f"/api/v1/planning/release/{RELEASE_ID}/all": [plan],
        f"/api/v1/planning/plan/{PLAN_ID}/resolve_entities": [{**test, "type": "test", "group": "Longevity", "release": "scylla-2026.1"}],
        f"/api/v1/planning/plan/{PLAN_ID}/get": plan,
        f"/api/v1/release/{RELEASE_ID}/images": [],
        f"/api/v1/views/{VIEW_ID}/images": [],
        f"/api/v1/views/{VIEW_ID}/resolve": {**view, "items": [{**test, "type": "test"}]},
        **_widgets(),
        "/api/v1/views/stats": stats,
        f"/api/v1/views/{VIEW_ID}/versions": ["2026.1.0~rc1"],
        "/api/v1/views/all": [view],
    })  # fmt: skip
