"""What the server of the browser tests answers, from address to payload; the rows are those of `data.py`."""

# ruff: noqa: E501 (data: one row a line reads better than one value a line)

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Request

from argus.features.tracker.board.columns import Board, board_of
from tests.browser.data import (
    ALICE,
    NOW,
    QUIET_TEST_ID,
    RELEASE_ID,
    SCT,
    STATUSES,
    TEST_ID,
    TRACE,
    ago,
    event_histogram,
    event_page,
    events,
    failed_run,
    graphs,
    group,
    iso,
    old_release,
    passed_run,
    quiet_test,
    release,
    rows,
    run_id,
    seen,
    stats,
    tables,
    test,
    trends,
)
from tests.browser.site import Site, query_of


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
