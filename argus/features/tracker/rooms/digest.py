"""Stored statistics of a release in short: how it stands, what changed, and what people said of it. Pure: it may run in a thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from argus.domain.written import excerpt
from argus.features.tracker.board.columns import FAILED, TO_OPEN, counts_of, read, shown_run, trend

MOST = 12  # tests, issues and comments of each kind that are told
EXCERPT = 300  # characters of a comment
CLOSED = frozenset({"closed", "done", "duplicate", "won't fix"})
OF_ISSUE = ("id", "subtype", "owner", "repo", "number", "key", "title", "summary", "state", "url", "permalink")

Stats = dict[str, Any]
Plans = Mapping[UUID, Iterable[UUID]]
"""Tests and groups of plans."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of statistics; `tests`, `issues` and `comments` are parts of the answer as they are, `plans` the counts of each."""

    tests: Stats
    issues: Stats
    comments: Stats
    plans: Mapping[UUID, Mapping[str, int]]


def digest_of(payload: str, plans: Plans) -> Digest:
    """Statistics as they are stored, in short."""
    stats = read(payload)
    tests = [(group["group"], test) for group in (stats.get("groups") or {}).values() for test in (group.get("tests") or {}).values()]
    return Digest(_standing(stats, tests), _issues(tests), _comments(tests), _progress(tests, plans))


Tests = Sequence[tuple[Stats, Stats]]


def _standing(stats: Stats, tests: Tests) -> Stats:
    by_trend = {1: "broken", -1: "mended"}
    kinds: dict[str, list[Stats]] = {"broken": [], "mended": [], "to_open": []}
    for group, test in tests:
        if kind := by_trend.get(trend(test["last_runs"])):
            kinds[kind].append(_test(group, test))
        if test["status"] in TO_OPEN and test["investigation_status"] == "not_investigated":
            kinds["to_open"].append(_test(group, test))
    return {"counts": counts_of(stats), **{kind: _bounded(found, "started") for kind, found in kinds.items()}}


def _bounded(found: Sequence[Stats], newest: str) -> Stats:
    """The first by a moment, and how many there are."""
    return {"count": len(found), "items": sorted(found, key=lambda item: item[newest] or "", reverse=True)[:MOST]}


def _name(entry: Stats) -> str:
    return entry.get("pretty_name") or entry["name"] or ""


def _test(group: Stats, test: Stats) -> Stats:
    run = shown_run(test) or {}
    return {
        "id": test["test"]["id"],
        "name": _name(test["test"]),
        "group": _name(group),
        "status": test["status"],
        "investigation_status": test["investigation_status"],
        "plugin": test["test"].get("plugin_name"),
        "run_id": run.get("id"),
        "build_number": run.get("build_number"),
        "assignee": run.get("assignee"),
        "started": run.get("start_time"),
    }


def _issues(tests: Tests) -> Stats:
    """Open issues of the runs whose state the tests show, those of most tests first."""
    known: dict[str, Stats] = {}
    of_tests: Counter[str] = Counter()
    for _, test in tests:
        linked = {issue["id"]: issue for issue in (shown_run(test) or {}).get("issues") or () if issue.get("id")}
        for key, issue in linked.items():
            if (issue.get("state") or "").lower() not in CLOSED:
                known[key] = issue
                of_tests[key] += 1
    first = [{**{name: known[key].get(name) for name in OF_ISSUE}, "tests": times} for key, times in of_tests.most_common(MOST)]
    return {"count": len(known), "items": first}


def _comments(tests: Tests) -> Stats:
    """What was written about the newest runs, the last first."""
    found = [(comment, test, run) for _, test in tests for run in test["last_runs"] for comment in run.get("comments") or ()]
    found.sort(key=lambda item: item[0].get("posted_at") or 0, reverse=True)
    return {"count": len(found), "items": [_comment(*item) for item in islice(found, MOST)]}


def _comment(comment: Stats, test: Stats, run: Stats) -> Stats:
    return {
        "id": comment["id"],
        "text": excerpt(comment.get("message") or "", EXCERPT),
        "author_id": comment.get("user_id"),
        "at": comment.get("posted_at"),
        "mentions": comment.get("mentions") or [],
        "plugin": test["test"].get("plugin_name"),
        "run_id": run["id"],
        "name": _name(test["test"]),
        "build_number": run["build_number"],
        "status": run["status"],
    }


def _progress(tests: Tests, plans: Plans) -> dict[UUID, dict[str, int]]:
    """Of each plan how many of its tests there are, passed and failed."""
    wanted = {plan: {str(entity) for entity in entities} for plan, entities in plans.items()}
    found = {plan: {"total": 0, "passed": 0, "failed": 0} for plan in wanted}
    for group, test in tests:
        places = {group["id"], test["test"]["id"]}
        for plan, entities in wanted.items():
            if not places.isdisjoint(entities):
                found[plan]["total"] += 1
                found[plan]["passed"] += test["status"] == "passed"
                found[plan]["failed"] += test["status"] in FAILED
    return found
