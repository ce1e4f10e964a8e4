"""What people write about a run."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.journeys.doing import own_run, run_page
from tests.browser.journeys.features import shows


@shows("discussion")
def test_a_comment_is_written_edited_quoted_and_deleted(page: Page) -> None:
    page.goto(f"{run_page(own_run(page))}/discuss")
    panel = page.get_by_role("region", name="Discussion")
    text, comments = panel.get_by_role("textbox"), panel.get_by_role("article")
    text.fill("It is the **disk**.")
    panel.get_by_role("button", name="Send").click()
    expect(comments.locator("strong", has_text="disk")).to_be_visible()
    comments.get_by_role("button", name="Edit").click()
    expect(text).to_have_value("It is the **disk**.")
    text.fill("It is the network.")
    panel.get_by_role("button", name="Save").click()
    expect(comments).to_contain_text("It is the network.")
    comments.get_by_role("button", name="Quote").click()
    expect(text).to_have_value("@Dana Levin wrote:\n> It is the network.\n\n")
    page.on("dialog", lambda question: question.accept())
    comments.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody has written anything yet.")).to_be_visible()


@shows("discussion")
def test_a_draft_outlives_the_page_until_it_is_sent(page: Page) -> None:
    page.goto(f"{run_page(own_run(page))}/discuss")
    text = page.get_by_role("textbox", name="Comment")
    text.fill("Half a thought")
    page.reload()
    expect(text).to_have_value("Half a thought")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article")).to_contain_text("Half a thought")
    page.reload()
    expect(page.get_by_role("article")).to_contain_text("Half a thought")
    expect(text).to_have_value("")


@shows("comment editor")
def test_the_editor_formats_offers_people_and_shows_what_will_be_seen(page: Page) -> None:
    page.goto(f"{run_page(own_run(page))}/discuss")
    text = page.get_by_role("textbox", name="Comment")
    text.press_sequentially("see @me")
    expect(page.get_by_role("option", name="@mei Mei Tanaka")).to_be_visible()
    text.press("Enter")
    expect(text).to_have_value("see @mei ")
    page.get_by_role("button", name="Tasks").click()
    text.press("End")
    page.get_by_role("button", name="Bold").click()
    page.keyboard.type("soon")
    expect(text).to_have_value("- [ ] see @mei **soon**")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("☐ see @mei")
    expect(preview.locator("strong", has_text="soon")).to_be_visible()
    page.get_by_role("button", name="Write", exact=True).click()
    text.press("Control+Enter")
    expect(page.get_by_role("article")).to_contain_text("☐ see @mei soon")
