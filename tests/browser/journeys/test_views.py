"""Views: the list of them, what they are made of, and how they are made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.journeys.doing import tell, unique
from tests.browser.journeys.features import shows
from tests.browser.journeys.finding import ask, find_test

WIDGETS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("releaseStats", {"displayExtendedStats": True}),
    ("githubIssues", {"submitDisabled": True, "aggregateByIssue": True}),
    ("highlights", {"index": 0}),
    ("summary", {}),
    ("graphs", {}),
    ("nemesisStats", {}),
    ("graphedStats", {"testFilters": []}),
    ("trends", {}),
    ("pytestOverview", {}),
)
GRAPHED = "scylla-2025.4/performance/perf-regression-latency-650gb-with-nemesis"
GRAPH_VIEW = "Graphs of the journeys"


@shows("view list")
def test_views_are_told_apart_and_favourites_kept(page: Page) -> None:
    page.goto("/views")
    table = page.get_by_role("table", name="Views")
    which = page.get_by_role("group", name="Which views")
    ours, of_a_plan = table.get_by_role("link", name="2025.4 and drivers"), table.get_by_role("link", name=re.compile("GA sign-off"))
    expect(ours).to_be_visible()
    which.get_by_role("button", name="Of plans").click()
    expect(of_a_plan).to_be_visible()
    expect(ours).to_have_count(0)
    which.get_by_role("button", name="All").click()
    page.get_by_role("button", name="Favourite: 2025.4 and drivers").click()
    page.reload()
    expect(which.get_by_role("button", name="Favourites")).to_have_attribute("aria-pressed", "true")
    expect(ours).to_be_visible()
    expect(of_a_plan).to_have_count(0)


@shows("view board")
def test_a_view_has_the_tests_of_all_that_is_in_it(page: Page) -> None:
    page.goto("/view/2025-4-and-drivers")
    rows = page.locator("tr.test")
    expect(rows.filter(has_text="perf-regression-predefined-throughput-steps")).to_contain_text("Failed")
    expect(rows.filter(has_text="gocql-driver-matrix-test")).to_have_count(0)  # of a group that is green, and folded
    page.get_by_label("Filter tests").fill("matrix")
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="gocql-driver-matrix-test")).to_contain_text("Passed")
    expect(page.get_by_role("region", name="Statistics")).to_contain_text(re.compile(r"Passed \d+"))


@pytest.fixture
def full_view(context: BrowserContext) -> Iterator[str]:
    """The address of a view of 2025.4 with widgets of all types, of which one graph is in a view of graphs."""
    page = context.new_page()
    release = next(release for release in ask(page, "/api/v1/releases") if release["name"] == "scylla-2025.4")
    make_graph_view(page, find_test(page, GRAPHED)["id"])
    name = unique("view")
    settings = [{"position": at, "type": kind, "settings": set_, "filter": []} for at, (kind, set_) in enumerate(WIDGETS, 1)]
    body = {"name": name, "displayName": name, "description": "", "items": [f"release:{release['id']}"], "settings": json.dumps(settings)}
    view = tell(page.request, "/api/v1/views/create", body)
    yield f"/view/{name}"
    tell(page.request, "/api/v1/views/delete", {"viewId": view["id"]})


def make_graph_view(page: Page, test_id: str) -> None:
    """Have the first graph of a test in a view of graphs, once for all journeys: nobody can delete such a view."""
    results = ask(page, "/api/v1/test-results", testId=test_id)
    if any(view["name"] == GRAPH_VIEW for view in results["graph_views"]):
        return
    title = results["graphs"][0]["options"]["plugins"]["title"]["text"]
    about = {"testId": test_id, "name": GRAPH_VIEW, "description": ""}
    made = tell(page.request, "/api/v1/create-graph-view", about)
    tell(page.request, "/api/v1/update-graph-view", {**about, "id": made["id"], "graphs": {title: ""}})


@shows("view widgets")
def test_every_widget_shows_what_the_server_knows(full_view: str, page: Page) -> None:
    page.goto(full_view)
    for name, text in {
        "Statistics": r"Failed \d",
        "Highlights and action items": "Nothing is noted yet",
        "Summary by version": r"py:\w+",
        "Graph views": GRAPH_VIEW,
        "Nemeses": r"\d+ kinds, \d+ in all",
        "Runs over time": "scylla-2025.4/longevity/longevity-10gb-3h-test",
    }.items():
        expect(page.get_by_role("region", name=name, exact=True)).to_contain_text(re.compile(text))
    expect(page.get_by_role("region", name="Graph views").locator("canvas").first).to_be_visible()
    page.locator("summary", has_text=re.compile("^Issues$")).click()
    expect(page.get_by_role("link", name="scylladb/scylladb#21871")).to_be_visible()
    expect(page.get_by_role("table", name="Tests over time")).to_contain_text("dtest-release")
    expect(page.get_by_role("table", name="Results of pytest")).to_contain_text(".py::Test")


@shows("view widgets")
def test_highlights_and_action_items_are_made_done_and_put_away(full_view: str, page: Page) -> None:
    page.goto(full_view)
    panel = page.get_by_role("region", name="Highlights and action items")
    panel.get_by_label("New highlight").fill("**RC 1** is out")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.locator("strong", has_text="RC 1")).to_be_visible()
    panel.get_by_label("to be done").check()
    panel.get_by_label("Group of the action item").fill("SBOM")
    panel.get_by_label("New action item").fill("Publish it")
    panel.get_by_role("button", name="Add", exact=True).click()
    panel.get_by_label("Who does it: Publish it").select_option("Mei Tanaka")
    panel.get_by_label("Done: Publish it").check()
    expect(panel.get_by_role("heading", name="SBOM 1 of 1 done")).to_be_visible()
    panel.get_by_role("button", name="Archive **RC 1** is out").click()
    expect(panel.locator("strong", has_text="RC 1")).to_have_count(0)
    page.reload()
    expect(panel.get_by_role("heading", name="SBOM 1 of 1 done")).to_be_visible()
    panel.get_by_role("button", name="Archived").click()
    expect(panel.locator("strong", has_text="RC 1")).to_be_visible()


@shows("view widgets", "pytest")
def test_results_of_pytest_are_narrowed_by_marker_and_by_field(full_view: str, page: Page) -> None:
    page.goto(full_view)
    table = page.get_by_role("table", name="Results of pytest")
    expect(table.get_by_role("button", name="next_gating").first).to_be_visible()
    table.get_by_role("button", name="raft", exact=True).first.click()
    expect(page.get_by_role("button", name="raft ✕ leave out of the filter")).to_be_visible()
    rows = table.locator("tbody tr:not(.detail)")
    expect(rows.filter(has_not=page.get_by_role("button", name="raft", exact=True))).to_have_count(0)
    expect(rows).not_to_have_count(0)
    page.get_by_role("button", name="raft ✕ leave out of the filter").click()
    page.get_by_label("Field of the case").fill("scylla_mode=debug")
    page.get_by_label("Field of the case").press("Enter")
    expect(rows.filter(has=page.get_by_role("button", name="scylla_mode=debug"))).not_to_have_count(0)
    expect(rows.filter(has=page.get_by_role("button", name="scylla_mode=release"))).to_have_count(0)


@shows("view editor")
def test_a_view_is_made_changed_and_deleted(page: Page) -> None:
    title = unique("View")
    page.goto("/views")
    page.get_by_role("button", name="New view").click()
    form = page.get_by_role("form", name="New view")
    form.get_by_label("Title").fill(title)
    form.get_by_label("Find releases, groups and tests").fill("cpp-driver")
    form.get_by_role("button", name="Find").click()
    form.get_by_role("button", name="Add cpp-driver-matrix-test").click()
    form.get_by_role("button", name="Add widget").click()
    form.get_by_role("button", name="Create view").click()
    expect(page).to_have_url(re.compile(f"/view/{title.lower()}$"))
    page.get_by_label("Filter tests").fill("cpp")
    expect(page.locator("tr.test")).to_contain_text("cpp-driver-matrix-test")
    expect(page.get_by_role("region", name="Statistics")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    form = page.get_by_role("form", name=f"Edit view {title}")
    form.get_by_label("Description").first.fill("What C++ needs")
    form.locator("summary", has_text="2. Statistics bar").click()
    form.get_by_role("button", name="Remove Statistics bar").click()
    with page.expect_navigation():
        form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What C++ needs")).to_be_visible()
    expect(page.get_by_role("region", name="Statistics")).to_have_count(0)
    page.goto("/admin/views")
    page.get_by_role("button", name=f"Delete… {title.lower()}").click()
    dialog = page.get_by_role("dialog", name=f"Delete view {title}")
    dialog.get_by_label(f"Type {title.lower()} to go on").fill(title.lower())
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name=title)).to_have_count(0)
