"""What waits for somebody, a release for whoever decides about it, and the quick way from page to page."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import ask

RELEASE = "scylla-2025.4"
TITLE = "Scylla 2025.4"
ROOM = f"/release/{RELEASE}/room"


def unfollowed(page: Page) -> None:
    """The releases are those of nobody: journeys share a server."""
    for release in ask(page, "/api/v1/following"):
        page.request.post("/api/v1/following/unfollow", data={"release_id": release["id"]})


@shows("my day")
def test_a_release_that_is_followed_says_on_my_day_how_it_stands(page: Page, look: Look) -> None:
    unfollowed(page)
    page.goto("/workspace")
    day = page.get_by_role("region", name="My day")
    expect(day.get_by_text("None yet. The star")).to_be_visible()
    day.get_by_role("link", name="list of releases").click()
    star = page.get_by_role("button", name=f"Follow {TITLE}")
    with page.expect_response(lambda answer: "/following" in answer.url and answer.request.method != "GET"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    page.goto("/workspace")
    expect(day.get_by_role("heading", name="Releases I follow 1")).to_be_visible()
    expect(day.get_by_role("link", name=re.compile(r"^Passed \d+$"))).to_be_visible()
    day.get_by_role("link", name=TITLE, exact=True).click()
    star = page.get_by_role("button", name=f"Follow {TITLE}")
    expect(star).to_have_attribute("aria-pressed", "true")
    with page.expect_response(lambda answer: "/following" in answer.url and answer.request.method != "GET"):
        star.click()
    expect(star).to_have_attribute("aria-pressed", "false")
    assert ask(page, "/api/v1/following") == []


@shows("release room")
def test_the_room_tells_what_was_said_and_decided(page: Page, look: Look) -> None:
    page.goto(f"/dashboard/{RELEASE}")
    page.get_by_role("link", name="Release room").click()
    expect(page).to_have_url(re.compile(rf"{ROOM}$"))
    titles = ["Message of the day", "Tests", "Highlights", "Action items", "Open issues", "Said lately", "Planned"]
    expect(page.get_by_role("heading", level=2)).to_contain_text(titles)
    expect(page.get_by_role("region", name="Highlights")).to_contain_text("2025.4.1 candidate is out")
    items = page.get_by_role("region", name="Action items")
    box = items.get_by_role("checkbox", name="Done: Triage multi-DC longevity")
    expect(box).not_to_be_checked()
    box.click()
    expect(items.get_by_role("heading")).to_contain_text("1 of 2 done")
    expect(box).to_be_checked()
    box.click()
    expect(items.get_by_role("heading")).to_contain_text("0 of 2 done")
    text = f"Sign-off on Thursday, looked at from {look.lane} in {look.theme}"
    page.get_by_role("button", name="the message of the day").click()
    page.get_by_role("textbox", name="Message of the day").fill(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Message of the day")).to_contain_text(text)
    page.reload()
    expect(page.get_by_role("region", name="Message of the day")).to_contain_text(text)


@shows("release room", "one search")
def test_the_search_leads_to_the_room(page: Page, look: Look) -> None:
    page.goto("/workspace")
    expect(page.get_by_role("region", name="My day")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search everything").fill(f"room {RELEASE}")
    page.get_by_role("option", name=f"Room of {TITLE}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{TITLE}: room")


@shows("quick pages")
def test_the_next_page_is_there_before_it_is_asked_for(page: Page, look: Look) -> None:
    page.goto(ROOM)
    link = page.get_by_role("link", name="Dashboard", exact=True)
    link.focus()
    expect(link).to_have_attribute("data-ahead", "")
    link.press("Enter")
    expect(page).to_have_url(re.compile(rf"/dashboard/{RELEASE}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].deliveryType") == "navigational-prefetch"


@shows("quick pages", "back")
def test_back_leads_to_where_one_was(page: Page, look: Look) -> None:
    page.goto(ROOM)
    last = page.get_by_role("region", name="Planned").get_by_role("link").last
    last.scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.wait_for_function("scrollY > 0")
    page.evaluate("addEventListener('pagehide', () => sessionStorage.setItem('left', scrollY))")  # it may still grow, and the click scroll
    last.click()
    page.wait_for_url(re.compile(r"/plan/|/planner"))
    page.go_back()
    expect(page.get_by_role("region", name="Planned")).to_be_visible()
    was = page.evaluate("Number(sessionStorage.getItem('left'))")
    assert was > 0
    page.wait_for_function("was => Math.abs(scrollY - was) < 50", arg=was)
