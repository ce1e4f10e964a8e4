"""The rest of a run's page: nemeses, logs, issues, and who did what."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.journeys.conftest import Demo
from tests.browser.journeys.doing import CLOSED_ISSUE, OPEN_ISSUE, OTHER_ISSUE, own_run, own_test, run_page, tell
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, run_address


@shows("nemesis table")
def test_a_nemesis_tells_why_it_failed(page: Page) -> None:
    page.goto(f"{run_address(page, 'scylla-master/longevity/longevity-100gb-4h-test', 'failed')}/nemesis")
    table = page.get_by_role("table", name="Nemeses")
    reasons = table.get_by_text("Why it failed: sdcm.wait.WaitForTimeoutError")
    expect(reasons).to_have_count(2)
    expect(table.get_by_text("Why it was skipped: Skipped: needs more than one datacenter")).to_be_visible()
    reasons.first.click()
    expect(table.get_by_text("result = method(*args[1:], **kwargs)").first).to_be_visible()
    expect(table.get_by_text(re.compile(r"-db-node-\w+-\d+ \(10\.4\.")).first).to_be_visible()


@shows("logs")
def test_logs_have_sizes_come_all_at_once_and_take_a_link_more(page: Page, demo: Demo) -> None:
    run, stored = own_run(page), f"{demo.origin}/s/argus.png"  # where logs lie in truth is not here
    logs = [{"log_name": f"{name}.zst", "log_link": f"{stored}?{name}"} for name in ("db", "sct")]
    tell(page.request, f"/api/v1/client/testrun/{SCT}/{run}/logs/submit", {"logs": logs, "schema_version": "v8"})
    size = {"status": "ok", "response": {"artifactSize": 12_345_678}}
    page.route("**/api/v1/artifact/resolveSize*", lambda route: route.fulfill(json=size))
    page.goto(f"{run_page(run)}/logs")
    table = page.get_by_role("table", name="Logs")
    expect(table.get_by_text("12 MB")).to_have_count(2)
    expect(page.get_by_text("25 MB")).to_be_visible()
    page.get_by_label("Name of a log to add").fill("extra.zst")
    page.get_by_label("Link of the log to add").fill(f"{stored}?extra")
    page.get_by_role("button", name="Add log link").click()
    expect(table.get_by_text("12 MB")).to_have_count(3)
    came: list[str] = []
    page.on("download", lambda download: came.append(download.url))
    with page.expect_event("download", lambda download: "extra" in download.url):
        page.get_by_role("button", name="Download all 3").click()
    assert len(came) == 3


@shows("issues of a run")
def test_issues_are_linked_narrowed_copied_and_those_of_the_whole_test_shown(page: Page, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    test = own_test(page)
    before, run = own_run(page, test), own_run(page, test, 2)
    tell(page.request, f"/api/v1/test/{test.id}/run/{before}/issues/submit", {"issue_url": OTHER_ISSUE})
    page.goto(f"{run_page(run)}/issues")
    panel = page.get_by_role("region", name="Issues", exact=True)
    links = panel.get_by_role("link", name=re.compile("^scylladb."))
    for number, url in enumerate((OPEN_ISSUE, CLOSED_ISSUE), 1):
        panel.get_by_label("Link an issue").fill(url)
        panel.get_by_role("button", name="Link", exact=True).click()
        expect(links).to_have_count(number)
    panel.get_by_role("button", name="P1").click()
    expect(links).to_have_text(["scylladb/scylladb#21871"])
    panel.get_by_role("button", name="Copy these issues as a list").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"- [scylladb/scylladb#21871]({OPEN_ISSUE}) Raft: group 0")
    panel.get_by_role("button", name="P1").click()
    panel.get_by_role("button", name="Closed 1").click()
    expect(links).to_have_text(["scylladb/scylladb#21390"])
    panel.get_by_role("button", name="Closed 1").click()
    panel.get_by_role("switch", name="All issues of this test").check()
    expect(links).to_have_count(3)


@shows("issues of a run")
def test_an_issue_is_unlinked_and_a_new_one_has_its_text(page: Page) -> None:
    test = own_test(page)
    run = own_run(page, test, 7)
    tell(page.request, f"/api/v1/test/{test.id}/run/{run}/issues/submit", {"issue_url": OPEN_ISSUE})
    page.goto(f"{run_page(run)}/issues")
    page.on("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Unlink scylladb/scylladb#21871").click()
    expect(page.get_by_text("No issue is linked to this run.")).to_be_visible()
    page.get_by_role("button", name="New issue…").click()
    dialog = page.get_by_role("dialog", name="New issue")
    expect(dialog.get_by_role("region", name="Text of the issue")).to_contain_text(f"{test.name} #7, failed: ")
    way = re.compile(rf"^https://github\.com/scylladb/scylladb/issues/new\?title={test.name}.*{run}")
    expect(dialog.get_by_role("link", name="Write it on GitHub")).to_have_attribute("href", way)


@shows("activity")
def test_who_did_what_to_a_run_is_told(page: Page) -> None:
    run = own_run(page)
    page.goto(run_page(run))
    page.get_by_label("Status", exact=True).select_option("passed")
    expect(page.get_by_text("Undo")).to_be_visible()
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Activity").click()
    panel = page.get_by_role("region", name="Activity")
    expect(panel.get_by_role("listitem").first).to_contain_text("dana")
    expect(panel.get_by_role("listitem").first).to_contain_text(re.compile("failed.*passed", re.IGNORECASE))
