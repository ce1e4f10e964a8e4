"""What a run brought along: settings, machines, packages, cases, pictures."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, new_test, run_address
from tests.browser.served import call, submit

FAILED = "scylla-master/longevity/longevity-100gb-4h-test"
CLIENT = "/api/v1/client/sct"


@shows("stress commands")
def test_it_is_told_what_loaded_the_cluster(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed"))
    page.get_by_role("navigation", name="Parts of this run").get_by_role("link", name="Setup").click()
    commands = page.get_by_role("region", name="Stress commands").get_by_role("listitem")
    expect(commands).to_have_count(2)
    first = commands.filter(has_text="cassandra-stress-l3.log")
    expect(first).to_contain_text("cassandra-stress mixed cl=QUORUM")
    expect(first).to_contain_text(re.compile(r"· longevity-loader-node-\w+-4 ·"))


@shows("run configuration", "addresses")
def test_a_setting_is_searched_and_linked_to(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/setup")
    table = page.get_by_role("table", name="Settings of SCT configuration")
    page.get_by_label("Filter Settings of SCT configuration").fill("instance_type")
    expect(table.get_by_role("row")).to_have_count(4)
    table.get_by_role("link", name="sct.instance_type_db").click()
    expect(table.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("i4i.4xlarge")


@shows("gemini and performance")
def test_numbers_of_gemini_and_of_a_load_have_their_tabs(page: Page) -> None:
    test = new_test(page)
    runs = [submit(page.context, test["build_system_id"], build) for build in (1, 2)]
    for run, version, rate in zip(runs, ("2025.4.0", "2026.1.0"), (200.0, 100.0), strict=True):
        call(page.context, f"/api/v1/client/testrun/{SCT}/{run}/update_product_version", {"product_version": version})
        scylla = {"name": "scylla-server", "version": version, "date": "20261101", "revision_id": "abc", "build_id": None}
        call(page.context, f"{CLIENT}/{run}/packages/submit", {"packages": [scylla]})
        numbers = {"test_name": "latency-mixed", "stress_cmd": "cassandra-stress", "perf_op_rate_total": rate, "histograms": None}
        zeros = dict.fromkeys(("perf_op_rate_average", "perf_avg_latency_99th", "perf_avg_latency_mean", "perf_total_errors"), 0.0)
        call(page.context, f"{CLIENT}/{run}/performance/submit", {"performance_results": {**zeros, **numbers}})
    gemini: dict[str, Any] = {
        "oracle_nodes_count": 1,
        "oracle_node_ami_id": "ami-1",
        "oracle_node_instance_type": "i3.large",
        "oracle_node_scylla_version": "2025.4",
        "gemini_command": "gemini --seed 42",
        "gemini_version": "1.8",
        "gemini_status": "PASSED",
        "gemini_seed": 42,
        "gemini_write_ops": 12345,
        "gemini_write_errors": 1,
        "gemini_read_ops": 7,
        "gemini_read_errors": 0,
    }
    call(page.context, f"{CLIENT}/{runs[1]}/gemini/submit", {"gemini_data": gemini})
    page.goto(f"/tests/{SCT}/{runs[1]}")
    tabs = page.get_by_role("navigation", name="Parts of this run")
    tabs.get_by_role("link", name="Gemini").click()
    expect(page.get_by_role("region", name="Gemini")).to_contain_text("12,345, 1 failed")
    tabs.get_by_role("link", name="Performance").click()
    row = page.get_by_role("table", name="Last and best run of each version").get_by_role("row", name="Operations a second").first
    expect(row).to_contain_text("#1 200 (-50 %)")


@shows("screenshots")
def test_a_screenshot_lies_over_the_page_until_escape(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/screenshots")
    page.get_by_role("link", name="grafana-screenshot-overview").click()
    dialog = page.get_by_role("dialog", name="grafana-screenshot-overview")
    expect(dialog).to_contain_text("1 of 2")
    expect(dialog.get_by_role("link", name="Download")).to_have_attribute("href", re.compile("/screenshot/grafana-screenshot-overview"))
    page.keyboard.press("ArrowRight")
    other = page.get_by_role("dialog", name="grafana-screenshot-per-server-metrics-nemesis")
    expect(other).to_contain_text("2 of 2")
    page.keyboard.press("Escape")
    expect(other).to_have_count(0)


@shows("resources", "phone")
def test_machines_are_a_table_and_on_a_phone_records(page: Page, look: Look) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/resources")
    rows = page.get_by_role("table", name="Resources").locator("tbody tr")
    expect(rows).to_have_count(7)
    first = rows.filter(has_text="-db-node-").first
    expect(first).to_contain_text("eu-west-1 / dc-eu / rack-1")
    expect(first).to_contain_text("Clean up after the test")
    label = "getComputedStyle(document.querySelector('[data-label=\"Public IP\"]'), '::before').content"
    assert (page.evaluate(label) == '"Public IP"') == look.phone
    edges = [cell.bounding_box() for cell in (first.locator("[data-label=Name]"), first.locator("[data-label=Terminated]"))]
    assert all(box is not None and box["x"] + box["width"] <= look.size["width"] for box in edges)


@shows("packages")
def test_packages_of_a_run_are_sorted_by_a_click(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/packages")
    table = page.get_by_role("table", name="Packages")
    names = table.locator("[data-label=Name]")
    expect(table.get_by_role("row", name="scylla-server")).to_contain_text("2026.1.0~dev")
    expect(names.first).to_have_text("scylla-server")
    order = ["kernel", "scylla-cqlsh", "scylla-manager", "scylla-server"]
    expect(names).to_have_count(4)
    table.get_by_role("button", name="Name").dispatch_event("click")  # on a phone the records have no header to press
    expect(names).to_have_text(order)


@shows("junit")
def test_the_cases_of_a_run_say_what_failed(page: Page) -> None:
    page.goto(run_address(page, FAILED, "failed") + "/junit")
    report = page.get_by_role("region", name="junit.xml")
    expect(report.get_by_role("button", name="Failure 1")).to_have_attribute("aria-pressed", "true")
    cases = report.get_by_role("table", name="Cases of junit.xml")
    expect(cases).to_contain_text("longevity_test.longevity_100gb_4h_test")
    cases.get_by_text("Critical events were found").first.click()
    expect(cases).to_contain_text("see the events of this run")
