"""The workspace: the way from a release to a run, by mouse, keyboard and address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import GROUP_ID, QUIET_TEST_ID, SCT, TEST_ID, group, old_release, release, run_id, test
from tests.browser.site import ORIGIN, Site, api_error, query_of

STATE = "WyIzMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiXQ"


def query_of_url(url: str) -> dict[str, list[str]]:
    """The query parameters of an address."""
    return parse_qs(urlsplit(url).query)


def test_from_release_to_run_with_the_keyboard(page: Page, site: Site) -> None:
    page.goto(f"{ORIGIN}/workspace")
    for name in ("Scylla 2026.1", "Longevity"):
        node = page.get_by_role("button", name=name, exact=True)
        node.focus()
        page.keyboard.press("Enter")
        expect(node).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="Failed longevity-1tb-5days").press("Enter")
    panel = page.get_by_role("region", name="longevity-1tb-5days")
    expect(panel.get_by_role("row")).to_have_count(8)
    link = panel.get_by_role("link", name="#7", exact=True)
    expect(link).to_have_attribute("href", f"/tests/{SCT}/{run_id(7)}")
    assert f"state={STATE}" in page.url
    page.go_back()
    expect(panel).to_have_count(0)


def test_the_address_holds_what_is_open(page: Page, site: Site, tree: str) -> None:
    page.goto(f"{tree}&state={STATE}")
    expect(page.get_by_role("region", name="longevity-1tb-5days").get_by_role("cell", name="Failed")).to_be_visible()
    expect(page.get_by_role("button", name="longevity-never-run")).to_be_visible()


def test_tests_show_their_last_builds_failures_first(page: Page, site: Site, tree: str) -> None:
    page.goto(tree)
    tests = page.locator(".tests > li")
    expect(tests.first).to_contain_text("longevity-1tb-5days")
    builds = tests.first.get_by_role("link")
    expect(builds).to_have_count(5)
    expect(builds.last).to_have_attribute("aria-label", "#7 failed, 3 h ago")


def test_search_asks_for_all_releases_and_opens_what_it_finds(page: Page, site: Site) -> None:
    asked: list[dict[str, list[str]]] = []

    def search(request: object) -> object:
        asked.append(query_of(request))  # type: ignore[arg-type]
        hits = [
            {"id": "x", "type": "special", "name": "Add all..."},
            {**test, "type": "test", "group": group, "release": release},
            {**old_release, "type": "release"},
        ]
        return {"hits": hits, "total": 3}

    site.api["/api/v1/planning/search"] = search
    page.goto(f"{ORIGIN}/workspace")
    page.keyboard.press("/")
    page.keyboard.type("long")
    results = page.get_by_role("region", name="Search results")
    expect(results.get_by_role("listitem")).to_have_count(2)
    assert asked == [{"query": ["long"]}]
    results.get_by_role("button", name="longevity-1tb-5days").click()
    expect(page.get_by_role("region", name="longevity-1tb-5days")).to_be_visible()
    assert "q=long" in page.url


def test_a_test_without_runs_says_how_it_gets_some(page: Page, site: Site) -> None:
    site.api["/api/v1/test-info"] = {"test": {**test, "id": QUIET_TEST_ID, "name": "quiet"}, "group": group, "release": release}
    page.goto(
        site.page(f"/test/{QUIET_TEST_ID}/runs", "test_standalone.html.j2", "Test Run", {"gTestId": QUIET_TEST_ID, "additionalRuns": []})
    )
    expect(page.get_by_text("No run has been submitted for this test yet")).to_be_visible()


def test_a_test_that_is_gone_can_be_closed(page: Page, site: Site) -> None:
    def gone(_: object) -> object:
        raise api_error("No ArgusTest found", "DocumentNotFound")

    site.api["/api/v1/test-info"] = gone
    page.goto(f"{ORIGIN}/workspace?state={STATE}")
    page.get_by_role("button", name=f"Close test {TEST_ID}").click()
    expect(page.get_by_text("Nothing opened yet")).to_be_visible()


def test_on_a_phone_the_menu_and_the_tree_are_there(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{ORIGIN}/workspace")
    expect(page.get_by_role("link", name="My Jobs")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="My Jobs")).to_be_visible()
    expect(page.get_by_role("button", name="Scylla 2026.1", exact=True)).to_be_visible()


def test_all_hits_and_all_tests_of_a_group_are_opened_at_once(page: Page, site: Site) -> None:
    hit = {"release": None, "group": None}
    tests = [{**hit, "type": "test", "id": TEST_ID, "name": "one"}, {**hit, "type": "test", "id": QUIET_TEST_ID, "name": "two"}]
    site.api["/api/v1/planning/search"] = {"hits": [*tests, {**hit, "type": "group", "id": GROUP_ID, "name": "Longevity"}]}
    page.goto(f"{ORIGIN}/workspace?q=longevity")
    page.get_by_role("button", name="Open 2 of these tests").click()
    panels = page.get_by_role("region", name="longevity-1tb-5days")
    expect(panels).to_have_count(2)  # the test data know one test by whatever id
    expect(page.get_by_role("button", name="Open 0 of these tests")).to_be_disabled()
    page.get_by_role("button", name="Open its tests of Longevity").click()
    expect(panels).to_have_count(2)


@pytest.mark.parametrize("place", ["workspace", "page"])
def test_runs_are_opened_beside_each_other_in_place(page: Page, site: Site, place: str) -> None:
    address = f"/workspace?state={STATE}"
    if place == "page":
        address = f"/test/{TEST_ID}/runs"
        site.page(address, "test_standalone.html.j2", "Test Run", {"gTestId": TEST_ID, "additionalRuns": []})
    page.goto(ORIGIN + address)
    for number in (7, 6):
        page.get_by_role("button", name=f"Open here #{number}").click()
    newest, before = page.get_by_role("region", name="#7", exact=True), page.get_by_role("region", name="#6", exact=True)
    expect(newest.get_by_role("heading", name="Why did it fail?")).to_be_visible()
    expect(before.get_by_role("heading", name="Facts")).to_be_visible()
    left, right = newest.bounding_box(), before.bounding_box()
    assert left
    assert right
    if place == "page":  # as wide as the window
        assert left["y"] == right["y"]
        assert left["x"] < right["x"]
    expect(newest.get_by_role("link", name="Compare the two")).to_have_attribute(
        "href", f"/tests/{SCT}/{run_id(7)}/compare?with={run_id(6)}"
    )
    assert query_of_url(page.url)["additionalRuns[]"] == [run_id(7), run_id(6)]
    before.get_by_role("button", name="Close #6").click()
    expect(before).to_have_count(0)
    assert query_of_url(page.url)["additionalRuns[]"] == [run_id(7)]


def test_runs_that_an_address_names_are_open(page: Page, site: Site) -> None:
    page.goto(f"{ORIGIN}/workspace?state={STATE}&additionalRuns[]={run_id(6)}&additionalRuns[]={run_id(99)}")
    expect(page.get_by_role("region", name="#6", exact=True).get_by_role("link", name="Its page")).to_be_visible()
    page.set_viewport_size({"width": 380, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_to_a_run_of_a_test_opens_it(page: Page, site: Site) -> None:
    address = f"/test/{TEST_ID}/runs"
    site.page(address, "test_standalone.html.j2", "Test Run", {"gTestId": TEST_ID, "additionalRuns": [run_id(7)]})
    page.goto(f"{ORIGIN}{address}?additionalRuns[]={run_id(7)}")
    expect(page.get_by_role("row", name="#7")).to_contain_text("linked")
    expect(page.get_by_role("region", name="#7", exact=True).get_by_role("heading", name="Why did it fail?")).to_be_visible()
