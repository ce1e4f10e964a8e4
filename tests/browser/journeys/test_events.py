"""The events of a run: found, placed in time, known from before."""

from __future__ import annotations

import re
import time
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.journeys.conftest import Demo
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, make_findable, new_test, run_address
from tests.browser.served import call, submit

FAILED = "scylla-master/longevity/longevity-100gb-4h-test"
ISSUE = "https://github.com/scylladb/scylladb/issues/21871"
STALL = "(DatabaseLogEvent Severity.ERROR) type=RUNTIME_ERROR line_number={n} node={node}\nReactor stalled for 480 ms on shard 7: {own}"
LETTERS = str.maketrans("0123456789abcdef", "ghijklmnopqrstuv")


def failing_run(page: Page, build: int, test: dict[str, Any], copies: int = 1) -> str:
    """A run of a test of one's own with the same error some times; no other test had this one."""
    run = submit(page.context, test["build_system_id"], build)
    now = time.time()
    events = [
        {
            "run_id": run,
            "severity": "ERROR",
            "ts": now - 60 + second,
            "message": STALL.format(n=second, node="db-node-1", own=test["name"].translate(LETTERS)),
            "event_type": "DatabaseLogEvent",
            "node": "db-node-1",
        }
        for second in range(copies)
    ]
    call(page.context, f"/api/v1/client/sct/{run}/event/submit", {"data": events, "schema_version": "v8"})
    return run


@shows("events", "addresses")
def test_events_are_narrowed_by_severity_and_text(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Events").click()
    severities = page.get_by_role("group", name="Severities")
    expect(severities.get_by_role("button", name="Critical 3")).to_have_attribute("aria-pressed", "true")
    lines = page.locator("li[id^=event-]")
    expect(page.get_by_text("14 of 14 events, newest first")).to_be_visible()
    severities.get_by_role("button", name="Error 11").click()
    expect(page.get_by_text("3 of 3 events, newest first")).to_be_visible()
    page.get_by_label("Filter events").fill("NodePeersNulls|TestFramework")
    expect(page.get_by_text("3 of 3 events, newest first")).to_be_visible()
    page.get_by_label("Filter events").fill("TestFramework")
    expect(lines).to_have_count(1)
    page.reload()
    expect(lines).to_have_count(1)
    lines.locator("summary").click()
    expect(lines.locator("pre")).to_contain_text("stress command completed with errors on")


@shows("events")
def test_one_that_repeats_is_one_line(page: Page, demo: Demo) -> None:
    run = failing_run(page, 1, new_test(page), copies=3)
    make_findable(demo)
    page.goto(f"/tests/{SCT}/{run}/sct-events")
    lines = page.locator("li[id^=event-]")
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("×3")
    expect(page.get_by_text("1 lines, 3 of 3 events, newest first")).to_be_visible()


@shows("nemesis timeline", "addresses")
def test_a_nemesis_narrows_the_events_to_its_time(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/sct-events?severity=CRITICAL,ERROR,WARNING,NORMAL")
    bands = page.get_by_role("list", name="Nemeses on the timeline").get_by_role("button")
    expect(bands).to_have_count(4)
    told = page.get_by_text("newest first")
    expect(told).to_contain_text("50 of 50 events")
    bands.first.click()
    expect(told.or_(page.get_by_text("No event of these severities matches."))).not_to_contain_text("50 of 50")
    expect(page.get_by_label("From (UTC)")).not_to_have_value("")
    page.reload()
    expect(page.get_by_label("To (UTC)")).not_to_have_value("")
    page.get_by_role("button", name="Show all times").click()
    expect(told).to_contain_text("50 of 50 events")


@shows("issue of an event")
def test_an_event_gets_its_issue(page: Page) -> None:
    run = failing_run(page, 1, new_test(page))
    page.goto(f"/tests/{SCT}/{run}/sct-events")
    line = page.locator("li[id^=event-]")
    line.locator("summary").first.click()
    line.get_by_label("Address of an issue for this event").fill(ISSUE)
    line.get_by_role("button", name="Link to this event").click()
    issues = line.get_by_role("list", name="Issues of this event")
    expect(issues).to_contain_text("scylladb/scylladb#21871 Raft: group 0 read barrier times out during rolling restart")
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Issues").click()
    expect(page.get_by_role("table", name="Issues").get_by_role("link", name="scylladb/scylladb#21871")).to_have_attribute("href", ISSUE)


@shows("similar events", "seen before")
def test_an_event_tells_where_it_was_before_and_takes_the_issue_over(page: Page, demo: Demo) -> None:
    test = new_test(page)
    earlier, run = failing_run(page, 1, test), failing_run(page, 2, test)
    make_findable(demo)
    (event,) = call(page.context, f"/api/v1/client/sct/{earlier}/events/get")
    call(page.context, f"/api/v1/test/{test['id']}/run/{earlier}/issues/event/{event['event_id']}/submit", {"issue_url": ISSUE})
    page.goto(f"/tests/{SCT}/{run}/sct-events")
    line = page.locator("li[id^=event-]")
    line.locator("summary").first.click()
    expect(line.get_by_role("note", name="Seen before")).to_contain_text("Seen before in")
    line.get_by_role("button", name="Which runs?").click()
    table = line.get_by_role("table", name="Runs with an event like this")
    row = table.get_by_role("row", name=f"{test['build_system_id']}#1")
    expect(row.get_by_role("link", name=test["build_system_id"])).to_have_attribute("href", f"/test_run/{earlier}")
    row.get_by_role("button", name="Link here").click()
    expect(line.get_by_role("list", name="Issues of this event")).to_contain_text("scylladb/scylladb#21871")


@shows("legacy events")
def test_events_of_a_run_from_before_there_was_a_store_are_shown(page: Page) -> None:
    """Nothing writes them any more: the answer of the server gets what such a run has."""
    run = submit(page.context, new_test(page)["build_system_id"], 1)
    texts = ["(A Severity.ERROR): first", "(B Severity.ERROR): second"]

    def aged(route: Route) -> None:
        answer = route.fetch()
        whole = answer.json()
        whole["response"]["events"] = [{"severity": "ERROR", "event_amount": 70, "last_events": texts}]
        route.fulfill(response=answer, json=whole)

    page.route(f"**/api/v1/run/{SCT}/{run}", aged)
    page.goto(f"/tests/{SCT}/{run}/sct-events")
    expect(page.get_by_text("This run is older than the store of events")).to_be_visible()
    expect(page.get_by_text("2 of 70")).to_be_visible()
    page.get_by_label("Filter events").fill("second")
    expect(page.get_by_text("1 of 70")).to_be_visible()
    page.get_by_text("second", exact=True).click()
    expect(page.locator("pre", has_text=re.compile(r"\(B Severity.ERROR\): second"))).to_be_visible()
