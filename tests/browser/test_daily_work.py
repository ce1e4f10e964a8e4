"""What people do every day beside looking: issues of a run, answers to notifications, their own jobs, how releases stand."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.browser.answers import COMMENT
from tests.browser.data import SCT, TEST_ID, counts, group, release, rows, run_id, test
from tests.browser.site import ORIGIN, Site

RUN = f"{ORIGIN}/tests/{SCT}/{run_id(7)}"


def issue(number: int, state: str, *labels: str) -> dict[str, Any]:
    return {
        "id": f"i{number}", "subtype": "github", "owner": "scylladb", "repo": "scylladb", "number": number,
        "title": f"Fault {number}", "state": state,
        "url": f"https://github.com/scylladb/scylladb/issues/{number}", "user_id": None, "added_on": None, "event_id": None,
        "labels": [{"id": n, "name": name, "color": "ffffff"} for n, name in enumerate(labels)],
    }  # fmt: skip


def test_issues_are_narrowed_and_those_of_the_whole_test_are_shown(page: Page, site: Site) -> None:
    asked: list[str] = []

    def issues(request: Request) -> list[dict[str, Any]]:
        asked.append(request.url)
        ours = [issue(1, "open", "P1", "raft"), issue(2, "closed", "raft")]
        return [*ours, issue(3, "open")] if "filterKey=test_id" in request.url else ours

    site.api["/api/v1/issues/get"] = issues
    page.goto(f"{RUN}/issues")
    panel = page.get_by_role("region", name="Issues", exact=True)
    narrow = panel.get_by_role("group", name="States and labels")
    links = panel.get_by_role("link", name=re.compile("scylladb.scylladb#"))
    expect(links).to_have_count(2)
    narrow.get_by_role("button", name="Closed 1").click()
    expect(links).to_have_text(["scylladb/scylladb#2"])
    narrow.get_by_role("button", name="P1").click()
    expect(panel.get_by_text("No issue is what is chosen above.")).to_be_visible()
    narrow.get_by_role("button", name="Closed 1").click()
    expect(links).to_have_text(["scylladb/scylladb#1"])
    narrow.get_by_role("button", name="P1").click()
    panel.get_by_role("switch", name="All issues of this test").check()
    expect(links).to_have_count(3)
    assert f"filterKey=test_id&id={TEST_ID}" in asked[-1]
    expect(panel.get_by_role("button", name="Unlink")).to_have_count(0)


def test_a_new_issue_has_its_text(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/issues")
    page.get_by_role("button", name="New issue…").click()
    dialog = page.get_by_role("dialog", name="New issue")
    expect(dialog.get_by_role("region", name="Text of the issue")).to_contain_text(f"longevity-1tb-5days #7, failed: {RUN}")
    way = dialog.get_by_role("link", name="Write it on GitHub")
    expect(way).to_have_attribute("href", re.compile(r"^https://github\.com/scylladb/scylladb/issues/new\?title=longevity"))
    dialog.get_by_label("Repository").fill("scylladb")
    expect(way).to_have_count(0)


def test_what_a_run_left_behind_is_removed_by_a_command(page: Page, site: Site) -> None:
    page.goto(f"{RUN}/resources")
    expect(page.get_by_text(f"--test-id {run_id(7)}")).to_contain_text("hydra clean-resources")
    expect(page.get_by_role("button", name="Copy the clean-up command")).to_be_visible()
    page.goto(RUN)
    way = page.get_by_role("link", name="Restore the monitoring stack by Jenkins")
    expect(way).to_have_attribute("href", re.compile(rf"^https://jenkins\.example\.com/.*/hydra-show-monitor/.*test_id={run_id(7)}$"))


def test_a_notification_is_answered_with_a_quote(page: Page, site: Site) -> None:
    comments = f"/api/v1/run/{run_id(7)}/comments"
    site.api[comments] = [{**site.api[comments][0], "id": COMMENT}]
    page.goto(site.page("/notifications/", "notifications.html.j2", "Notifications"))
    about = page.get_by_role("region", name="longevity-1tb-5days #7")
    about.get_by_text("What it says").first.click()
    about.get_by_role("link", name="Reply with a quote").click()
    editor = page.get_by_role("textbox", name="Comment")
    expect(editor).to_have_value("@Alice Example wrote:\n> Looks like **<decommission>** again, see @alice\n\n")
    expect(page).to_have_url(f"{RUN}/discuss#write")
    page.reload()
    expect(editor).to_have_value(re.compile("^@Alice Example wrote:"))  # once, though the draft is kept


def test_my_jobs_are_narrowed_by_release_and_version(page: Page, site: Site) -> None:
    other = {**rows[0], "id": run_id(5), "build_id": "scylla-2025.4/gemini/g", "scylla_version": "2025.4.1"}
    site.api["/api/v1/user/jobs"] = [rows[0], {**rows[0], "id": run_id(6), "scylla_version": "2026.1.0~rc0"}, other]
    page.goto(site.page("/profile/jobs", "profile_jobs.html.j2", "Jobs"))
    runs = page.get_by_role("table", name="Jobs").locator("[data-open]")
    expect(runs).to_have_count(3)
    page.get_by_role("group", name="Releases").get_by_role("button", name="scylla-2026.1 2").click()
    expect(runs).to_have_count(2)
    page.get_by_role("group", name="Versions").get_by_role("button", name="2026.1.0~rc0 1").click()
    expect(runs).to_have_count(1)
    expect(page.get_by_text("1 run, 1 failed")).to_be_visible()
    page.reload()
    expect(runs).to_have_count(1)
    page.get_by_role("group", name="Releases").get_by_role("button", name="scylla-2025.4 1").click()
    expect(runs).to_have_count(1)
    expect(runs).to_contain_text("g #")


def test_each_release_says_how_it_stands(page: Page, site: Site) -> None:
    page.goto(site.page("/releases", "releases.html.j2", "Releases", releases=[{**release, "dormant": False, "description": None}]))
    card = page.locator(".release-card")
    expect(card.get_by_role("link", name=f"Failed {counts['failed']}")).to_have_attribute(
        "href", f"/dashboard/{release['name']}?status=failed"
    )


def test_hits_of_the_search_are_chosen_by_keys(page: Page, site: Site) -> None:
    site.api["/api/v1/planning/search"] = {
        "hits": [{**test, "type": "test", "group": group, "release": release}, {**group, "type": "group", "release": release}],
        "total": 2,
    }
    page.goto(f"{ORIGIN}/workspace")
    page.keyboard.press("/")
    page.keyboard.type("long")
    results = page.get_by_role("region", name="Search results")
    expect(results.get_by_role("listitem")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(results.locator(".link").nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(results.locator(".link").nth(1)).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="longevity-1tb-5days")).to_be_visible()
