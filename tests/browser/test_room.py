"""The room of a release: everything about it in one column, from one request, and it follows what happens."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.answers import VIEW_ID, room
from tests.browser.data import ALICE, RELEASE_ID, SCT, release, run_id
from tests.browser.site import ORIGIN, Site, api_error, query_of

ADDRESS = "/release/scylla-2026.1/room"


@pytest.fixture
def shown(page: Page, site: Site) -> Page:
    site.page(ADDRESS, "release_room.html.j2", "Release Room", {"releaseData": {"release": release}})
    page.goto(ORIGIN + ADDRESS)
    expect(page.get_by_role("heading", name="Tests")).to_be_visible()
    return page


def asked(site: Site) -> list[Request]:
    return [request for request in site.requests if request.url.startswith(f"{ORIGIN}/api/v1/release/room?")]


def test_it_is_one_column_from_what_is_said_to_what_is_planned(shown: Page, site: Site) -> None:
    titles = ["Message of the day", "Tests", "Highlights", "Action items", "Open issues", "Said lately", "Planned"]
    expect(shown.get_by_role("heading", level=2)).to_contain_text(titles)
    expect(shown.get_by_role("region", name="Message of the day")).to_contain_text("No merges today, <b>please</b>")
    tests = shown.get_by_role("region", name="Tests")
    run = f"/tests/{SCT}/{run_id(7)}"
    expect(tests.get_by_role("link", name="longevity-1tb-5days #7").first).to_have_attribute("href", run)
    expect(tests.get_by_role("link", name="All 13")).to_have_attribute("href", "/dashboard/scylla-2026.1?status=failed%2Ctest_error")
    expect(shown.get_by_role("region", name="Open issues")).to_contain_text("It <b>hangs</b> open · 1 test")
    said = shown.get_by_role("region", name="Said lately")
    expect(said.get_by_role("link")).to_have_attribute("href", f"{run}/discuss#comment-80000000-0000-4000-8000-000000000001")
    expect(said).to_contain_text("to Alice Example")
    expect(shown.get_by_role("region", name="Planned")).to_contain_text("1 of 2 passed, 1 failed")
    assert len(asked(site)) == 1


def test_a_version_narrows_it_and_stands_in_the_address(shown: Page, site: Site) -> None:
    shown.get_by_label("Version").select_option("2026.1.0~rc1")
    expect(shown).to_have_url(f"{ORIGIN}{ADDRESS}?productVersion=2026.1.0%7Erc1")
    expect(shown.get_by_role("link", name="Passed 2")).to_have_attribute(
        "href", "/dashboard/scylla-2026.1?status=passed&productVersion=2026.1.0%7Erc1"
    )
    assert query_of(asked(site)[-1])["version"] == ["2026.1.0~rc1"]


def test_an_action_item_is_ticked_off(shown: Page, site: Site) -> None:
    path = "/api/v1/views/widgets/highlights/set_completed"
    site.api[path] = {}
    box = shown.get_by_label("Done: Ask the drivers")
    site.api["/api/v1/release/room"] = {**room(), "action_items": {"count": 0, "done": 0, "items": []}}
    box.click()
    expect(shown.get_by_text("Nothing is to be done.")).to_be_visible()
    (body,) = site.posted(path)
    assert (body["view_id"], body["index"], body["completed"]) == (VIEW_ID, 1, True)


def test_a_message_is_replaced_unless_somebody_else_was_first(shown: Page, site: Site) -> None:
    def late(_asked: Any) -> None:
        raise api_error("somebody else has written a message meanwhile: look at it before you replace it", "DataValidationError")

    path = "/api/v1/release/room/message"
    site.api[path] = late
    shown.get_by_role("button", name="Replace… the message of the day").click()
    area = shown.get_by_role("textbox", name="Message of the day")
    expect(area).to_have_value("No merges **today**, <b>please</b>")
    area.fill("Merge again")
    shown.get_by_role("button", name="Save").click()
    expect(shown.get_by_role("alert")).to_contain_text("Somebody else has written a message meanwhile")
    expect(area).to_have_value("Merge again")
    written = {"number": 2, "text": "Merge again", "author_id": ALICE, "at": None}
    site.api[path] = written
    site.api["/api/v1/release/room"] = {**room(), "message": written}
    shown.get_by_role("button", name="Save").click()
    expect(shown.get_by_role("region", name="Message of the day")).to_contain_text("Merge again")
    expect(area).to_have_count(0)
    assert site.posted(path)[-1] == {"release_id": RELEASE_ID, "text": "Merge again", "number": 1}


def test_it_follows_the_release_and_its_views(shown: Page, site: Site) -> None:
    site.api["/api/v1/release/room"] = {**room(), "highlights": {"count": 0, "items": []}}
    site.tell(shown, f"view:{VIEW_ID}", ("view", {"view_id": VIEW_ID}))
    expect(shown.get_by_text("Nothing is noted yet.")).to_be_visible()
    topics = [query_of(request)["topics"][0] for request in site.requests if "/api/v1/live" in request.url]
    assert {f"release:{RELEASE_ID}", f"view:{VIEW_ID}"} <= set(topics[-1].split(","))


def test_a_release_that_nobody_has_begun_says_what_comes_next(page: Page, site: Site) -> None:
    none: dict[str, Any] = {"count": 0, "items": []}
    empty = {
        "message": {"number": 0, "text": "", "author_id": None, "at": None},
        "tests": {"counts": {"total": 0}, "broken": none, "mended": none, "to_open": none},
    }
    lists = {"issues": none, "comments": none, "plans": none, "highlights": none, "action_items": {**none, "done": 0}, "views": []}
    site.api["/api/v1/release/room"] = {**room(), **empty, **lists}
    site.page(ADDRESS, "release_room.html.j2", "Release Room", {"releaseData": {"release": release}})
    page.goto(ORIGIN + ADDRESS)
    expect(page.get_by_text("No view of this release has highlights.")).to_be_visible()
    expect(page.locator(".empty")).to_have_count(7)
