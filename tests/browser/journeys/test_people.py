"""What belongs to people: their jobs, notifications, teams and profiles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from argus.auth.session import COOKIE, Session, SessionCodec
from tests.browser.journeys.conftest import Demo, Look, listen, opened
from tests.browser.journeys.doing import as_somebody, id_of, own_run, own_test, run_page, tell, unique
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT
from tests.browser.journeys.seeing import listen_to_requests
from tests.browser.journeys.sight import accessible


@shows("my jobs")
def test_jobs_of_mine_are_narrowed_and_changed_in_place(page: Page) -> None:
    test, version = own_test(page), f"1.{unique('v')}"
    for build in (1, 2):
        run = own_run(page, test, build)
        tell(page.request, f"/api/v1/client/testrun/{SCT}/{run}/update_product_version", {"product_version": f"{version}.{build}"})
        tell(page.request, f"/api/v1/test/{test.id}/run/{run}/assignee/set", {"assignee": id_of(page, "dana")})
    page.goto("/profile/jobs?release=sandbox")
    rows = page.get_by_role("table", name="Jobs").locator("tbody tr")
    expect(rows.filter(has_text=test.name)).to_have_count(2)
    expect(page.get_by_role("button", name=re.compile(r"^To do \d+$"))).to_be_visible()
    page.get_by_role("group", name="Versions").get_by_role("button", name=f"{version}.1 1").click()
    expect(rows).to_have_count(1)
    expect(page.get_by_text("1 run, 1 failed")).to_be_visible()
    rows.get_by_role("checkbox").check()
    bar = page.get_by_role("region", name="Chosen runs")
    bar.get_by_label("Investigation").select_option("Investigated")
    bar.get_by_role("button", name="Apply to 1 run").click()
    expect(page.get_by_text("No run is what is chosen above.")).to_be_visible()
    page.get_by_role("button", name="Done", exact=True).click()
    expect(rows.filter(has_text=f"{test.name} #1")).to_contain_text("Investigated")


@shows("my jobs")
def test_what_is_planned_for_me_stands_in_a_list_of_its_own(page: Page) -> None:
    test, me = own_test(page), id_of(page, "dana")
    plan = {"name": unique("plan"), "description": "", "owner": me, "participants": [], "target_version": ""}
    what = {"release_id": test.release_id, "tests": [test.id], "groups": [], "assignments": {test.id: me}}
    made = tell(page.request, "/api/v1/planning/plan/create", {**plan, **what})
    page.goto("/profile/jobs")
    page.get_by_role("button", name="Planned").click()
    expect(page.get_by_role("table", name="Planned tests").get_by_role("row", name=test.name)).to_contain_text(test.job)
    page.request.delete(f"/api/v1/planning/plan/{made['id']}/delete?deleteView=1")


@shows("notifications")
def test_a_notification_tells_of_its_run_and_is_answered_with_a_quote(page: Page, browser: Browser, demo: Demo) -> None:
    test = own_test(page)
    run, me = own_run(page, test), id_of(page, "dana")
    with as_somebody(browser, demo, "mei") as mei:
        comment = {"message": "@dana is this the disk?", "reactions": {}, "mentions": [me]}
        tell(mei, f"/api/v1/test/{test.id}/run/{run}/comments/submit", comment)
    page.goto("/notifications/")
    about = page.get_by_role("region", name=f"{test.name} #1")
    expect(about.get_by_text("new", exact=True)).to_be_visible()
    expect(about).to_contain_text("Mei Tanaka")
    about.get_by_text("What it says").click()
    expect(about).to_contain_text(f"You were mentioned by @mei in a discussion of {test.job}#1.")
    expect(about.get_by_text("new", exact=True)).to_have_count(0)
    about.get_by_role("link", name="Reply with a quote").click()
    editor = page.get_by_role("textbox", name="Comment")
    expect(editor).to_have_value("@Mei Tanaka wrote:\n> @dana is this the disk?\n\n")
    expect(page).to_have_url(re.compile(f"{run_page(run)}/discuss#write$"))


@shows("teams", "one request")
def test_a_team_is_made_changed_looked_at_and_deleted(page: Page) -> None:
    name = unique("Team")
    page.goto("/teams/")
    page.get_by_label("New team").fill(name)
    page.get_by_label("Members besides you").select_option("Mei Tanaka")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Name", exact=True).fill(f"{name}-2")
    page.get_by_label("Message of the day").fill("Releases first")
    page.get_by_role("group", name="Members").get_by_label("Asha Raman").check()
    page.get_by_role("button", name="Save").click()
    team = page.get_by_role("region", name=f"{name}-2")
    expect(team.get_by_text("Releases first")).to_be_visible()
    asked = listen_to_requests(page)
    page.reload()
    team.get_by_role("button", name="Asha Raman").click()
    assert len([path for path in asked if path.startswith("GET v1/team/") and path.endswith("/jobs")]) == 1, "once for all members"
    expect(team.get_by_role("table", name="Runs of Asha Raman")).to_contain_text(re.compile(r"\w+-test #\d+"))
    team.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name=f"Delete team {name}-2")
    dialog.get_by_label(f"Type {name}-2 to go on").fill(f"{name}-2")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name=f"{name}-2", exact=True)).to_have_count(0)


@pytest.fixture
def newcomer(browser: Browser, demo: Demo, look: Look) -> Iterator[Page]:
    """A page of somebody whom a sign-on sent here for the first time; it is as sound at its end as dana's."""
    name = unique("newcomer")
    said = {"oauth_email": f"{name}@example.com", "oauth_username": name, "oauth_name": "New Comer"}
    key = (demo.registry.parent / "secret_key").read_text().strip()
    context: BrowserContext = opened(browser, demo, look, None)
    cookie = SessionCodec(key).dump(Session({"registration_allowed": True, **said}))
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": demo.origin}])
    page = context.new_page()
    problems: list[str] = []
    listen(page, problems)
    yield page
    problems += accessible(page)
    context.close()
    assert problems == []


@shows("profile")
def test_somebody_registers_and_changes_what_is_known_of_them(newcomer: Page) -> None:
    page = newcomer
    page.goto("/profile/create")
    expect(page.get_by_label("Full name")).to_have_value("New Comer")
    page.get_by_label("User name").fill("dana")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("#usernameFeedback")).to_have_text("This username is already taken.")
    expect(page.locator("#usernameFeedback")).to_be_visible()
    page.get_by_label("User name").fill(unique("new"))
    page.get_by_role("button", name="Create account").click()
    password = page.get_by_role("status").filter(has_text="Your temporary password").locator("code").text_content() or ""
    page.get_by_label("Full name").fill("Newly Named")
    page.get_by_role("button", name="Update Full name").click()
    expect(page.get_by_label("Full name")).to_have_value("Newly Named")
    page.get_by_label("Current password").fill(password)
    for label in ("New password", "New password, again"):
        page.get_by_label(label, exact=True).fill("correct horse")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Successfully changed password")).to_be_visible()
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Token Generated!")).to_be_visible()
    expect(page.get_by_label("Token", exact=True)).not_to_have_value("************")
