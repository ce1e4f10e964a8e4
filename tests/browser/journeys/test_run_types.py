"""Runs of the other types: drivers, user interface, pytest."""

from __future__ import annotations

from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.journeys.doing import JENKINS, own_test, run_page, tell
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SIRENADA, run_address


@shows("driver matrix")
def test_each_driver_has_its_cases_and_passed_ones_are_folded(page: Page) -> None:
    page.goto(f"{run_address(page, 'drivers/matrix/python-driver-matrix-test', 'failed')}/tests")
    broken = page.get_by_role("region", name="pytest.python.v5.3.29.4")
    expect(broken).to_contain_text("5 tests, 1 failed")
    cases = broken.get_by_role("table")
    expect(cases).to_contain_text("test_reconnect_after_restart")
    expect(cases).to_contain_text("no host could be queried")
    expect(cases).not_to_contain_text("test_paging_state")
    broken.get_by_role("button", name="Passed 4").click()
    expect(cases).to_contain_text("test_paging_state")
    expect(page.get_by_role("region", name="pytest.python.v5.3.28.2")).to_contain_text("5 tests, 0 failed")


@shows("sirenada")
def test_what_failed_in_a_browser_comes_with_its_screenshot_and_its_requests(page: Page) -> None:
    run = own_sirenada_run(page)
    page.goto(f"{run_page(run, SIRENADA)}/results")
    table = page.get_by_role("table", name="Results")
    expect(table).to_contain_text("firefox / multi-region / tests/test_scale.py.TestScale.test_scale")
    expect(table).not_to_contain_text("test_billing")
    expect(table.get_by_role("link", name="screenshot")).to_have_attribute("href", "https://example.com/scale.png")
    expect(table.get_by_role("link", name="requests")).to_have_attribute("href", "https://example.com/scale.har")
    table.get_by_text("Element was not found").first.click()
    expect(table.get_by_text("TimeoutException: scale-confirm")).to_be_visible()
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Issues").click()
    page.get_by_role("button", name="New issue…").click()
    text = page.get_by_role("region", name="Text of the issue")
    expect(text).to_contain_text(
        "- `TestScale.test_scale` (firefox, multi-region): `Element was not found`, [screenshot](https://example.com"
    )


def own_sirenada_run(page: Page) -> str:
    """A session in which one case failed and one passed."""
    run = str(uuid4())
    results = [_case("scale", "failed"), _case("billing", "passed")]
    session = {"run_id": run, "build_id": own_test(page, SIRENADA).job, "build_job_url": f"{JENKINS}/own/1/", "region": "us-east-1"}
    tell(page.request, f"/api/v1/client/testrun/{SIRENADA}/submit", {"schema_version": "v1", **session, "results": results})
    return run


def _case(name: str, status: str) -> dict[str, object]:
    failed = status == "failed"
    return {
        "test_name": f"test_{name}", "class_name": f"Test{name.title()}", "file_name": f"tests/test_{name}.py",
        "browser_type": "firefox", "cluster_type": "multi-region", "status": status, "duration": 20.5,
        "message": "Element was not found" if failed else "", "stack_trace": "TimeoutException: scale-confirm" if failed else "",
        "start_time": "2026-01-01T10:00:00.000Z", "s3_folder_id": "folder", "sirenada_test_id": name,
        "screenshot_file": f"https://example.com/{name}.png", "requests_file": f"https://example.com/{name}.har",
        "sirenada_user": "demo", "sirenada_password": "",
    }  # fmt: skip


@shows("pytest")
def test_cases_of_pytest_are_told_apart_by_status_and_found_by_marker(page: Page) -> None:
    page.goto(f"{run_address(page, 'scylla-2025.4/dtest/dtest-debug-raft', 'failed')}/pytest")
    table = page.get_by_role("table", name="Test cases")
    bad = table.locator("tbody tr:not(.detail)")
    expect(bad).to_have_count(2)
    statuses = page.get_by_role("group", name="Statuses of Test cases")
    statuses.get_by_role("button", name="Passed").click()
    expect(bad).not_to_have_count(2)
    page.get_by_role("searchbox", name="Filter Test cases").fill("tablets")
    expect(table.locator("tbody tr:not(.detail)").filter(has=page.locator(".badge", has_text="tablets"))).to_have_count(bad.count())
