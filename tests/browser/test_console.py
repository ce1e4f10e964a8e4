"""The console in a real browser, before a real server of two workers: what is clicked is in force for everybody within two seconds."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.console_site import MARKUP, TEAMS, TIMES, Site, migrating
from tests.browser.site import ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
PAGE = "/admin/migration"
STATE = "**/admin/api/v1/migration/state*"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    with migrating(tmp_path_factory.mktemp("migrating")) as site:
        site.differ("users", TIMES, MARKUP)
        yield site


@pytest.fixture
def alice(server: Site, browser: Browser) -> Iterator[Page]:
    """An administrator before the console; an error of the browser fails the test."""
    page = server.log_in(browser)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" and "Failed to load" not in said.text else None)
    page.goto(PAGE)
    expect(page.get_by_text("2 workers")).to_be_visible()
    yield page
    page.context.close()
    assert problems == []


def opened(page: Page, name: str) -> Locator:
    """A blueprint, opened."""
    body = page.locator(f"tbody[data-blueprint={name}]")
    body.get_by_role("button", name=name, exact=True).click()
    expect(body.get_by_role("region", name="Routes")).to_be_visible()
    return body


def served_by(site: Site, path: str, lane: str, since: float) -> None:
    """Every worker serves by the lane, at the latest two seconds after the click."""
    while (lanes := site.lanes(path)) != {lane}:
        assert time.monotonic() - since < 2, f"{path} is served by {lanes}"
    assert site.lanes(path) == {lane}


def test_a_canary_a_cut_over_and_a_rollback_by_clicking(alice: Page, server: Site) -> None:
    alice.evaluate("window.neverReloaded = true")
    teams = opened(alice, "teams")
    journal = alice.get_by_role("region", name="Journal", exact=True)
    assert server.lanes(TEAMS) == {"flask"}
    server.differ("teams")  # another host has compared the routes that nobody uses here, and found no difference

    teams.get_by_label("Canary: callers that FastAPI serves").focus()
    alice.keyboard.press("End")
    teams.get_by_label("Why").fill("a canary by clicking")
    teams.get_by_role("button", name="Set canary").click()
    served_by(server, TEAMS, "fastapi", time.monotonic())
    expect(journal.get_by_role("row").nth(1)).to_contain_text("a canary by clicking")
    expect(journal.get_by_role("row").nth(1)).to_contain_text("flask, canary 100\u00a0%")
    expect(teams.get_by_text("100 % of the callers go to FastAPI.").first).to_be_visible()
    expect(teams.get_by_text("argus routes canary teams --percent 100")).to_be_visible()

    teams.get_by_role("button", name="Cut over to FastAPI").click()
    dialog = alice.get_by_role("dialog")
    expect(dialog.locator(".gc-against li")).to_have_text([])
    dialog.get_by_label("Why").fill("the records are clean")
    dialog.get_by_role("button", name="Cut over").click()
    expect(teams.locator(".gc-row .gc-owner")).to_have_text("FastAPI")
    expect(journal.get_by_role("row").nth(1)).to_contain_text("parity: 0 differences and 0 failures in 312 requests")
    served_by(server, TEAMS, "fastapi", time.monotonic())

    teams.get_by_role("button", name="Roll back to Flask").click()
    dialog.get_by_label("Why").fill("and back")
    dialog.get_by_role("button", name="Roll back").click()
    served_by(server, TEAMS, "flask", time.monotonic())
    expect(journal.get_by_role("row").nth(1)).to_contain_text("and back")
    expect(teams.get_by_role("region", name="Its journal").get_by_role("row")).to_have_count(4)
    assert alice.evaluate("window.neverReloaded")


def test_without_clean_records_a_cut_over_wants_force_and_a_reason(alice: Page, server: Site) -> None:
    results = opened(alice, "results")
    results.get_by_role("button", name="Cut over to FastAPI").click()
    dialog = alice.get_by_role("dialog")
    expect(dialog).to_contain_text("the parity suite has no record of it")
    go = dialog.get_by_role("button", name="Cut over")
    expect(go).to_be_disabled()
    dialog.get_by_label("Do it all the same").check()
    expect(go).to_be_disabled()
    dialog.get_by_label("Why").fill("it is an emergency")
    go.click()
    expect(alice.get_by_role("region", name="Journal", exact=True).get_by_role("row").nth(1)).to_contain_text("forced, although")
    results.get_by_role("button", name="Back to what the registry says").click()
    expect(results.locator(".gc-row .gc-owner")).to_have_text("Flask")
    expect(results.get_by_role("button", name="Back to what the registry says")).not_to_be_visible()


def test_a_dialog_that_is_left_changes_nothing(alice: Page) -> None:
    runs = opened(alice, "runs")
    button = runs.get_by_role("button", name="Cut over to FastAPI")
    button.click()
    alice.keyboard.press("Escape")
    expect(alice.get_by_role("dialog")).not_to_be_visible()
    expect(button).to_be_focused()
    expect(runs.get_by_text("Nothing was changed yet.")).to_be_visible()


def test_traffic_of_both_lanes_is_live_and_what_is_dragged_typed_or_opened_stays(alice: Page) -> None:
    users = opened(alice, "users")
    count = alice.get_by_role("region", name="Traffic on FastAPI").locator(".gc-figure-of")
    before = count.text_content()
    users.get_by_label("Percent of the callers").fill("33")
    users.get_by_label("Why").fill("a reason that is being ty")
    users.locator("summary", has_text="start_time").click()
    expect(count).not_to_have_text(before or "", timeout=5_000)
    alice.wait_for_timeout(2_500)
    expect(users.get_by_label("Why")).to_have_value("a reason that is being ty")
    expect(users.get_by_label("Percent of the callers")).to_have_value("33")
    expect(users.get_by_label("Canary: callers that FastAPI serves")).to_have_value("33")
    expect(users.get_by_text("'2026-11-20T09:14:07.000Z'")).to_be_visible()
    users.get_by_label("Percent of the callers").press("Escape")
    expect(users.get_by_label("Percent of the callers")).to_have_value("25")
    figures = users.locator(".gc-row td.gc-col-p50")
    expect(figures.first).to_have_text(re.compile(r"\d m?s$"))
    alice.reload()
    expect(alice.locator("tbody[data-blueprint=users]").get_by_role("region", name="Routes")).to_be_visible()
    alice.goto(f"{PAGE}#users,runs")
    expect(alice.get_by_role("region", name="Routes", exact=True)).to_have_count(2)
    alice.goto(f"{PAGE}#%u")
    expect(alice.get_by_role("region", name="Routes", exact=True)).to_have_count(0)


def test_blueprints_can_be_chosen_and_what_is_opened_stays(alice: Page) -> None:
    opened(alice, "users")
    show = alice.get_by_role("group", name="Show")
    show.get_by_role("button", name="On Flask").click()
    expect(alice.locator("tbody[data-blueprint=runs]")).to_be_visible()
    expect(alice.locator("tbody[data-blueprint=catalogue]")).not_to_be_visible()
    show.get_by_role("button", name="With differences").click()
    expect(alice.locator("tbody[data-blueprint]:visible")).to_have_count(1)
    show.get_by_role("button", name="All").click()
    expect(alice.locator("tbody[data-blueprint=catalogue]")).to_be_visible()


def test_samples_are_side_by_side_and_never_markup(alice: Page) -> None:
    users = opened(alice, "users")
    expect(users.locator(".gc-row .gc-col-differences")).to_have_text("2 places")
    users.locator("summary", has_text="full_name").click()
    expect(users.get_by_text("'<b>Alice</b>'")).to_be_visible()
    expect(users.get_by_text("'&lt;b&gt;Alice&lt;/b&gt;'")).to_be_visible()
    assert users.locator(".gc-samples b").count() == 0


def test_of_two_administrators_the_second_is_told(alice: Page, server: Site, browser: Browser) -> None:
    other = server.log_in(browser)
    other.goto(PAGE)
    theirs = opened(other, "comments")
    mine = opened(alice, "comments")
    other.route(STATE, lambda route: route.abort())  # their page is old
    expect(other.get_by_text("No news since")).to_be_visible()
    mine.get_by_label("Percent of the callers").fill("10")
    mine.get_by_role("button", name="Set canary").click()
    expect(mine.get_by_text("10 % of the callers go to FastAPI.").first).to_be_visible()
    theirs.get_by_label("Percent of the callers").fill("50")
    theirs.get_by_role("button", name="Set canary").click()
    expect(other.get_by_text("comments was not changed: it has changed since you looked")).to_be_visible()
    other.unroute(STATE)
    expect(theirs.locator(".gc-row .gc-col-canary")).to_have_text("10 %")
    expect(other.get_by_role("status").filter(has_text=re.compile("^live$"))).to_be_visible()
    other.context.close()


def test_who_is_no_administrator_gets_none_of_it(server: Site, browser: Browser) -> None:
    bob = server.log_in(browser, "bob")
    expect(bob.get_by_role("link", name="Migration")).to_have_count(0)
    bob.goto(PAGE)
    expect(bob).to_have_url(f"{server.url}/workspace")
    assert bob.request.get("/admin/api/v1/migration/state").status == 403
    bob.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 390])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(server: Site, browser: Browser, scheme: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    page = server.log_in(browser, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{PAGE}#users")
    users = page.locator("tbody[data-blueprint=users]")
    users.locator("summary", has_text="full_name").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text(encoding="utf-8"))

    def found() -> set[str]:
        result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        return {f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]}

    assert found() == set()
    users.get_by_role("button", name="Cut over to FastAPI").click()
    assert found() == set()
    page.context.close()


def test_the_picture_of_the_manual_is_there_and_small() -> None:
    picture = Path(ROOT / "packages/strangler/docs/images/migration-console.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000
