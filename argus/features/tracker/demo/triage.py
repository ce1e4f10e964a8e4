"""What people do with it: plans, views, teams, comments, issues, highlights."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

from argus.features.tracker.demo.catalogue import ENGINEERS, ISSUES, JOBS, MANAGER, Job
from argus.features.tracker.demo.story import Call, Run

REMARKS = (
    "Same stall as last week, nothing new in the logs of the other nodes.",
    "@{other} could you look at the coredump? I think it is the `group 0` read barrier again.",
    "Reproduced locally with **--smp 2**; the node is stuck in `JOINING`.",
    "Infrastructure: the loader lost its network for two minutes, rebuilding.",
    "Bisected to the merge of Monday. Reported, see the linked issue.",
    "Rebuild passed, so I take this one as flaky:\n\n- first attempt: timeout of decommission\n- second: clean",
)
VIEW_WIDGETS: list[dict[str, Any]] = [
    {
        "position": 1,
        "type": "releaseStats",
        "settings": {"horizontal": False, "displayExtendedStats": True, "hiddenStatuses": ["not_planned"]},
    },
    {
        "position": 2,
        "type": "highlights",
        "settings": {"index": 0, "defaultGroupItems": ["SCT investigations", "Drivers", "Release Notes"]},
    },
    {"position": 3, "type": "githubIssues", "settings": {"submitDisabled": True, "aggregateByIssue": True}},
    {"position": 4, "type": "testDashboard", "settings": {"targetVersion": False, "versionsIncludeNoVersion": True, "productVersion": ""}},
    {"position": 5, "type": "graphs", "settings": {}},
    {"position": 6, "type": "nemesisStats", "settings": {}},
    {"position": 7, "type": "pytestOverview", "settings": {"collapsed": True}},
]
VIEW, WIDGET = "${view:signoff}", 0  # the `index` of the highlights above


def make_plans(start: datetime) -> list[Call]:
    """Before any run: who looks after what, and a team."""
    release = "scylla-2025.4"
    groups = [f"${{group:{release}/{name}}}" for name in ("longevity", "performance", "upgrade", "gemini")]
    plan = {
        "name": "2025.4 GA sign-off",
        "description": "Everything that has to be green before the release",
        "owner": f"${{user:{MANAGER}}}",
        "participants": [f"${{user:{name}}}" for name in ENGINEERS],
        "target_version": "2025.4.1",
        "release_id": f"${{release:{release}}}",
        "tests": [f"${{{job.key}}}" for job in JOBS if job.release == release and job.group in ("artifacts", "dtest")],
        "groups": groups,
        "assignments": {group: f"${{user:{name}}}" for group, name in zip(groups, (*ENGINEERS, ENGINEERS[0]), strict=True)},
    }
    master = {
        **plan,
        "name": "Master weekly",
        "description": "Who looks at the runs of this week",
        "target_version": "",
        "release_id": "${release:scylla-master}",
        "tests": [],
        "groups": ["${group:scylla-master/longevity}", "${group:scylla-master/performance}"],
        "assignments": {"${group:scylla-master/longevity}": "${user:lucas}", "${group:scylla-master/performance}": "${user:mei}"},
    }
    team = {"name": "Release QA", "leader": f"${{user:{MANAGER}}}", "members": [f"${{user:{name}}}" for name in ENGINEERS]}
    return [
        Call(start, MANAGER, "/api/v1/planning/plan/create", plan),
        Call(start, MANAGER, "/api/v1/planning/plan/create", master),
        Call(start, MANAGER, "/api/v1/team/create", team),
    ]


def make_triage(rng: random.Random, runs: list[tuple[Job, Run]], end: datetime) -> list[Call]:
    """What is said of failed runs, oldest first, and the view in which the release is followed."""
    calls: list[Call] = []
    for job, run in runs:
        if run.status in ("failed", "test_error") and run.end < end - timedelta(hours=6) and rng.random() < 0.75:
            calls += _investigate(rng, job, run)
    return [*sorted(calls, key=lambda call: call.at), *_view(end)]


def _investigate(rng: random.Random, job: Job, run: Run) -> list[Call]:
    who, other = rng.sample(ENGINEERS, 2)
    at = run.end + timedelta(minutes=rng.randint(20, 300))
    path = f"/api/v1/test/${{{job.key}}}/run/{run.id}"
    calls = [
        Call(at, who, f"{path}/assignee/set", {"assignee": f"${{user:{who}}}"}),
        Call(at, who, f"{path}/investigation_status/set", {"investigation_status": "in_progress"}),
        _comment(at + timedelta(minutes=5), who, path, rng.choice(REMARKS).format(other=other)),
    ]
    if rng.random() < 0.5:
        calls.append(_comment(at + timedelta(minutes=40), other, path, rng.choice(REMARKS).format(other=who)))
    if rng.random() < 0.6:
        calls.append(Call(at + timedelta(minutes=45), who, f"{path}/issues/submit", {"issue_url": rng.choice(ISSUES).url}))
    if rng.random() < 0.7:
        settled = rng.choice(("investigated", "investigated", "ignored"))
        calls.append(Call(at + timedelta(hours=1), who, f"{path}/investigation_status/set", {"investigation_status": settled}))
    return calls


def _comment(at: datetime, who: str, path: str, message: str) -> Call:
    return Call(at, who, f"{path}/comments/submit", {"message": message, "reactions": {}, "mentions": []})


def _view(end: datetime) -> list[Call]:
    at = end - timedelta(hours=3)
    body = {
        "name": "2025-4-and-drivers",
        "displayName": "2025.4 and drivers",
        "description": "The release and the drivers it is shipped with",
        "items": ["release:${release:scylla-2025.4}", "release:${release:drivers}"],
        "settings": json.dumps([{"filter": [], **widget} for widget in VIEW_WIDGETS]),
    }
    highlight = {
        "view_id": VIEW,
        "index": WIDGET,
        "content": "**2025.4.1** candidate is out, sign-off runs until Thursday",
        "is_task": False,
    }
    tasks = {
        "view_id": VIEW,
        "index": WIDGET,
        "name": "SCT investigations",
        "items": ["Triage multi-DC longevity", "Compare latency with 2025.3"],
    }
    return [
        Call(at, MANAGER, "/api/v1/views/create", body, {"view:signoff": "id"}),
        Call(at, MANAGER, "/api/v1/views/widgets/highlights/create", highlight),
        Call(at, "mei", "/api/v1/views/widgets/highlights/create_group", tasks),
    ]
