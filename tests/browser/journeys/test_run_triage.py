"""Triage on the page of a run: how it stands, why, and what is done about it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, ask, run_address, runs_of

FAILED = "scylla-master/longevity/longevity-100gb-4h-test"
LEFT_BEHIND = "scylla-2025.4/performance/perf-regression-latency-650gb-with-nemesis"


@shows("run header", "undo")
def test_a_status_is_changed_and_taken_back(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    status = page.get_by_label("Status", exact=True)
    expect(status).to_have_value("failed")
    status.select_option("passed")
    expect(page).to_have_title("✓ longevity-100gb-4h-test #91 · Overview")
    page.get_by_role("button", name="Undo").click()
    expect(status).to_have_value("failed")


@shows("run header", "shortcuts", "undo")
def test_a_run_is_taken_by_keys_and_given_back(page: Page) -> None:
    before = next(run["assignee"] for run in runs_of(page, FAILED) if run["build_number"] == 91) or ""
    page.goto(run_address(page, FAILED, "failed"))
    investigation, assignee = page.get_by_label("Investigation"), page.get_by_label("Assignee")
    expect(investigation).to_have_value("not_investigated")
    expect(assignee).to_have_value(before)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("a")
    expect(assignee.locator("option:checked")).to_have_text("Dana Levin")
    page.get_by_role("button", name="Undo").click()
    expect(assignee).to_have_value(before)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("i")
    expect(investigation).to_have_value("investigated")
    page.get_by_role("button", name="Undo").last.click()
    expect(investigation).to_have_value("not_investigated")
    page.reload()
    expect(investigation).to_have_value("not_investigated")
    expect(assignee).to_have_value(before)


@shows("run facts", "where am I")
def test_a_run_says_why_it_failed_and_what_is_new(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    why = page.get_by_role("region", name="Why did it fail?")
    expect(why).to_contain_text("First critical event")
    expect(why).to_contain_text("2 failed nemeses")
    expect(why).to_contain_text("WaitForTimeoutError: Wait for: Wait for node to be up and normal")
    changed = page.get_by_role("region", name="Changed since #90, the last build that passed")
    expect(changed).to_contain_text("6.14.0-1007-aws → 6.8.0-1021-aws")
    facts = page.get_by_role("region", name="Facts")
    expect(facts).to_contain_text("longevity-100gb-4h-test #91")
    expect(facts).to_contain_text("3 × i4i.4xlarge")
    place = page.get_by_role("list", name="Place")
    expect(place).to_have_text(re.compile(r"Scylla master\s*Longevity\s*longevity-100gb-4h-test\s*#91"))


@shows("run commands")
def test_monitors_come_back_and_what_was_left_is_removed_by_a_command(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = run_address(page, LEFT_BEHIND, "failed")
    run = address.rpartition("/")[2]
    page.goto(address)
    restore = page.get_by_role("link", name="Restore the monitoring stack by Jenkins")
    expect(restore).to_have_attribute("href", re.compile(f"^https://jenkins.example.com/.*hydra-show-monitor.*test_id={run}$"))
    expect(page.get_by_text(f"hydra investigate show-monitor {run}")).to_be_visible()
    page.goto(f"{address}/resources")
    page.get_by_role("button", name="Copy the clean-up command").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"SCT_REGION_NAME=eu-west-1 hydra clean-resources --backend aws --test-id {run}"


@shows("neighbours")
def test_keys_lead_to_the_builds_before_and_after(page: Page) -> None:
    runs = {run["build_number"]: run["id"] for run in runs_of(page, FAILED)}
    page.goto(f"/tests/{SCT}/{runs[91]}/packages")
    expect(page.get_by_role("link", name="Previous build, #90")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"{runs[90]}/packages$"))
    page.get_by_role("link", name="Next build, #91").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("#91")
    kernel = next(one["version"] for one in ask(page, f"/api/v1/run/{SCT}/{runs[91]}")["packages"] if one["name"] == "kernel")
    expect(page.get_by_role("table", name="Packages")).to_contain_text(kernel)
