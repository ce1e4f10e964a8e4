"""The demo's story is the same for the same seed, and hangs together before anything is played."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from argus.features.tracker.demo.catalogue import JOBS, PEOPLE
from argus.features.tracker.demo.generate import generate
from argus.features.tracker.demo.story import REFERENCE, Call, Story, seconds
from argus.models.enums import SCTEventSeverity, TestStatus

NOW = datetime(2026, 1, 31, 12)
REGISTRY = Path(__file__).parents[2] / "migration_status.yaml"


@pytest.fixture(scope="module")
def story() -> Story:
    return generate(7, NOW, 6)


def all_calls(story: Story) -> list[Call]:
    return [*story.setup, *(call for calls in story.jobs for call in calls), *story.triage]


def test_a_seed_tells_one_story(story: Story) -> None:
    assert generate(7, NOW, 6) == story
    assert generate(8, NOW, 6).jobs != story.jobs
    assert story.calls == len(all_calls(story))


def test_every_path_is_a_post_route_of_argus(story: Story) -> None:
    routes = [
        re.compile(re.sub(r"<path:[^>]+>", ".+", re.sub(r"<(string:)?[^:>]+>", "[^/]+", route["path"])))
        for blueprint in yaml.safe_load(REGISTRY.read_text())["blueprints"].values()
        for route in blueprint["routes"]
        if "POST" in route["methods"]
    ]
    for path in {re.sub(r"[0-9a-f-]{36}|\$\{[^}]+\}", "X", call.path) for call in all_calls(story)}:
        assert any(route.fullmatch(path) for route in routes), path


def test_ids_are_made_before_they_are_used(story: Story) -> None:
    known = {f"user:{person.username}" for person in PEOPLE}
    for call in all_calls(story):
        used = set(REFERENCE.findall(call.path + json.dumps(call.body)))
        assert used <= known, call.path
        known |= call.save.keys()


def test_nothing_happens_after_the_present(story: Story) -> None:
    names = {person.username for person in PEOPLE}
    for call in all_calls(story):
        assert call.at <= NOW
        assert call.actor in names
    assert max(call.at for call in all_calls(story)) > NOW - timedelta(hours=4)


def test_the_calls_of_a_run_come_in_order(story: Story) -> None:
    for calls in story.jobs:
        for call in calls:
            if "/finalize" in call.path and "nemesis" not in call.path:
                run = re.findall(r"[0-9a-f-]{36}", call.path)[0]
                submitted = [c for c in calls if c.path.endswith("/submit") and c.body.get("run_id") == run and "/testrun/" in c.path]
                assert submitted[0].at < call.at


def test_it_shows_every_kind_of_thing(story: Story) -> None:
    statuses = Counter(call.body["new_status"] for call in all_calls(story) if "new_status" in call.body)
    assert {*statuses} >= {"running", "passed", "failed"}
    assert {*statuses} <= {status.value for status in TestStatus}
    started = statuses["running"]
    assert started > statuses["passed"] + statuses["failed"] + statuses["test_error"] + statuses["aborted"], "some are still going on"
    severities = {event["severity"] for call in all_calls(story) for event in _events(call)}
    assert severities == {s.value for s in SCTEventSeverity} - {"DEBUG"}
    kinds = {call.path.split("/")[-2] + "/" + call.path.split("/")[-1] for call in all_calls(story)}
    assert kinds >= {"comments/submit", "issues/submit", "nemesis/finalize", "plan/create", "views/create", "team/create", "result/submit"}
    assert {job.plugin for job in JOBS} == {"scylla-cluster-tests", "driver-matrix-tests", "generic", "sirenada"}


def test_events_are_sorted_and_within_their_run(story: Story) -> None:
    for call in all_calls(story):
        times = [event["ts"] for event in _events(call)]
        assert times == sorted(times)
        assert all(ts <= seconds(call.at) + 1 for ts in times)


def _events(call: Call) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = call.body["data"] if call.path.endswith("/event/submit") else []
    return data
