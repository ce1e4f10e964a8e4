"""How pages look: dense, quiet, told by shapes and words as well as by colours, the same for eyes, keys and ears, and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import run_address
from tests.browser.journeys.seeing import FAILED, RESULTS, own_test, style, submit

DASHBOARD, VIEW = "/dashboard/scylla-master", "/view/2025-4-and-drivers"
NAMELESS = re.compile(r"^\s*- (button|link|checkbox|combobox|radio|searchbox|switch|textbox)(?! \")", re.MULTILINE)
SKIPPED = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(one => one.checkVisibility())
    .map(one => Number(one.tagName[1])).filter((level, at, all) => level > (all[at - 1] ?? 0) + 1)"""
KEPT = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
PLACES = [
    "/workspace",
    DASHBOARD,
    VIEW,
    "/views",
    "/releases",
    "/profile/jobs",
    "/notifications/",
    "/teams/",
    "/admin/users",
    "/admin/releases",
]


@shows("density")
def test_a_test_is_one_line_and_what_passed_is_folded(page: Page, look: Look) -> None:
    page.goto(DASHBOARD)
    table = page.get_by_role("table", name="Tests")
    failed = table.get_by_role("row").filter(has_text="longevity-multidc-rack-aware-test")
    box = failed.bounding_box()
    assert box
    assert box["height"] <= (76 if look.phone else 34)
    expect(failed.get_by_role("link", name=re.compile(r"^#\d+ (passed|failed)"))).to_have_count(4)
    gemini = table.get_by_role("button", name="Gemini")
    expect(gemini).to_have_attribute("aria-expanded", "false")
    expect(table.get_by_role("row").filter(has=page.get_by_role("button", name="Gemini"))).to_contain_text("Passed 1")
    expect(table.get_by_role("link", name="gemini-1tb-10h-test")).to_have_count(0)
    gemini.click()
    expect(table.get_by_role("link", name="gemini-1tb-10h-test")).to_be_visible()


@shows("labelled chips")
def test_numbers_have_names_and_filter(page: Page) -> None:
    page.goto(DASHBOARD)
    chips = page.get_by_role("group", name="Statuses").get_by_role("button")
    expect(chips.first).to_be_visible()
    words = chips.all_inner_texts()
    assert all(re.fullmatch(r"\s*[A-Z][a-z ]+ \d+\s*", text) for text in words), words
    failed = page.get_by_role("group", name="Statuses").get_by_role("button", name="Failed")
    count = int(failed.inner_text().split()[-1])
    failed.click()
    tests = page.get_by_role("table", name="Tests").locator("tr.test")
    expect(tests).to_have_count(count)
    expect(tests.get_by_text("Failed", exact=True)).to_have_count(count)
    page.get_by_role("button", name=re.compile(r"^\d+ failed, not investigated")).click()
    expect(page.get_by_role("region", name="Chosen runs")).to_contain_text(re.compile(r"\d+ runs? chosen"))


@shows("quiet")
def test_one_accent_is_all_that_is_loud(page: Page) -> None:
    for address in (DASHBOARD, run_address(page, FAILED, "failed"), VIEW):
        page.goto(address)
        buttons = page.locator(".btn:visible:not(.btn-primary, .btn-link)")
        expect(buttons.first).to_be_visible()
        grounds = set(buttons.evaluate_all("all => all.map(one => getComputedStyle(one).backgroundColor)"))
        assert len(grounds) == 1, (address, grounds)
        assert page.locator(".btn-primary:visible, .btn-danger:visible").count() <= 1
        assert max(page.get_by_role("heading").evaluate_all("all => all.map(one => parseFloat(getComputedStyle(one).fontSize))")) <= 20
    logout, teams = page.locator("nav button", has_text="Logout"), page.locator("nav a", has_text="Teams")
    for name in ("color", "background-color", "font-weight"):
        assert style(logout, name) == style(teams, name)


