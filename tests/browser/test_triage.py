"""Many runs are changed at once, by mouse and by keys, on dashboards and in My Jobs; a long dashboard draws what is in sight."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser.answers import answers, boards
from tests.browser.data import GROUP_ID, RELEASE_ID, TEST_ID, group, release, row, stats, test, test_stats
from tests.browser.site import ORIGIN, Site
from tests.browser.test_accessibility import AXE

DASHBOARD = "/dashboard/scylla-2026.1"
TRIAGE = "/api/v1/runs/triage"


def many_tests(count: int, status: str = "failed") -> dict[str, Any]:
    """So many tests, each with a run of its own."""
    found = {}
    for n in range(count):
        key = f"{TEST_ID[:-4]}{n:04}"
        run = {**test_stats["last_runs"][0], "id": f"90000000-0000-4000-8000-{n:012d}", "status": status}
        changed = {"status": status, "last_runs": [run], "test": {**test, "id": key, "name": f"test-{n:04}"}}
        found[key] = {**test_stats, **changed}
    return found


def triaged(request: Request) -> dict[str, Any]:
    """All are changed but the second of the request, whose issue is refused."""
    body: Any = request.post_data_json
    rows = []
    for index, run in enumerate(body["runs"]):
        refused = (
            [{"what": "issue", "exception": "DataValidationError", "message": "GitHub has no such issue", "trace_id": "t"}]
            if index == 1
            else []
        )
        rows.append({**run, "done": dict(body["change"]), "refused": refused, "undo": {"status": {"was": "failed", "now": "passed"}}})
    return {"rows": rows}


def board_of(page: Page, site: Site, tests: dict[str, Any], path: str = DASHBOARD) -> Page:
    site.page(DASHBOARD, "release_dashboard.html.j2", "D", {"releaseData": {"release": release, "groups": [group], "tests": [test]}})
    site.api["/api/v1/release/stats/v2"] = {
        **stats,
        "failed": len(tests),
        "groups": {GROUP_ID: {**stats["groups"][GROUP_ID], "tests": tests}},
    }
    site.api[TRIAGE] = triaged
    site.api[f"{TRIAGE}/undo"] = lambda request: {
        "rows": [{**run, "done": {"status": "failed"}, "refused": [], "undo": {}} for run in request.post_data_json["rows"]]
    }
    page.goto(ORIGIN + path)
    expect(page.get_by_role("table", name="Tests")).to_be_visible()
    return page


def test_what_failed_is_changed_by_one_request_told_run_by_run_and_taken_back(page: Page, site: Site) -> None:
    board = board_of(page, site, many_tests(6))
    board.get_by_role("button", name="6 failed, not investigated").click()
    bar = board.get_by_role("region", name="Chosen runs")
    expect(bar.get_by_text("6 runs chosen")).to_be_visible()
    bar.get_by_label("Status").select_option("passed")
    bar.get_by_label("Assignee").select_option("Bob")
    bar.get_by_label("Issue").fill("https://github.com/acme/db/issues/7")
    bar.get_by_label("Comment").fill("All of them")
    bar.get_by_role("button", name="Apply to 6 runs").click()
    expect(bar.get_by_text("Changed: 6 runs.")).to_be_visible()
    expect(bar.get_by_role("list", name="Refused")).to_contain_text("test-0001 #7 issue: GitHub has no such issue")
    sent = site.posted(TRIAGE)
    assert len(sent) == 1
    assert set(sent[0]["change"]) == {"status", "assignee", "issue_url", "comment"}
    bar.get_by_role("button", name="Undo").click()
    expect(bar.get_by_text("Taken back: 6 runs.")).to_be_visible()
    assert len(site.posted(f"{TRIAGE}/undo")[0]["rows"]) == 6


def test_a_range_is_chosen_with_shift(page: Page, site: Site) -> None:
    board = board_of(page, site, many_tests(9))
    board.get_by_label("Choose test-0001 #7").click()
    board.get_by_label("Choose test-0005 #7").click(modifiers=["Shift"])
    expect(board.get_by_text("5 runs chosen")).to_be_visible()


def test_everything_goes_by_keys(page: Page, site: Site) -> None:
    board = board_of(page, site, many_tests(5))
    for key in "jjxjx":
        board.keyboard.press(key)
    expect(board.get_by_text("2 runs chosen")).to_be_visible()
    board.keyboard.press("c")
    expect(board.get_by_label("Comment")).to_be_focused()
    board.keyboard.type("jx, aic?")
    expect(board.get_by_label("Comment")).to_have_value("jx, aic?")
    board.get_by_label("Choose test-0002 #7").focus()
    board.keyboard.press("i")
    expect(board.get_by_text("Changed: 2 runs.")).to_be_visible()
    board.keyboard.press("k")
    board.keyboard.press("a")
    expect(board.get_by_text("Changed: 1 run.")).to_be_visible()
    sent = [(len(body["runs"]), next(iter(body["change"]))) for body in site.posted(TRIAGE)]
    assert sent == [(2, "investigation_status"), (1, "assignee")]
    board.keyboard.press("?")
    expect(board.get_by_role("dialog", name="Keys")).to_contain_text("write a comment")


def test_jobs_of_mine_are_changed_together(page: Page, site: Site) -> None:
    site.page("/profile/jobs", "profile_jobs.html.j2", "Jobs")
    site.api["/api/v1/user/jobs"] = [row(7, "failed"), row(5, "failed")]
    site.api[TRIAGE] = triaged
    page.goto(f"{ORIGIN}/profile/jobs")
    for number in (7, 5):
        page.get_by_label(f"Choose longevity-1tb-5days #{number}").check()
    page.get_by_label("Investigation", exact=True).select_option("investigated")
    page.get_by_role("button", name="Apply to 2 runs").click()
    expect(page.get_by_text("Changed: 2 runs.")).to_be_visible()


def test_three_thousand_tests_are_one_table_of_which_a_window_is_drawn(page: Page, site: Site) -> None:
    board = board_of(page, site, many_tests(3000))
    assert board.evaluate("document.querySelectorAll('*').length") <= 5000
    expect(board.get_by_role("table", name="Tests")).to_have_attribute("aria-rowcount", "3002")
    board.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(board.get_by_role("link", name="test-1500", exact=True)).to_be_attached()
    header = board.locator("thead th").nth(1)
    assert (header.bounding_box() or {"y": -1})["y"] >= 0
    board.get_by_label("Filter tests").fill("test-2999")
    expect(board.get_by_role("link", name="test-2999")).to_be_visible()


def test_groups_in_which_nobody_has_to_look_are_folded_and_the_address_keeps_what_was_unfolded(page: Page, site: Site) -> None:
    board = board_of(page, site, many_tests(4, "passed"))
    button = board.get_by_role("button", name="Longevity")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(board.get_by_role("link", name="test-0003")).to_be_visible()
    board.reload()
    expect(board.get_by_role("link", name="test-0003")).to_be_visible()
    assert f"fold={GROUP_ID}" in board.url


def test_order_and_trend_stand_in_the_address(page: Page, site: Site) -> None:
    tests = many_tests(3)
    before = {**test_stats["last_runs"][1], "status": "passed"}
    tests[f"{TEST_ID[:-4]}0001"]["last_runs"].append(before)
    board = board_of(page, site, tests, f"{DASHBOARD}?sort=-test")
    names = board.locator("td.name")
    assert names.all_text_contents() == ["test-0002", "test-0001", "test-0000"]
    board.get_by_role("button", name="1 failing now, passed before").click()
    expect(names).to_have_text(["test-0001"])
    assert "trend=worse" in board.url


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 380])
def test_axe_finds_nothing_while_runs_are_chosen(browser: Browser, theme: Any, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    context: BrowserContext = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    site = Site(context)
    site.api.update(answers())
    boards(site)
    site.api[f"/api/v1/release/{RELEASE_ID}/images"] = []
    board = board_of(context.new_page(), site, many_tests(4))
    board.get_by_role("button", name="all 4 shown").click()
    board.get_by_label("Investigation", exact=True).select_option("investigated")
    board.get_by_role("button", name="Apply to 4 runs").click()
    expect(board.get_by_text("Changed: 4 runs.")).to_be_visible()
    board.get_by_role("button", name="all 4 shown").click()
    board.evaluate(AXE.read_text(encoding="utf-8"))
    result = board.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    found = {f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]}
    width_of_page = board.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert found == set()
    assert width_of_page <= width
