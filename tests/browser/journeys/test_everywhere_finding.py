"""Finding things, and knowing where one is."""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect

from tests.browser.journeys.conftest import Demo, Look, opened
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import run_address, runs_of
from tests.browser.journeys.seeing import FAILED, open_search

NAME = FAILED.rpartition("/")[2]
FINDS = {
    "1tb gemini": "gemini-1tb-10h-test",
    "2025.4 drivers": "2025.4 and drivers",
    "tanaka": "Mei Tanaka",
    "master": "Scylla master",
    "theme": "Change the colour theme",
}


@shows("one search")
def test_one_search_finds_tests_views_people_releases_actions_and_runs(page: Page, look: Look) -> None:
    page.goto("/views")
    field = open_search(page, look)
    for typed, title in FINDS.items():
        field.fill(typed)
        expect(page.get_by_role("option", name=title).first).to_be_visible()
    field.fill("status:failed multidc rack")
    expect(page.get_by_role("option", name=re.compile(rf"run {NAME} #\d+")).first).to_be_visible()
    field.press("ArrowDown")
    field.press("ArrowUp")
    field.press("Enter")
    expect(page.get_by_label("Status", exact=True)).to_have_value("failed")
    open_search(page, look)
    expect(page.get_by_text("Opened last")).to_be_visible()
    expect(page.get_by_role("option", name=re.compile(rf"run {NAME} #\d+"))).to_be_visible()


@shows("where am I")
def test_a_run_says_where_it_belongs_in_its_line_its_title_and_its_icon(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    expect(page).to_have_title(re.compile(rf"^✗ {NAME} #\d+ · Overview$"))
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Events").click()
    expect(page).to_have_title(re.compile(rf"^✗ {NAME} #\d+ · Events$"))
    bad = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--bad').trim()")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(quote(bad, safe="")))
    place = page.get_by_role("list", name="Place")
    expect(place.get_by_role("link")).to_have_text(["Scylla master", "Longevity", NAME])
    place.get_by_role("link", name="Longevity", exact=True).click()
    expect(page.get_by_role("button", name="Longevity", exact=True)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name=NAME)).to_be_visible()


@shows("where am I")
def test_each_level_of_a_place_leads_to_its_neighbours(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    place = page.get_by_role("list", name="Place")
    menu = place.get_by_role("group", name="Other tests")
    place.get_by_role("button", name="Other tests").click()
    menu.get_by_label("Filter the other tests").fill("10gb")
    expect(menu.get_by_role("link")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="longevity-10gb-3h-test")).to_be_visible()
    page.go_back()
    place.get_by_role("button", name="Other groups").click()
    expect(place.get_by_role("link", name="Longevity", exact=True).last).to_have_attribute("aria-current", "true")
    page.keyboard.press("Escape")
    expect(place.get_by_role("group")).to_have_count(0)
    expect(place.get_by_role("button", name="Other groups")).to_be_focused()
    place.get_by_role("button", name="Other releases").click()
    place.get_by_label("Filter the other releases").fill("2025.4")  # journeys have made many by now
    expect(place.get_by_role("link", name="Scylla 2025.4")).to_be_visible()  # open at the end, too, when it is looked at by rules


@shows("addresses")
def test_what_is_chosen_on_a_dashboard_is_there_for_whoever_opens_its_address(page: Page, look: Look) -> None:
    page.goto("/dashboard/scylla-master")
    table = page.get_by_role("table", name="Tests")
    page.get_by_role("group", name="Statuses").get_by_role("button", name="Failed").click()
    page.get_by_label("Filter tests").fill("longevity|upgrade")
    if not look.phone:  # where the table has a header
        table.get_by_role("button", name="Test", exact=True).click()
    tests = table.locator("td.name")
    expect(tests).to_have_count(2)
    chosen = tests.all_text_contents()
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("table", name="Tests").locator("td.name")).to_have_text(chosen)
    expect(other.get_by_label("Filter tests")).to_have_value("longevity|upgrade")
    if not look.phone:
        expect(other.get_by_role("columnheader", name="Test", exact=True)).to_have_attribute("aria-sort", "ascending")
    other.close()


