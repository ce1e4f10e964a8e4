"""Working on runs together: slips, many runs at once, failures that were seen before."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import GENERIC, SCT, ask, runs_of
from tests.browser.journeys.seeing import another_test, comments_of, failed_run, own_test, send

ISSUE = "https://github.com/scylladb/scylladb/issues/21871"  # the server knows it from the demo
CASES = "scylla-master/dtest/dtest-release"  # its newest run has failed cases that other runs had


@shows("undo")
def test_a_slip_is_taken_back_and_leaves_no_trace(page: Page) -> None:
    own = own_test(page)
    run = failed_run(page, own)
    page.goto(f"/tests/{SCT}/{run}")
    status = page.get_by_label("Status", exact=True)
    status.select_option("aborted")
    expect(page.get_by_text("Changed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(status).to_have_value("failed")
    page.get_by_label("Investigation", exact=True).select_option("in_progress")
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Activity").click()
    entries = page.get_by_role("region", name="Activity").get_by_role("listitem")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("Investigation status was changed from not_investigated to in_progress by dana")
    page.get_by_role("button", name="Show them").click()
    expect(entries).to_have_count(3)
    expect(page.get_by_text("1 change was taken back at once.")).to_be_visible()


@shows("many at once", "investigate selected")
def test_runs_are_changed_together_and_all_of_it_is_taken_back(page: Page, look: Look) -> None:
    own = own_test(page)
    both = [own, another_test(page, own)]
    runs = [failed_run(page, test) for test in both]
    page.goto(f"/dashboard/{own.release}")
    page.get_by_role("button", name="2 failed, not investigated").click()
    bar = page.get_by_role("region", name="Chosen runs")
    bar.get_by_label("Investigation", exact=True).select_option("in_progress")
    bar.get_by_label("Assignee").select_option(label="Mei Tanaka")
    bar.get_by_label("Issue").fill(ISSUE)
    bar.get_by_label("Comment").fill("Both for **one** reason")
    bar.get_by_role("button", name="Apply to 2 runs").click()
    expect(bar.get_by_text("Changed: 2 runs.")).to_be_visible()
    for test, run in zip(both, runs, strict=True):
        assert [comment["message"] for comment in comments_of(page, run)] == ["Both for **one** reason"]
        assert [issue["number"] for issue in ask(page, "/api/v1/issues/get", filterKey="run_id", id=run)] == [21871]
        if not look.phone:
            expect(page.get_by_role("row").filter(has_text=test.name)).to_contain_text("Mei Tanaka")
    bar.get_by_role("button", name="Undo").click()
    expect(bar.get_by_text("Taken back: 2 runs.")).to_be_visible()
    expect(page.get_by_role("button", name="2 failed, not investigated")).to_be_enabled()
    assert comments_of(page, runs[0]) == []


@shows("many at once")
def test_rows_are_chosen_and_changed_by_keys(page: Page) -> None:
    own = own_test(page)
    for test in (own, another_test(page, own)):
        failed_run(page, test)
    page.goto(f"/dashboard/{own.release}")
    expect(page.get_by_role("link", name=own.name)).to_be_visible()
    for key in "jxjx":
        page.keyboard.press(key)
    bar = page.get_by_role("region", name="Chosen runs")
    expect(bar.get_by_text("2 runs chosen")).to_be_visible()
    page.keyboard.press("i")
    expect(bar.get_by_text("Changed: 2 runs.")).to_be_visible()
    expect(page.get_by_role("button", name="0 failed, not investigated")).to_be_disabled()


@shows("seen before")
def test_a_failure_that_others_had_says_so_and_takes_their_issue(page: Page) -> None:
    run = runs_of(page, CASES)[0]["id"]
    before = {issue["id"] for issue in ask(page, "/api/v1/issues/get", filterKey="run_id", id=run)}
    page.goto(f"/tests/{GENERIC}/{run}")
    note = page.get_by_role("note", name="Seen before").filter(has=page.get_by_role("button", name="Attach here"))
    expect(note).to_contain_text(re.compile(r"in \d+ other runs?, since 202\d"))
    note.get_by_role("button", name="Attach here").click()
    expect(page.get_by_text("is linked here.")).to_be_visible()
    expect(page.get_by_role("note", name="Seen before").filter(has_text="linked here")).to_have_count(1)
    (issue,) = [issue for issue in ask(page, "/api/v1/issues/get", filterKey="run_id", id=run) if issue["id"] not in before]
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Issues").click()
    expect(page.get_by_role("table", name="Issues")).to_contain_text(f"#{issue['number']}")
    send(page, "/api/v1/issues/delete", {"issue_id": issue["id"], "run_id": run})
