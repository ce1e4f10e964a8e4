"""What happens at one moment is kept beside each other, and in order."""

from __future__ import annotations

import time
from uuid import uuid4

from tests.cases.tracker import SCT, Tracker


def test_one_test_in_two_runs_at_one_moment_is_two_results(tracker: Tracker) -> None:
    """scylladb/scylla-cluster-tests#5673, web-platform-tests/wpt.fyi#54, jenkinsci/junit-plugin#63."""
    place, name, now = tracker.place(), f"t::{uuid4().hex}", round(time.time())
    runs = [tracker.generic_run(place.build, number) for number in (1, 2)]
    for run, duration in zip(runs, (1.0, 9.0), strict=True):
        assert tracker.pytest_result(run, name, timestamp=now, session_timestamp=now, duration=duration)["status"] == "ok"
    found = [tracker.ok("GET", f"/api/v1/run/{run}/pytest/results") for run in runs]
    assert [[result["duration"] for result in results] for results in found] == [[1.0], [9.0]]


def test_nemeses_of_one_second_are_two_and_end_each_as_it_did(tracker: Tracker) -> None:
    """scylladb/scylla-cluster-tests#8341, scylladb/scylla-cluster-tests#880."""
    run, at = tracker.sct_run(tracker.place(SCT).build), int(time.time()) + 0.1
    for name, node in (("disrupt_stop_start", "n1"), ("disrupt_repair", "n2")):
        nemesis = {"name": name, "class_name": name, "start_time": at, "node_name": node, "node_ip": "1", "node_shards": 1}
        tracker.ok("POST", f"/api/v1/client/sct/{run}/nemesis/submit", {"nemesis": nemesis})
    end = {"name": "disrupt_repair", "start_time": at, "status": "failed", "message": "repair failed"}
    tracker.asked("POST", f"/api/v1/client/sct/{run}/nemesis/finalize", {"nemesis": end})
    found = {each["name"]: each["status"] for each in tracker.ok("GET", f"/api/v1/client/sct/{run}/nemesis/get")}
    assert found == {"disrupt_stop_start": "running", "disrupt_repair": "failed"}


def test_load_commands_of_one_millisecond_are_both_kept(tracker: Tracker) -> None:
    """scylladb/scylla-cluster-tests#5673."""
    run, at = tracker.sct_run(tracker.place(SCT).build), int(time.time()) + 0.1
    for command in ("write", "read"):
        body = {"cmd": command, "ts": at, "log_name": command, "loader_name": "l"}
        tracker.ok("POST", f"/api/v1/client/sct/{run}/stress_cmd/submit", body)
    assert {each["cmd"] for each in tracker.ok("GET", f"/api/v1/client/sct/{run}/stress_cmd/get")} == {"write", "read"}


def test_comments_of_one_second_stay_in_order(tracker: Tracker) -> None:
    """factly/dega#1, timeline-bundle#108, schellingboard#811, tldraw/tldraw#9687."""
    place = tracker.place()
    run = tracker.generic_run(place.build)
    messages = [str(n) for n in range(12)]
    for message in messages:
        body = {"message": message, "reactions": {}, "mentions": []}
        tracker.ok("POST", f"/api/v1/test/{place.test}/run/{run}/comments/submit", body)
    assert [comment["message"] for comment in tracker.ok("GET", f"/api/v1/run/{run}/comments")] == messages