@shows("tabs with counts", "run header")
def test_a_run_begins_with_one_line_and_its_tabs_say_how_much_is_in_them(page: Page, look: Look) -> None:
    own = own_test(page)
    page.goto(run_address(page, FAILED, "failed"))
    tabs = page.get_by_role("navigation", name="Parts of this run").get_by_role("link")
    expect(tabs.first).to_have_text("Overview")
    expect(tabs.filter(has_text="Events")).to_contain_text(re.compile(r"[1-9]\d* critical"))
    for name in ("Nemesis", "Resources", "Packages", "Logs"):
        expect(tabs.filter(has_text=name)).to_contain_text(re.compile(r"[1-9]"))
    assert len(set(tabs.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)"))) == 1
    if not look.phone:
        page.mouse.wheel(0, 2000)
        expect(page.get_by_label("Status", exact=True)).to_be_in_viewport()
        top = page.get_by_role("navigation", name="Parts of this run").evaluate("one => one.previousElementSibling.offsetHeight")
        assert top <= 140
    page.goto(f"/tests/scylla-cluster-tests/{submit(page, own, 1)}")
    empty, full = tabs.filter(has_text="Test cases"), tabs.filter(has_text="Discussion")
    expect(empty).to_be_visible()
    assert style(empty, "color") != style(full, "color")


@shows("charts")
def test_a_chart_is_read_zoomed_and_taken_along(page: Page, tmp_path: Path) -> None:
    page.goto(f"{run_address(page, RESULTS, 'passed')}/graphs")
    charts = page.get_by_role("img", name=re.compile(r"\d+ results in \d+ lines"))
    expect(charts.nth(1)).to_be_visible()
    title = (charts.first.get_attribute("aria-label") or "").split(":")[0]
    over = page.locator(".u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    lines = page.locator(".u-cursor-x").evaluate_all("all => all.slice(0, 2).map(one => one.style.transform)")
    assert lines[0] == lines[1] != ""
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 2 / 3, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name="Whole time")).to_have_count(charts.count())
    page.get_by_role("button", name="Whole time").first.click()
    expect(page.get_by_role("button", name="Whole time")).to_have_count(0)
    page.get_by_role("button", name=f"Values of {title}").click()
    values = page.get_by_role("table", name=f"Values of {title}")
    expect(values.get_by_role("link").first).to_have_attribute("href", re.compile("^/tests/scylla-cluster-tests/"))
    for kind, begin in (("CSV", b"date,series,value"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"{kind} of {title}").click()
        download.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begin)


@shows("named controls")
def test_every_control_has_a_name_and_the_tree_goes_by_keys(page: Page) -> None:
    for address in (VIEW, DASHBOARD, "/teams/", "/workspace"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        drawn = page.locator("body").aria_snapshot()
        assert NAMELESS.findall(drawn) == [], address
        assert len(re.findall(r"^\s*- '?(?:button|link) \"", drawn, re.MULTILINE)) > 5, address
    page.get_by_role("button", name="Scylla master").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Longevity", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    tests = page.locator(".tests").get_by_role("button")
    expect(tests.first).to_be_visible()
    expect(page.locator("button:focus")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(tests.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Runs")).to_be_visible()
    expect(page).to_have_url(re.compile("state="))


@shows("contrast")
def test_statuses_differ_by_shape_and_their_colours_can_be_chosen(page: Page) -> None:
    page.goto(DASHBOARD)
    shapes = {
        word: page.get_by_role("link", name=re.compile(rf"^#\d+ {word}")).first.locator("path").get_attribute("d")
        for word in ("passed", "failed")
    }
    assert None not in shapes.values()
    assert shapes["passed"] != shapes["failed"]
    mark = page.get_by_role("link", name=re.compile(r"^#\d+ passed")).first
    before = style(mark, "color")
    page.goto("/design")
    page.get_by_label("Blue and orange").check()
    page.goto(DASHBOARD)
    expect(mark).to_be_visible()
    assert style(mark, "color") != before


@shows("dialogs")
def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page) -> None:
    page.goto("/admin/releases")
    opener = page.get_by_role("button", name="Delete… scylla-master")
    for close in ("Escape", "Cancel"):
        opener.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Delete release scylla-master")
        expect(dialog).to_be_visible()
        for _ in range(8):
            page.keyboard.press("Tab")
            assert page.evaluate(KEPT), close  # in the dialog, or with the browser's own controls
        expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
        if close == "Escape":
            page.keyboard.press("Escape")
        else:
            dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_have_count(0)
        expect(opener).to_be_focused()


@shows("headings")
def test_headings_are_in_order_and_landmarks_and_a_skip_link_are_there(page: Page) -> None:
    for address in (*PLACES, run_address(page, FAILED, "failed")):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate(SKIPPED) == [], address
        for role in ("main", "contentinfo"):
            expect(page.locator(f"[role={role}]")).to_have_count(1)
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        assert page.title() not in ("", "Argus")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#argusMain")).to_be_focused()


@shows("phone")
def test_a_phone_has_records_and_a_bar_and_nothing_lies_aside(page: Page, look: Look) -> None:
    for address in (*PLACES, f"{run_address(page, RESULTS, 'passed')}/results"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address
    page.goto(f"{run_address(page, FAILED, 'failed')}/resources")
    cell = page.get_by_role("table", name="Resources").locator("td[data-label='Private IP']").first
    expect(cell).to_contain_text(re.compile(r"^10\."))
    expect(cell).to_be_visible()
    box = cell.bounding_box()
    assert box
    assert box["x"] + box["width"] <= look.size["width"]
    assert style(cell, "display") == ("flex" if look.phone else "table-cell")
    bar = page.get_by_role("navigation", name="Within reach")
    expect(bar).to_be_visible(visible=look.phone)
    if look.phone:
        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("link", name="My Jobs")).to_be_visible()
        bar.get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading", name="Releases", exact=True)).to_be_visible()
