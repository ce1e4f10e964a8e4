"""What every page has: navigation, theme, messages, the bell; and the login."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Browser, Page, expect

from tests.browser.journeys.conftest import Demo, Look, login, opened
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, ask, forgive, new_test, open_menu, run_address
from tests.browser.served import call, submit

FAILED = "scylla-master/longevity/longevity-100gb-4h-test"


@shows("shell")
def test_the_shell_is_walked_by_keys_and_keeps_the_theme(page: Page, look: Look) -> None:
    page.goto("/workspace")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#argusMain")).to_be_focused()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", look.theme)
    open_menu(page, look)
    other = "light" if look.theme == "dark" else "dark"
    theme = page.get_by_role("button", name="Theme:")
    for _ in range(("light", "dark").index(other) + 1):
        theme.click()
    expect(theme).to_have_text(re.compile(f"Theme: {other}", re.IGNORECASE))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Releases").click()
    expect(page.get_by_role("heading", name="Releases", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", other)


@shows("login", "shell")
def test_a_login_leads_to_the_page_that_was_wanted(page: Page, demo: Demo, look: Look) -> None:
    wanted = run_address(page, FAILED, "failed")
    page.context.clear_cookies()
    page.goto(wanted)
    expect(page.get_by_role("heading", name="Log in to Argus")).to_be_visible()
    for password in ("a guess", demo.password):
        page.get_by_label("User name").fill("mei")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        if password == "a guess":
            expect(page.locator("#argusErrors")).to_contain_text("Incorrect Password")
    expect(page).to_have_url(demo.origin + wanted)
    open_menu(page, look)
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="mei")).to_be_visible()


@shows("login", "plain errors")
def test_a_login_that_expires_costs_no_word(page: Page, demo: Demo, problems: list[str]) -> None:
    page.goto(f"/tests/{SCT}/{submit(page.context, new_test(page)['build_system_id'], 1)}/discuss")
    text = page.get_by_role("textbox", name="Comment")
    text.fill("It is the disk of node 2.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Send").dispatch_event("click")  # also where the page itself has noticed it already
    dialog = page.get_by_role("dialog", name="Your login has expired")
    dialog.get_by_label("Password").fill("a guess")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("alert")).to_have_text("User name or password is wrong.")
    dialog.get_by_label("Password").fill(demo.password)
    dialog.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("It is the disk of node 2.")).to_be_visible()
    expect(text).to_have_value("")
    forgive(problems, "403 ")


@shows("toasts", "plain errors")
def test_an_error_that_was_closed_can_be_read_again(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/sct-events")
    page.locator("li[id^=event-] summary").first.click()
    page.get_by_label("Address of an issue for this event").fill("https://example.com/no/issue")
    page.get_by_role("button", name="Link to this event").click()
    toast = page.locator("#argusErrors").get_by_role("listitem")
    expect(toast).to_contain_text("Error:")
    said = re.sub(r"^Error:\s*", "", toast.locator("span").inner_text())
    page.get_by_role("button", name="Close this message").click()
    expect(toast).to_have_count(0)
    page.get_by_text("Errors 1").click()
    expect(page.locator(".closed-errors")).to_contain_text(said)


@shows("bell", "live", "told well")
def test_the_bell_follows_what_is_written_and_read(page: Page, demo: Demo, look: Look, browser: Browser) -> None:
    test = new_test(page)
    run, word = submit(page.context, test["build_system_id"], 1), uuid4().hex
    before = ask(page, "/api/v1/notifications/get_unread")
    page.goto("/workspace")
    open_menu(page, look)
    mei = opened(browser, demo, look, login(browser, demo, "mei"))
    said = {"message": f"@dana {word}", "reactions": {}, "mentions": []}
    call(mei, f"/api/v1/test/{test['id']}/run/{run}/comments/submit", said)
    mei.close()
    expect(page.locator("#notificationCounter")).to_contain_text(f"{before + 1} unread")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Notifications").click()
    about = page.get_by_role("region", name=f"{test['name']} #1").first
    about.get_by_text("What it says").click()
    expect(about).to_contain_text("You were mentioned by @mei")
    open_menu(page, look)
    if before:
        expect(page.locator("#notificationCounter")).to_contain_text(f"{before} unread")
    else:
        expect(page.locator("#notificationCounter")).not_to_contain_text("unread")
    about.get_by_role("link", name="You were mentioned in a comment", exact=True).click()
    expect(page.get_by_text(word)).to_be_visible()
