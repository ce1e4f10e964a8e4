"""Results of performance tests: tables of a run, and graphs over builds."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import SCT, ask, find_test, run_address, runs_of

LATENCY = "scylla-2025.4/performance/perf-regression-latency-650gb-with-nemesis"
TABLE = "mixed - latencies - 650gb"
GRAPH = f"{TABLE} - P99 write"


@shows("result tables", "addresses")
def test_cells_of_a_level_are_hidden_and_a_table_is_taken_along(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(run_address(page, LATENCY, "failed") + "/results")
    table = page.get_by_role("region", name=TABLE, exact=True)
    judged = table.locator("td.judged")
    expect(judged.first).to_be_visible()
    levels = page.get_by_role("group", name="Cells")
    for level in ("Pass", "Error"):
        levels.get_by_role("button", name=re.compile(f"^{level}")).click()
    expect(judged).to_have_count(0)
    page.reload()
    expect(table.get_by_role("rowheader", name="Steady State")).to_be_visible()
    expect(judged).to_have_count(0)
    table.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[:2] == [
        f"### {TABLE}",
        "|  | P90 write [ms] | P99 write [ms] | P90 read [ms] | P99 read [ms] | Throughput [op/s] | Duration [HH:MM:SS] |",
    ]
    assert re.match(r"\| Steady State \| .*(🟢|🔴) \d", copied[3])


@shows("result graphs", "charts")
def test_a_column_leads_to_its_history_and_a_point_to_its_run(page: Page) -> None:
    page.goto(run_address(page, LATENCY, "passed") + "/results")
    page.get_by_role("region", name=TABLE, exact=True).get_by_role("link", name="P99 write").click()
    graph = page.get_by_role("region", name=GRAPH, exact=True)
    expect(graph.get_by_role("img", name=re.compile("12 results in 3 lines"))).to_be_visible()
    graph.get_by_role("button", name="Values").click()
    values = page.get_by_role("table", name=f"Values of {GRAPH}")
    expect(values.get_by_role("row")).to_have_count(13)
    newest = runs_of(page, LATENCY)[0]["id"]
    values.get_by_role("link", name=f"run {newest[:8]}").first.click()
    expect(page).to_have_url(re.compile(f"/tests/{SCT}/{newest}/results"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@shows("result graphs")
def test_graphs_are_kept_together_under_a_name(page: Page) -> None:
    name = f"Writes {uuid4().hex[:6]}"
    page.goto(run_address(page, LATENCY, "passed") + "/graphs?graph=P99")
    expect(page.get_by_role("img", name=GRAPH)).to_be_visible()
    page.get_by_role("button", name="New view").click()
    page.get_by_label("Name of the view").fill(name)
    page.get_by_label(f"“{GRAPH}” is part of this view").check()
    page.get_by_role("button", name="Save with 1 graphs").click()
    expect(page.get_by_label("View", exact=True).locator("option:checked")).to_have_text(name)
    page.get_by_label("Filter graphs").fill("")
    expect(page.get_by_role("img")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("img", name=GRAPH)).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(1)
    views = ask(page, "/api/v1/test-results", testId=find_test(page, LATENCY)["id"])["graph_views"]
    assert [list(view["graphs"]) for view in views if view["name"] == name] == [[GRAPH]]
