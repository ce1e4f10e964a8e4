"""Releases: their list, and the dashboard on which a release is followed and triaged."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.doing import SANDBOX, id_of, own_run, own_test, tell, unique
from tests.browser.journeys.features import shows

DASHBOARD = "/dashboard/scylla-2025.4"
ROWS = "tr.test"


@shows("release list", "statistics bar")
def test_a_release_says_how_it_stands_and_leads_to_what_failed(page: Page) -> None:
    page.goto("/releases")
    card = page.locator(".release-card").filter(has_text="Scylla 2025.4")
    failed = card.get_by_role("link", name=re.compile(r"^Failed \d+$"))
    card.scroll_into_view_if_needed()  # how a release stands is asked for when its card is seen
    count = (failed.text_content() or "").split()[-1]
    expect(card.get_by_role("img", name=re.compile(rf"Failed {count}, .*Passed \d+"))).to_be_visible()
    failed.click()
    expect(page).to_have_url(re.compile(rf"{DASHBOARD}\?status=failed$"))
    expect(page.locator(ROWS)).to_have_count(int(count))
    expect(page.get_by_text("of what failed:")).to_be_visible()
    expect(page.locator(".bar .chip", has_text=re.compile(r"^Not investigated \d"))).to_be_visible()


@shows("release dashboard")
def test_tests_stand_by_group_and_are_narrowed_by_version(page: Page) -> None:
    page.goto(DASHBOARD)
    name = "perf-regression-predefined-throughput-steps"
    row = page.locator(ROWS, has_text=name)
    page.get_by_role("button", name="Performance regression").click()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Performance regression").click()
    expect(row).to_contain_text("Failed")
    page.get_by_label("Version", exact=True).select_option("2025.4.0")
    expect(page).to_have_url(re.compile(r"productVersion=2025\.4\.0"))
    page.get_by_label("Filter tests").fill(name)
    expect(row.locator("a[data-open]")).not_to_have_text("#49")
    page.go_back()
    expect(page.locator(ROWS, has_text=name)).to_contain_text("#49")


@shows("dashboard filters")
def test_the_dashboard_is_narrowed_by_backend_assignee_image_and_version(page: Page) -> None:
    page.goto(f"{DASHBOARD}?backend=aws")
    rows = page.locator(ROWS)
    expect(page.get_by_text("rolling-upgrade-rocky9-test")).to_be_visible()
    expect(page.get_by_text("cloud-cluster-create-test")).to_have_count(0)
    page.get_by_label("Backend").select_option("all")
    page.get_by_label("Filter tests").fill("Scylla Cloud UI")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Failed")
    page.get_by_label("with runs without a version").uncheck()
    expect(rows).to_contain_text("Not planned")
    page.get_by_label("Version", exact=True).select_option("without a version")
    expect(rows).to_contain_text("Failed")
    page.goto(f"{DASHBOARD}?assignee={id_of(page, 'mei')}")
    expect(page.locator(ROWS, has_text="longevity-10gb-3h-test")).to_be_visible()
    expect(page.locator(ROWS, has_text="perf-regression-latency")).to_have_count(0)


@shows("release dashboard", "density")
def test_a_browser_keeps_which_columns_it_shows(page: Page, look: Look) -> None:
    page.goto(f"{DASHBOARD}?q=longevity&sort=-test")
    address, builds = page.url, page.locator(ROWS).first.locator("td.c-builds").get_by_role("link").first
    expect(builds).to_be_visible()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("group", name="Columns").get_by_label("Last builds").uncheck()
    expect(builds).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Last builds")).to_have_count(0)
    assert page.url == address
    page.reload()
    expect(page.locator(ROWS).first).to_be_visible()
    expect(builds).to_have_count(0)
    if not look.phone:  # where the table has a header
        expect(page.get_by_role("columnheader")).to_have_count(9)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Last builds").check()
    expect(builds).to_be_visible()


@shows("dashboard filters")
def test_an_image_tells_which_runs_count(page: Page) -> None:
    page.goto(f"{DASHBOARD}?q=longevity-100gb")
    build = page.locator(ROWS).locator("a[data-open]")
    newest = build.text_content() or ""
    image = page.get_by_label("Image", exact=True)
    image.select_option("ami-2e342e30")  # 2025.4.0
    expect(page).to_have_url(re.compile("imageId=ami-2e342e30"))
    expect(build).not_to_have_text(newest)
    image.select_option("all")
    expect(build).to_have_text(newest)


@shows("investigate selected", "many at once")
def test_what_failed_is_chosen_quickly_and_changed_at_once(page: Page) -> None:
    prefix = unique("bulk")
    for number in (1, 2):
        own_run(page, own_test(page, name=f"{prefix}-{number}"))
    page.goto(f"/dashboard/{SANDBOX}?q={prefix}")
    page.get_by_role("button", name="2 failed, not investigated", exact=True).click()
    bar = page.get_by_role("region", name="Chosen runs")
    bar.get_by_label("Investigation").select_option("Investigated")
    bar.get_by_label("Comment").fill("One cause for both")
    bar.get_by_role("button", name="Apply to 2 runs").click()
    expect(bar.get_by_text("Changed: 2 runs.")).to_be_visible()
    expect(page.locator(ROWS, has_text="Investigated").filter(has_not_text="Not investigated")).to_have_count(2)
    bar.get_by_role("button", name="Undo").click()
    expect(bar.get_by_text("Taken back: 2 runs.")).to_be_visible()
    expect(page.locator(ROWS, has_text="Not investigated")).to_have_count(2)


@shows("release issues")
def test_issues_and_activity_of_a_release_are_there(page: Page) -> None:
    page.goto(DASHBOARD)
    page.locator("summary", has_text=re.compile("^Issues$")).click()
    issues = page.get_by_role("table", name="Issues")
    expect(issues.get_by_role("link", name="scylladb/scylladb#21871")).to_be_visible()
    expect(issues).to_contain_text("Repair fails with 'too many open files' on tablets keyspace")
    page.locator("summary", has_text=re.compile("^Activity$")).click()
    activity = page.get_by_role("table", name="Activity")
    expect(activity.get_by_role("link", name="run").first).to_have_attribute("href", re.compile("^/test_run/"))
    expect(activity).to_contain_text(re.compile("asha|lucas|mei"))


@shows("planned assignees")
def test_who_is_planned_stands_where_nobody_is_assigned(page: Page) -> None:
    test, quiet = own_test(page), own_test(page)
    plan = {"name": unique("plan"), "description": "", "owner": id_of(page, "dana"), "participants": [], "target_version": ""}
    what = {"release_id": test.release_id, "tests": [test.id, quiet.id], "groups": [], "assignments": {test.id: id_of(page, "asha")}}
    made = tell(page.request, "/api/v1/planning/plan/create", {**plan, **what})
    page.goto(f"/dashboard/{SANDBOX}?q={test.name}")
    expect(page.locator(ROWS)).to_contain_text("Not planned")
    expect(page.get_by_text("planned: Asha Raman")).to_be_visible()
    page.get_by_label("Filter tests").fill("")
    page.get_by_label("Assignee", exact=True).select_option("Asha Raman")
    expect(page.locator(ROWS, has_text=test.name)).to_be_visible()
    expect(page.locator(ROWS, has_text=quiet.name)).to_have_count(0)
    page.request.delete(f"/api/v1/planning/plan/{made['id']}/delete?deleteView=1")
