"""Triage on the page of a run."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import run_address


@shows("run header", "undo")
def test_a_status_is_changed_and_taken_back(page: Page) -> None:
    page.goto(run_address(page, "scylla-master/longevity/longevity-100gb-4h-test", "failed"))
    status = page.get_by_label("Status", exact=True)
    expect(status).to_have_value("failed")
    status.select_option("passed")
    expect(page).to_have_title("✓ longevity-100gb-4h-test #91 · Overview")
    page.get_by_role("button", name="Undo").click()
    expect(status).to_have_value("failed")
