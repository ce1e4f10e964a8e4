"""Texts and values as they come: one bad thing does not take its neighbours."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.tracker import SCT, Tracker, strict_json


def test_half_a_surrogate_takes_no_event_along(tracker: Tracker) -> None:
    """UKGovernmentBEIS/inspect_ai#3802, pytest-dev/pytest-html#12, ansible-community/ara#48."""
    run, now = tracker.sct_run(tracker.place(SCT).build), int(time.time())
    texts = ("one", "two \ud83d", "three")
    events = [{"run_id": run, "severity": "ERROR", "ts": now + n, "message": text, "event_type": "X"} for n, text in enumerate(texts)]
    tracker.asked("POST", f"/api/v1/client/sct/{run}/event/submit", {"data": events})
    kept = [event["message"] for event in tracker.ok("GET", f"/api/v1/client/sct/{run}/events/get")]
    assert [text[:3] for text in kept] == ["one", "two", "thr"]


def test_strange_and_long_texts_come_back_as_they_were_sent(tracker: Tracker) -> None:
    """reportportal, ansible-community/ara#48."""
    run, now = tracker.sct_run(tracker.place(SCT).build), int(time.time())
    texts = ["a\x00b", "\x1b[31mred\x1b[0m\x07", "\u202e\uffff\ufffe", "👩‍👩‍👧 é e\u0301", "x" * 5_000_000]
    for n, text in enumerate(texts):
        event = {"run_id": run, "severity": "ERROR", "ts": now + n, "message": text, "event_type": "X"}
        tracker.ok("POST", f"/api/v1/client/sct/{run}/event/submit", {"data": event})
    answer = tracker.get(f"/api/v1/client/sct/{run}/events/get")
    assert [event["message"] for event in strict_json(answer.content)["response"]] == texts


def test_a_time_in_milliseconds_is_refused(tracker: Tracker) -> None:
    """microsoft/MLFlow.NET#4."""
    run = tracker.sct_run(tracker.place(SCT).build)
    event = {"run_id": run, "severity": "ERROR", "ts": int(time.time()) * 1000, "message": "ms", "event_type": "X"}
    assert tracker.asked("POST", f"/api/v1/client/sct/{run}/event/submit", {"data": event})["status"] == "error"


@pytest.mark.parametrize("value", [5, 1.5, True, None, ["a"]], ids=repr)
def test_a_property_that_is_no_text_loses_no_result(tracker: Tracker, value: Any) -> None:
    """fruch/pytest-elk-reporter#9, pytest-dev/pytest-reportlog#12."""
    run, name = tracker.generic_run(tracker.place().build), f"tests.{uuid4().hex}"
    assert tracker.pytest_result(run, name, user_fields={"good": "x", "k": value})["status"] == "ok"
    assert [result["name"] for result in tracker.ok("GET", f"/api/v1/run/{run}/pytest/results")] == [name]