@shows("addresses", "login")
def test_a_login_leads_to_the_address_that_was_wanted(browser: Browser, page: Page, look: Look, demo: Demo) -> None:
    wanted = f"{run_address(page, FAILED, 'failed')}/sct-events?severity=WARNING"
    context = opened(browser, demo, look, None)
    stranger = context.new_page()
    stranger.goto(wanted)
    stranger.get_by_label("User name").fill("mei")
    stranger.get_by_label("Password").fill(demo.password)
    stranger.get_by_role("button", name="Log in").click()
    expect(stranger).to_have_url(demo.origin + wanted)
    expect(stranger.get_by_role("button", name="Warning")).to_have_attribute("aria-pressed", "true")
    context.close()
    page.goto(wanted)


@shows("back")
def test_back_goes_from_tab_to_tab_and_does_not_stop_at_filters(page: Page) -> None:
    address = run_address(page, FAILED, "failed")
    page.goto(address)
    tabs = page.get_by_role("navigation", name="Parts of this run")
    tabs.get_by_role("link", name="Events").click()
    page.get_by_role("button", name="Warning").click()
    page.get_by_label("Filter events").fill("n")
    expect(page).to_have_url(re.compile("sct-events.*q=n"))
    tabs.get_by_role("link", name="Packages").click()
    expect(page.get_by_role("table", name="Packages")).to_contain_text("scylla-server")
    page.go_back()
    expect(page.get_by_label("Filter events")).to_have_value("n")
    page.go_back()
    expect(page.get_by_role("heading", name="Why did it fail?")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{address}$"))


@shows("neighbours")
def test_from_a_build_to_the_one_before_on_the_same_tab_and_what_differs_between_them(page: Page) -> None:
    newest, before, *_ = runs_of(page, FAILED)
    page.goto(f"{run_address(page, FAILED, 'failed')}/packages")
    page.get_by_role("link", name=f"Previous build, #{before['build_number']}").click()
    expect(page).to_have_url(re.compile(f"{before['id']}/packages$"))
    expect(page.get_by_role("table", name="Packages")).to_contain_text("scylla-server")
    page.get_by_role("link", name=f"Next build, #{newest['build_number']}").click()
    expect(page).to_have_url(re.compile(f"{newest['id']}/packages$"))
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Compare").click()
    page.get_by_label("The other run").select_option(before["id"])
    expect(page).to_have_url(re.compile(f"with={before['id']}"))
    ran = page.get_by_role("table", name="What they ran on")
    expect(ran.get_by_role("row").filter(has_text="passed")).to_contain_text("failed")
    settings = page.get_by_role("region", name="Configuration", exact=True)
    expect(settings).to_contain_text(re.compile("No setting differs|ami_id_db_scylla"))
    expect(settings).not_to_contain_text("n_loaders")


@shows("shortcuts")
def test_keys_lead_through_a_run_and_are_listed(page: Page, look: Look) -> None:
    newest, before, *_ = runs_of(page, FAILED)
    page.goto(run_address(page, FAILED, "failed"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"#{newest['build_number']}")
    page.keyboard.press("e")
    expect(page).to_have_url(re.compile("/sct-events$"))
    expect(page.get_by_role("link", name=f"Previous build, #{before['build_number']}")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"{before['id']}/sct-events$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"#{before['build_number']}")
    page.keyboard.press("c")
    editor = page.get_by_role("textbox", name="Comment")
    expect(editor).to_be_focused()
    editor.press_sequentially("e?")
    expect(editor).to_have_value("e?")
    editor.fill("")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    for part in ("On the page of a run", "assign to me", "Everywhere", "search everything"):
        expect(keys).to_contain_text(part)
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    field = open_search(page, look)
    field.fill("keys of this")
    expect(page.get_by_role("option", name="Keys of this page")).to_be_visible()
    field.press("Enter")
    expect(keys).to_contain_text("On the page of a run")
