"""The dashboard of a release: filters, who is planned, issues and activity."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, GROUP_ID, QUIET_TEST_ID, RELEASE_ID, TEST_ID, group, release, run_id, stats, test, test_stats
from tests.browser.site import ORIGIN, Site, api_error, query_of

DASHBOARD = "/dashboard/scylla-2026.1"
BOB = ALICE[:-1] + "b"


@pytest.fixture
def board(page: Page, site: Site) -> Page:
    site.page(DASHBOARD, "release_dashboard.html.j2", "D", {"releaseData": {"release": release, "groups": [group], "tests": [test]}})
    site.api[f"/api/v1/release/{RELEASE_ID}/images"] = ["ami-1", "ami-2"]
    site.planned = {QUIET_TEST_ID: BOB}
    return page


def test_a_filter_that_matches_nothing_says_so_and_is_cleared(board: Page, site: Site) -> None:
    board.goto(f"{ORIGIN}{DASHBOARD}?q=nothing-is-called-so")
    expect(board.get_by_role("heading", name="No test matches")).to_be_visible()
    board.get_by_role("button", name="Clear the filters").click()
    expect(board.get_by_role("link", name="longevity-1tb-5days")).to_be_visible()
    assert "q=" not in board.url


def test_who_is_planned_stands_where_nobody_is_assigned_and_can_be_filtered_by(board: Page, site: Site) -> None:
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_text("planned: Bob")).to_be_visible()
    board.get_by_label("Assignee").select_option("Bob")
    expect(board.get_by_role("link", name="longevity-never-run")).to_be_visible()
    expect(board.get_by_role("link", name="longevity-1tb-5days")).to_have_count(0)
    assert f"assignee={BOB}" in board.url


def test_image_and_runs_without_a_version_are_asked_of_the_server(board: Page, site: Site) -> None:
    board.goto(ORIGIN + DASHBOARD)
    board.get_by_label("Image").select_option("ami-2")
    board.get_by_label("with runs without a version").uncheck()
    expect(board).to_have_url(f"{ORIGIN}{DASHBOARD}?imageId=ami-2&noVersion=0")
    expect(board.locator(".busy")).to_have_count(0)
    asked = [query_of(request) for request in site.requests if request.url.split("?")[0].endswith("/release/board")][-1]
    assert (asked["imageId"], asked["includeNoVersion"]) == (["ami-2"], ["0"])


def test_statuses_change_in_their_row_and_new_runs_wait(board: Page, site: Site) -> None:
    board.goto(ORIGIN + DASHBOARD)
    row = board.get_by_role("row", name="longevity-1tb-5days")
    expect(row).to_contain_text("Failed")
    asked = len([request for request in site.requests if request.url.split("?")[0].endswith("/release/board")])
    of = {"test_id": TEST_ID, "release_id": RELEASE_ID}
    site.tell(
        board,
        f"release:{RELEASE_ID}",
        ("run", {**of, "run_id": run_id(7), "status": "passed", "columns": ["status"]}),
        ("run", {**of, "run_id": run_id(50), "new": True, "columns": ["status"]}),
        ("run", {**of, "run_id": run_id(51), "new": True, "columns": ["status"]}),
        ("comments", {**of, "run_id": run_id(7)}),
    )
    expect(row).to_contain_text("Passed")
    expect(row).to_contain_text("has comments")
    expect(board.get_by_role("img", name="Passed 1, Not run 1")).to_be_visible()
    assert len([request for request in site.requests if request.url.split("?")[0].endswith("/release/board")]) == asked
    board.get_by_role("button", name="2 new runs: show").click()
    expect(board.get_by_role("button", name="2 new runs: show")).to_have_count(0)
    expect(row).to_contain_text("Failed")


def test_a_bar_says_how_the_tests_stand(board: Page, site: Site) -> None:
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_role("img", name="Failed 1, Not run 1")).to_be_visible()


def test_opening_what_failed_has_a_bound(board: Page, site: Site) -> None:
    many = {f"{TEST_ID[:-3]}{n:03}": {**test_stats, "test": {**test, "id": f"{TEST_ID[:-3]}{n:03}"}} for n in range(100, 150)}
    site.api["/api/v1/release/stats/v2"] = {**stats, "groups": {GROUP_ID: {**stats["groups"][GROUP_ID], "tests": many}}}
    board.goto(ORIGIN + DASHBOARD)
    link = board.get_by_role("link", name="Open 20 of 50 failed, not investigated")
    assert len(link.get_attribute("href") or "") < 1100


def many_tests(site: Site, count: int) -> None:
    """As many tests as this, each with a run of its own that failed."""
    ids = [f"{TEST_ID[:-4]}{number:04}" for number in range(1000, 1000 + count)]
    runs = [{**test_stats["last_runs"][0], "id": run_id(1000 + number)} for number in range(count)]
    named = [{**test, "id": id, "name": f"many-{id[-4:]}"} for id in ids]
    tests = {id: {**test_stats, "test": one, "last_runs": [run]} for id, one, run in zip(ids, named, runs, strict=True)}
    site.api["/api/v1/release/stats/v2"] = {**stats, "groups": {GROUP_ID: {**stats["groups"][GROUP_ID], "tests": tests}}}


def rows_asked(site: Site) -> list[int]:
    """Places of the rows that were asked for."""
    asked = [query_of(request)["rows"][0].split(",") for request in site.requests if "/board/rows" in request.url]
    return [int(place) for places in asked for place in places]


def test_runs_come_of_the_rows_that_are_seen(board: Page, site: Site) -> None:
    many_tests(site, 600)
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_role("link", name="many-1000")).to_be_visible()
    assert len(rows_asked(site)) < 80
    board.locator("tr.test").last.scroll_into_view_if_needed()
    board.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(board.get_by_role("link", name="many-1599")).to_be_visible()
    assert len(rows_asked(site)) == len(set(rows_asked(site))) < 200


def test_all_that_is_shown_is_chosen_with_the_runs_that_were_not_there_yet(board: Page, site: Site) -> None:
    many_tests(site, 600)
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_role("link", name="many-1000")).to_be_visible()
    board.get_by_label("Filter tests").fill("many-1[1-3]")
    board.get_by_role("button", name="all 300 shown").click()
    expect(board.get_by_text("300 runs chosen")).to_be_visible()
    assert len(rows_asked(site)) == len(set(rows_asked(site)))


def test_a_range_takes_in_what_nobody_has_seen(board: Page, site: Site) -> None:
    many_tests(site, 600)
    board.goto(ORIGIN + DASHBOARD)
    board.get_by_label("Choose many-1002").check()
    board.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = board.get_by_label("Choose many-1590")
    expect(last).to_be_visible()
    last.click(modifiers=["Shift"])
    expect(board.get_by_text("589 runs chosen")).to_be_visible()


def test_what_becomes_of_tests_out_of_sight_waits(board: Page, site: Site) -> None:
    many_tests(site, 600)
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_role("link", name="many-1000")).to_be_visible()
    unseen = {"test_id": f"{TEST_ID[:-4]}1599", "release_id": RELEASE_ID, "run_id": run_id(1599), "status": "passed"}
    site.tell(board, f"release:{RELEASE_ID}", ("run", unseen))
    expect(board.get_by_role("button", name="1 run changed: show")).to_be_visible()


def test_rows_that_cannot_be_had_say_so(board: Page, site: Site) -> None:
    def refuse(asked: object) -> None:
        raise api_error("this release has other tests by now: ask for its board again", "DataValidationError")

    rows = site.api["/api/v1/release/board/rows"]
    site.api["/api/v1/release/board/rows"] = refuse
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_text("Some rows could not be loaded.")).to_be_visible()
    site.api["/api/v1/release/board/rows"] = rows
    board.get_by_role("button", name="Try again").click()
    expect(board.get_by_role("link", name="longevity-1tb-5days")).to_be_visible()


def test_issues_and_activity_come_when_they_are_opened(board: Page, site: Site) -> None:
    issue = {
        "id": "i1",
        "subtype": "jira",
        "key": "PROJ-7",
        "summary": "It hangs",
        "state": "done",
        "permalink": "https://jira.example.com/PROJ-7",
    }
    site.api["/api/v1/issues/get"] = [issue]
    event = {"id": "e1", "user_id": ALICE, "run_id": None, "created_at": "2026-01-01T00:00:00.000Z"}
    site.api["/api/v1/release/activity"] = {"raw_events": [event], "events": {"e1": "Status was <b>changed</b> by alice"}}
    board.goto(ORIGIN + DASHBOARD)
    expect(board.get_by_role("table", name="Tests")).to_be_visible()
    assert not any("/issues/get" in request.url or "/activity" in request.url for request in site.requests)
    board.locator("summary", has_text="Issues").click()
    expect(board.get_by_role("link", name="PROJ-7")).to_be_visible()
    board.locator("summary", has_text="Activity").click()
    expect(board.get_by_role("table", name="Activity")).to_contain_text("Status was changed by alice")
