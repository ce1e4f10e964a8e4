"""One search from every page: opened by keys or the button, chosen by arrows, opened by Enter."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.answers import answers
from tests.browser.data import SCT, TEST_ID, ago, iso, run_id
from tests.browser.site import ORIGIN, Site, api_error, query_of
from tests.browser.test_accessibility import AXE

HITS: list[dict[str, Any]] = [
    {
        "kind": "test",
        "id": TEST_ID,
        "title": "longevity-1tb-5days",
        "context": "Scylla 2026.1 / Longevity",
        "address": f"/test/{TEST_ID}/runs",
    },
    {"kind": "person", "id": "p1", "title": "Bob Example", "context": "@bob", "address": ""},
    {
        "kind": "run",
        "id": run_id(7),
        "title": "longevity-1tb-5days #7",
        "context": "job",
        "address": f"/tests/{SCT}/{run_id(7)}",
        "status": "failed",
        "start_time": iso(ago(hours=3)),
    },
]


def found(request: Request) -> dict[str, Any]:
    """All three, then one more page with one."""
    if query_of(request).get("after"):
        return {"hits": [{**HITS[0], "id": "another", "title": "another"}], "next": None}
    return {"hits": HITS, "next": "20"}


@pytest.fixture
def opened(page: Page, site: Site) -> Page:
    site.api["/api/v1/search"] = found
    site.page(f"/test/{TEST_ID}/runs", "test_standalone.html.j2", "T", {"gTestId": TEST_ID, "additionalRuns": []})
    page.goto(f"{ORIGIN}/workspace")
    expect(page.locator(".skeleton")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search everything")).to_be_focused()
    return page


def chosen(page: Page) -> str:
    return page.get_by_role("option", selected=True).inner_text()


def test_what_is_typed_before_the_search_is_there_is_in_its_field(page: Page, site: Site) -> None:
    """Its code comes when it is asked for the first time; people do not wait for that. `?` would list the keys of the page."""
    site.api["/api/v1/search"] = found
    page.goto(f"{ORIGIN}/workspace")
    page.keyboard.press("Control+k")
    page.keyboard.type("longevityy")
    page.keyboard.press("Backspace")
    page.keyboard.type("?")
    expect(page.get_by_role("combobox", name="Search everything")).to_have_value("longevity?")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()


def test_arrows_choose_and_enter_opens(opened: Page) -> None:
    opened.keyboard.type("longevity")
    expect(opened.get_by_role("option", name="Bob Example")).to_be_visible()
    opened.keyboard.press("ArrowDown")
    assert "Bob" in chosen(opened)
    opened.keyboard.press("ArrowUp")
    opened.keyboard.press("Enter")
    expect(opened).to_have_url(f"{ORIGIN}/test/{TEST_ID}/runs")
    expect(opened.get_by_role("heading", level=1)).to_be_visible()
    opened.keyboard.press("Control+k")
    expect(opened.get_by_text("Opened last")).to_be_visible()
    expect(opened.get_by_role("option", name="longevity-1tb-5days").first).to_be_visible()


def test_a_person_becomes_a_facet_and_more_hits_come_when_they_are_wanted(opened: Page, site: Site) -> None:
    opened.keyboard.type("bob")
    opened.get_by_role("option", name="More hits").click()
    expect(opened.get_by_role("option", name="another")).to_be_visible()
    opened.get_by_role("option", name="Bob Example").click()
    expect(opened.get_by_role("combobox")).to_have_value("assignee:bob ")
    expect(opened.get_by_text("3+ hits")).to_be_visible()
    asked = [query_of(request) for request in site.requests if "/api/v1/search" in request.url]
    assert [query["q"] for query in asked] == [["bob"], ["bob"], ["assignee:bob"]]


def test_pages_and_actions_are_found_by_their_names(opened: Page, site: Site) -> None:
    site.api["/api/v1/search"] = {"hits": [], "next": None}
    site.page("/notifications/", "notifications.html.j2", "N")
    opened.keyboard.type("notif")
    expect(opened.get_by_role("option", name="Notifications")).to_be_visible()
    opened.keyboard.press("Enter")
    expect(opened).to_have_url(f"{ORIGIN}/notifications/")


def test_a_query_that_makes_no_sense_says_so_and_escape_closes(opened: Page, site: Site) -> None:
    def refused(request: Request) -> Any:
        raise api_error("since: takes a period (12h, 7d, 2w) or a date (2026-11-29)", "DataValidationError")

    site.api["/api/v1/search"] = refused
    opened.keyboard.type("since:soon")
    expect(opened.get_by_text("since: takes a period")).to_be_visible()
    opened.keyboard.press("Escape")
    expect(opened.get_by_role("combobox")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 380])
def test_axe_finds_nothing_in_the_palette(browser: Browser, theme: Any, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce")
    site = Site(context)
    site.api.update(answers())
    site.api["/api/v1/search"] = found
    site.page("/workspace", "workspace.html.j2", "W")
    page = context.new_page()
    page.goto(f"{ORIGIN}/workspace")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search everything")).to_be_focused()
    page.keyboard.type("longevity")
    expect(page.get_by_role("option", name="Bob Example")).to_be_visible()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    problems = {f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]}
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert problems == set()
    assert wide <= width
