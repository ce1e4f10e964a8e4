"""Views: made of widgets, and every widget shows what the server knows."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.data import ALICE, TEST_ID, VIEW_ID, WIDGETS, group, release, run_id, test, view
from tests.browser.site import ORIGIN, Site, query_of

BASE = "/api/v1/views/widgets"


@pytest.fixture
def dashboard(page: Page, site: Site) -> Page:
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": WIDGETS}})
    page.goto(f"{ORIGIN}/view/weekly")
    return page


def test_every_widget_shows_its_data(dashboard: Page) -> None:
    for name, text in {
        "Tests": "longevity-1tb-5days",
        "Highlights and action items": "Ask the drivers",
        "Summary by version": "test_custom_time",
        "Graph views": "Writes",
        "Nemeses": "50 %",
        "Runs over time": "4.0",
    }.items():
        expect(dashboard.get_by_role("region", name=name, exact=True)).to_contain_text(text)
    expect(dashboard.get_by_role("region", name="Statistics").get_by_role("img", name="Failed 1, Not run 1")).to_be_visible()
    expect(dashboard.get_by_role("table", name="Results of pytest")).to_contain_text("test_a")
    expect(dashboard.get_by_text("A widget of this type is not known here.")).to_be_visible()


def test_the_summary_shows_the_key_results_of_a_run(dashboard: Page, site: Site) -> None:
    summary = dashboard.get_by_role("region", name="Summary by version")
    summary.locator("summary").click()
    expect(summary.get_by_role("region", name="Values of write - latencies")).to_contain_text("27.50")
    assert site.posted(f"{BASE}/summary/runs_results")[0][TEST_ID]["test_custom_time"]["run_id"] == run_id(7)


def test_an_action_item_is_made_assigned_and_done(dashboard: Page, site: Site) -> None:
    for path in ("create", "set_completed", "set_assignee", "archive"):
        site.api[f"{BASE}/highlights/{path}"] = {}
    panel = dashboard.get_by_role("region", name="Highlights and action items")
    panel.get_by_label("Done: Ask the drivers").check()
    panel.get_by_label("Who does it: Ask the drivers").select_option("Bob")
    panel.get_by_label("to be done").check()
    panel.get_by_label("Group of the action item").fill("SBOM")
    panel.get_by_label("New action item").fill("Publish it")
    panel.get_by_role("button", name="Add", exact=True).click()
    expect(panel.get_by_label("New action item")).to_have_value("")
    place = {"view_id": VIEW_ID, "index": 0}
    assert site.posted(f"{BASE}/highlights/create") == [{**place, "content": "Publish it", "is_task": True, "group": "SBOM"}]
    assert site.posted(f"{BASE}/highlights/set_completed")[0]["completed"] is True
    assert site.posted(f"{BASE}/highlights/set_assignee")[0]["assignee_id"] == ALICE[:-1] + "b"


def test_a_view_is_made_of_what_is_found_and_of_widgets_in_their_order(page: Page, site: Site) -> None:
    site.page("/views", "views.html.j2", "Views", {"ARGUS_VIEWS": [view]})
    site.page("/view/my-weekly", "view.html.j2", "W", {"ARGUS_VIEW_DATA": {**view, "name": "my-weekly", "widget_settings": []}})
    site.api["/api/v1/views/create"] = view
    site.api["/api/v1/planning/search"] = {"hits": [{**test, "type": "test", "group": group, "release": release}], "total": 1}
    page.goto(f"{ORIGIN}/views")
    page.get_by_role("button", name="New view").click()
    form = page.get_by_role("form", name="New view")
    form.get_by_label("Title").fill("My Weekly!")
    expect(form.get_by_text("/view/my-weekly")).to_be_visible()
    form.get_by_label("Find releases, groups and tests").fill("longevity")
    form.get_by_role("button", name="Find").click()
    form.get_by_role("button", name="Add longevity-1tb-5days").click()
    form.get_by_label("Widget to add").select_option("Pytest")
    form.get_by_role("button", name="Add widget").click()
    form.locator("summary", has_text="2. Pytest").click()
    form.get_by_label("Folded at first").check()
    form.get_by_role("button", name="Up Pytest").click()
    form.get_by_role("button", name="Create view").click()
    expect(page).to_have_url(f"{ORIGIN}/view/my-weekly")
    sent = site.posted("/api/v1/views/create")[0]
    assert (sent["name"], sent["displayName"], sent["items"]) == ("my-weekly", "My Weekly!", [f"test:{TEST_ID}"])
    widgets = json.loads(sent["settings"])
    assert [(one["position"], one["type"]) for one in widgets] == [(1, "pytestOverview"), (2, "testDashboard")]
    assert widgets[0]["settings"]["collapsed"] is True


def test_an_edit_keeps_widgets_that_are_not_known_here(dashboard: Page, site: Site) -> None:
    site.api["/api/v1/views/update"] = True
    dashboard.get_by_role("button", name="Edit", exact=True).click()
    form = dashboard.get_by_role("form", name="Edit view Weekly <b>")
    form.get_by_label("Description").first.fill("Changed")
    with dashboard.expect_navigation():
        form.get_by_role("button", name="Save").click()
    sent = site.posted("/api/v1/views/update")[0]
    assert sent["viewId"] == VIEW_ID
    assert sent["updateData"]["description"] == "Changed"
    assert [one["type"] for one in json.loads(sent["updateData"]["widget_settings"])] == [one["type"] for one in WIDGETS]


def test_a_widget_with_a_filter_asks_for_its_own_statistics(page: Page, site: Site) -> None:
    widgets = [
        {"position": 3, "type": "testDashboard", "settings": {"targetVersion": True, "productVersion": "2026.1"}, "filter": [TEST_ID]}
    ]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": widgets}})
    page.goto(f"{ORIGIN}/view/weekly?productVersion=other")
    expect(page.get_by_role("link", name="longevity-1tb-5days")).to_be_visible()
    asked = query_of(next(request for request in site.requests if "/views/stats" in request.url))
    assert (asked["widgetId"], asked["productVersion"]) == (["3"], ["2026.1"])
    expect(page.get_by_label("Version", exact=True)).to_have_count(0)
