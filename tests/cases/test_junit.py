"""JUnit documents as the family of test runners writes them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.cases.tracker import DRIVERS, Tracker, strict_json

WHEN = 'timestamp="2025-01-02T03:04:05"'


def submitted(tracker: Tracker, name: str, kind: str, xml: str | bytes) -> tuple[str, dict[str, Any]]:
    """The error, if there was one, and what is stored of one driver's document in a fresh run."""
    run = tracker.driver_run(tracker.place(DRIVERS).build)
    answer = tracker.driver_result(run, name, kind, xml)
    error = "" if answer["status"] == "ok" else answer["response"]["message"]
    stored = tracker.ok("GET", f"/api/v1/client/testrun/{DRIVERS}/{run}/get")["test_collection"]
    return error, stored[0] if stored else {}


def cases(collection: dict[str, Any]) -> list[tuple[str, str]]:
    return [(case["name"], case["status"]) for suite in collection["suites"] for case in suite["cases"]]


def test_a_time_that_is_no_number_leaves_json_for_strict_readers(tracker: Tracker) -> None:
    """chainer/chainerui#16, mlflow/mlflow#2763."""
    run = tracker.driver_run(tracker.place(DRIVERS).build)
    case = '<testcase name="a" classname="c" time="Infinity"/>'
    xml = f'<testsuite name="s" tests="1" failures="0" errors="0" skipped="0" time="NaN">{case}</testsuite>'
    tracker.driver_result(run, "x.java.v4.3.1.0", "java", xml)
    strict_json(tracker.get(f"/api/v1/client/testrun/{DRIVERS}/{run}/get").content)


@pytest.mark.parametrize("written", ["2,120.532", ""], ids=["grouped", "empty"])
def test_a_time_with_grouped_digits_or_none_is_read(tracker: Tracker, written: str) -> None:
    """apache/maven-surefire#2707, cburgmer/buildviz#42."""
    case = f'<testcase name="a" classname="c" time="{written}"/>'
    xml = f'<testsuite name="s" tests="1" failures="0" errors="0" skipped="0" time="{written}">{case}</testsuite>'
    assert submitted(tracker, "x.java.v4.3.1.0", "java", xml)[0] == ""


def test_properties_and_outputs_do_not_hide_how_a_case_ended(tracker: Tracker) -> None:
    """pytest-dev/pytest#5202, pytest-dev/pytest#1126, weiwei/junitparser#36, weiwei/junitparser#111."""
    failed = '<properties><property name="a" value="b"/></properties><failure message="boom" type="E">x</failure>'
    xml = (
        f'<testsuites><testsuite name="s" tests="3" failures="1" errors="0" skipped="0" time="1" {WHEN}>'
        f'<testcase classname="c" name="failed" time="1">{failed}</testcase>'
        '<testcase classname="c" name="printed" time="1"><system-out>hi</system-out></testcase>'
        '<testcase classname="c" name="flaky" time="1"><flakyFailure message="once" type="T"/></testcase></testsuite></testsuites>'
    )
    _, stored = submitted(tracker, "pytest.scylla.v4.3.28.0", "python", xml)
    assert cases(stored) == [("failed", "failure"), ("printed", "passed"), ("flaky", "passed")]
    assert "boom" in stored["suites"][0]["cases"][0]["message"]


def test_nested_suites_count_once(tracker: Tracker) -> None:
    """buildkite-plugins/test-collector-buildkite-plugin#54, dorny/test-reporter#701."""
    inner = (
        '<testsuite name="inner" tests="2" failures="1" errors="0" skipped="0" time="3"><testcase name="a" classname="c" time="1"/>'
        '<testcase name="b" classname="c" time="2"><failure/></testcase></testsuite>'
    )
    outer = f'<testsuite name="outer" tests="2" failures="1" errors="0" skipped="0" time="3">{inner}</testsuite>'
    _, stored = submitted(tracker, "x.java.v4.3.1.0", "java", f'<testsuites time="3">{outer}</testsuites>')
    assert (stored["tests_total"], stored["failures"], stored["passed"], stored["time"]) == (2, 1, 1, 3.0)


def test_what_googletest_did_not_run_has_not_passed(tracker: Tracker) -> None:
    """google/googletest#3837, google/googletest#1916, allure-framework/allure2#798, EnricoMi/publish-unit-test-result-action#143."""
    numbers = 'tests="3" failures="0" disabled="1" errors="0" time="0.1"'
    xml = (
        f'<testsuites {numbers} {WHEN} name="AllTests"><testsuite name="S" {numbers} {WHEN}>'
        '<testcase name="A" status="run" result="completed" time="0.1" classname="S"/>'
        '<testcase name="DISABLED_B" status="notrun" result="suppressed" time="0" classname="S"/>'
        '<testcase name="C" status="run" result="skipped" time="0" classname="S"/></testsuite></testsuites>'
    )
    _, stored = submitted(tracker, "TEST-scylla-2.16.2", "cpp", xml)
    (_, first), *others = cases(stored)
    assert first == "passed"
    assert "passed" not in [status for _, status in others]
    assert stored["passed"] <= 2


@pytest.mark.parametrize(
    ("name", "kind", "root", "suite"),
    [
        ("pytest.scylla.v4.3.28.0", "python", f"testsuites {WHEN}", 'tests="1" failures="0" errors="0" skipped="0"'),
        ("xunit.scylla.v4.1.14.0", "gocql", "testsuites", 'tests="1" failures="0" errors="0"'),
        ("x.java.v4.3.1.0", "java", "testsuites", 'tests="1" failures="0" errors="0" time="1"'),
        ("TEST-scylla-2.16.2", "cpp", "", f'tests="1" failures="0" errors="0" {WHEN}'),
    ],
    ids=["on the root only", "none", "java, none on the root", "one suite alone"],
)
def test_times_may_be_missing(tracker: Tracker, name: str, kind: str, root: str, suite: str) -> None:
    """ICTU/quality-time#11044."""
    xml = f'<testsuite name="s" {suite}><testcase name="a" classname="c"/></testsuite>'
    if root:
        xml = f"<{root}>{xml}</{root.split()[0]}>"
    assert submitted(tracker, name, kind, xml)[0] == ""


def test_an_entity_bomb_is_refused_at_once(tracker: Tracker) -> None:
    """jenkinsci/junit-plugin."""
    entities = "".join(f'<!ENTITY b{n} "{(f"&b{n - 1};" if n else "&a;") * 10}">' for n in range(9))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">{entities}]><testsuite name="&b8;" tests="1"/>'
    started = time.monotonic()
    assert submitted(tracker, "x.java.v4.3.1.0", "java", bomb)[0]
    assert time.monotonic() - started < 10


def test_utf_16_byte_order_marks_and_nanoseconds_are_read(tracker: Tracker) -> None:
    """gotestyourself/gotestsum."""
    wide = '<?xml version="1.0" encoding="UTF-16"?><testsuite name="s" tests="1" time="1"><testcase name="ü😀"/></testsuite>'
    error, stored = submitted(tracker, "x.java.v4.3.1.0", "java", wide.encode("utf-16"))
    assert (error, [name for name, _ in cases(stored)]) == ("", ["ü😀"])
    marked = (
        '\ufeff<testsuites><testsuite name="s" tests="1" failures="1" timestamp="2025-01-02T03:04:05.123456789Z">'
        '<testcase name="a"><failure message="Failed"><![CDATA[x]]></failure></testcase></testsuite></testsuites>'
    )
    error, stored = submitted(tracker, "xunit.scylla.v4.1.14.0", "gocql", marked)
    assert (error, cases(stored)) == ("", [("a", "failure")])
