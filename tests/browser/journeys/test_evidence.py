"""Talking about what a run shows, and being told of it as one likes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.journeys.conftest import Demo, Look, login, opened
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, ask

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def mei(look: Look, demo: Demo, browser: Browser) -> Iterator[BrowserContext]:
    """The browser of a colleague of dana's."""
    context = opened(browser, demo, look, login(browser, demo, "mei"))
    yield context
    context.close()


@dataclass(frozen=True)
class Failed:
    """A run of a cluster test that failed; which ones do is drawn when the demo happens."""

    test: str
    id: str

    @property
    def address(self) -> str:
        return f"/tests/{SCT}/{self.id}"


def failed_run(page: Page) -> Failed:
    """The newest run that failed and has an event to talk about, of the first test that has one.

    Raises:
        LookupError: there is none.
    """
    for test in ask(page, "/api/v1/planning/search", query="longevity")["hits"]:
        if test["type"] != "test" or test.get("plugin_name") != SCT:
            continue
        for run in ask(page, f"/api/v1/test/{test['id']}/runs"):
            if run["status"] == "failed" and ask(page, f"/api/v1/client/sct/{run['id']}/events/CRITICAL/count"):
                return Failed(test["id"], run["id"])
    raise LookupError("no longevity test of the demo has a failed run with a critical event")


def say(who: BrowserContext, run: Failed, message: str) -> None:
    """Have somebody comment on a run."""
    path = f"/api/v1/test/{run.test}/run/{run.id}/comments/submit"
    answer = who.request.post(path, data={"message": message, "reactions": {}, "mentions": []})
    assert answer.json()["status"] == "ok", answer.text()


@shows("evidence")
def test_an_event_is_discussed_with_a_picture_an_edit_and_agreement(page: Page, mei: BrowserContext, look: Look) -> None:
    run = failed_run(page)
    words = f"Seen on {look.lane} in {look.theme}"
    page.goto(f"{run.address}/sct-events")
    line = page.locator("li[id^=event-]").first
    line.locator("summary").first.click()
    line.get_by_role("link", name=re.compile("omments? on")).last.click()
    box = page.get_by_role("textbox", name="Comment on")
    box.fill(words)
    page.locator("input[type=file]").set_input_files({"name": "disk.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(box).to_have_value(re.compile(r"!\[disk\]\(/api/v1/run/.*/pictures/[0-9a-f-]{36}\)"))
    page.get_by_role("button", name="Send").click()
    comment = page.get_by_role("article").filter(has_text=words)
    expect(comment.get_by_role("img", name="disk")).to_have_js_property("naturalWidth", 1)
    comment.get_by_role("button", name="Edit").click()
    page.get_by_label("Change your comment").fill(f"{words}, twice")
    page.get_by_role("button", name="Save").click()
    comment = page.get_by_role("article").filter(has_text=f"{words}, twice")
    comment.get_by_text("edited").click()
    expect(comment.get_by_role("region", name="Earlier text 1")).to_contain_text(words)

    theirs = mei.new_page()
    theirs.goto(f"{run.address}/discuss")
    other = theirs.get_by_role("article").filter(has_text=f"{words}, twice")
    other.get_by_role("button", name="React").click()
    other.get_by_role("button", name="Agreed", exact=True).click()
    expect(other.get_by_role("button", name="Agreed 1")).to_have_attribute("aria-pressed", "true")
    theirs.close()
    expect(comment.get_by_role("button", name="Agreed 1")).to_have_attribute("aria-pressed", "false")

    say(mei, run, f"Answer to {words}")
    page.goto(run.address)
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name=re.compile(r"Discussion \d+ 1 new")).click()
    answer = page.get_by_role("article").filter(has_text=f"Answer to {words}")
    expect(answer.get_by_text("new", exact=True)).to_be_visible()
    comment.get_by_role("link", name=re.compile(r"\d\d:\d\d:\d\d$")).click()
    expect(page).to_have_url(re.compile("/sct-events.*#event-"))
    expect(page.locator("li[id^=event-] details[open]").first).to_be_visible()


@shows("told well", "bell")
def test_notifications_are_narrowed_put_off_and_chosen_by_kind(page: Page, mei: BrowserContext, look: Look) -> None:
    run = failed_run(page)
    say(mei, run, f"@dana look, on {look.lane} in {look.theme}")
    page.goto("/notifications/?kind=TYPE_MENTION&unread=1&q=mei")
    inbox = page.get_by_role("region", name="Inbox")
    expect(inbox.get_by_role("listitem").first).to_contain_text("Mei Tanaka")
    before = inbox.get_by_role("listitem").count()
    bell = page.locator(".counter").filter(has_text="unread notifications")
    unread = int(re.sub(r"\D", "", bell.inner_text()))
    inbox.get_by_role("listitem").first.get_by_label("Put off:").select_option("Tomorrow")
    expect(inbox.get_by_role("listitem")).to_have_count(before - 1)
    expect(bell).to_have_count(0) if unread == 1 else expect(bell).to_contain_text(str(unread - 1))
    page.get_by_role("button", name="Put off", exact=True).click()
    inbox.get_by_role("button", name="Have it back").first.click()
    page.get_by_role("button", name="Put off", exact=True).click()
    expect(inbox.get_by_role("listitem")).to_have_count(before)
    expect(bell).to_contain_text(str(unread))

    page.goto("/profile/")
    choice = page.get_by_label("Mentioned in a comment: bell")
    choice.uncheck()
    expect(choice).to_be_enabled()
    say(mei, run, "@dana once more")
    page.goto("/notifications/?kind=TYPE_MENTION&unread=1&q=mei")
    expect(inbox.get_by_role("listitem")).to_have_count(before)
    page.goto("/profile/")
    choice.check()
    expect(choice).to_be_enabled()
