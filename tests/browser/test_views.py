"""Views: made of widgets, and every widget shows what the server knows."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.answers import VIEW_ID, WIDGETS, view
from tests.browser.data import ALICE, TEST_ID, group, release, run_id, test
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
        "Nemeses": "67 %",
        "Runs over time": "4.0",
    }.items():
        expect(dashboard.get_by_role("region", name=name, exact=True)).to_contain_text(text)
    expect(dashboard.get_by_role("region", name="Statistics").get_by_role("img", name="Failed 1, Not run 1")).to_be_visible()
    expect(dashboard.get_by_role("table", name="Results of pytest")).to_contain_text("test_a")
    expect(dashboard.get_by_text("A widget of this type is not known here.")).to_be_visible()


def test_the_summary_shows_the_key_results_of_a_run(dashboard: Page, site: Site) -> None:
    summary = dashboard.get_by_role("region", name="Summary by version")
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


def test_the_summary_goes_from_version_to_version_and_names_the_issues_of_what_failed(page: Page, site: Site) -> None:
    issue = {
        "id": "i1",
        "subtype": "jira",
        "key": "PROJ-7",
        "summary": "It hangs",
        "state": "open",
        "permalink": "https://jira.example.com/7",
    }
    site.api["/api/v1/issues/get"] = lambda asked: [issue] if query_of(asked)["id"] == [run_id(7)] else []
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": WIDGETS}})
    page.goto(f"{ORIGIN}/view/weekly")
    summary = page.get_by_role("region", name="Summary by version")
    expect(summary.get_by_role("link", name="PROJ-7")).to_be_visible()
    expect(summary.get_by_role("button", name="Newer")).to_be_disabled()
    summary.get_by_role("button", name="Older").click()
    expect(summary.get_by_label("Version of the summary")).to_have_value("2025.4.0-20260901-1")
    expect(summary.get_by_role("link", name="Open the run")).to_be_hidden()  # it passed: nobody has to look


def test_nemeses_are_told_by_release_with_all_their_failures(dashboard: Page) -> None:
    nemeses = dashboard.get_by_role("region", name="Nemeses", exact=True)
    expect(nemeses).to_contain_text("1 kinds, 3 in all, 0.5 hours, 33 % succeeded")
    nemeses.get_by_text("All 2 failures of DecommissionMonkey").click()
    expect(nemeses.get_by_role("listitem").nth(1)).to_contain_text("2025.4.1")
    nemeses.get_by_label("Release of the nemeses").select_option("2025.4")
    expect(nemeses).to_contain_text("1 in all")


def test_runs_over_time_say_who_looks_at_them_and_which_issues_they_have(dashboard: Page, site: Site) -> None:
    row = dashboard.get_by_role("region", name="Runs over time").get_by_role("table", name="Runs", exact=True).get_by_role("row").nth(1)
    expect(row).to_contain_text("In progress")
    expect(row).to_contain_text("Alice Example")
    expect(row.get_by_role("link", name="#21390")).to_be_visible()
    assert site.posted(f"{BASE}/runs_details") == [{"run_ids": [run_id(7), run_id(6)]}]


def test_results_of_pytest_are_narrowed_by_name_marker_field_and_time(page: Page, site: Site) -> None:
    path = f"{BASE}/pytest/view/{VIEW_ID}/results"
    found = site.api[path]
    bars = {"labels": ["2026-01-01", "2026-01-02"], "datasets": [{"label": "failure", "data": [1, 3]}, {"label": "passed", "data": [0, 2]}]}
    site.api[path] = {**found, "total": 300, "barChart": bars, "hits": [{**found["hits"][0], "user_fields": {"arch": "arm"}}]}
    settings = [{"position": 1, "type": "pytestOverview", "settings": {}, "filter": []}]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": settings}})
    page.goto(f"{ORIGIN}/view/weekly")
    expect(page.get_by_role("img", name="Results by day, 2026-01-01 to 2026-01-02")).to_be_visible()
    page.get_by_role("button", name="slow", exact=True).click()
    page.get_by_role("button", name="arch=arm").click()
    page.get_by_label("Name of the case").fill("test_a")
    page.get_by_label("Name of the case").press("Enter")
    page.get_by_label("Last day of the results").fill("2026-01-31")
    page.get_by_role("button", name="200 older results").click()
    expect(page.locator(".busy")).to_have_count(0)
    asked = [query_of(request) for request in site.requests if request.url.split("?")[0].endswith(path)][-1]
    told = {name: asked.get(name) for name in ("markers[]", "filters[]", "test", "before", "after", "limit")}
    assert told == {
        "markers[]": ["slow"], "filters[]": ["arch=arm"], "test": ["test_a"],
        "before": ["1769903999"], "after": ["1767311999"], "limit": ["400"],
    }  # fmt: skip


def test_items_that_are_done_are_folded(page: Page, site: Site) -> None:
    items = site.api[f"{BASE}/highlights"]
    site.api[f"{BASE}/highlights"] = {**items, "action_items": [{**item, "completed": True} for item in items["action_items"]]}
    settings = [{"position": 1, "type": "highlights", "settings": {}, "filter": []}]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": settings}})
    page.goto(f"{ORIGIN}/view/weekly")
    expect(page.get_by_role("heading", name="Drivers 1 of 1 done")).to_be_visible()
    expect(page.locator(".markdown", has_text="Ask the drivers")).to_be_hidden()


def test_a_statistics_bar_stands_on_one_line_or_over_its_numbers(page: Page, site: Site) -> None:
    bars = [{"position": at, "type": "releaseStats", "settings": {"horizontal": at == 1, "displayExtendedStats": True}} for at in (1, 2)]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": bars}})
    page.goto(f"{ORIGIN}/view/weekly")
    heights = []
    for number in (0, 1):
        panel = page.get_by_role("region", name="Statistics").nth(number)
        bar, numbers = panel.get_by_role("img").bounding_box(), panel.locator(".chip", has_text="Not run 1").bounding_box()
        assert bar
        assert numbers
        heights.append(numbers["y"] > bar["y"] + bar["height"])
    expect(page.get_by_role("region", name="Statistics").first.locator("rect title").first).to_have_text("Failed 1 of 2")
    assert heights == [False, True]


def test_issues_are_linked_where_a_view_lets_people_do_it(page: Page, site: Site) -> None:
    submit = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/issues/submit"
    site.api[submit] = {}
    shut, open_ = (
        {"position": 1, "type": "githubIssues", "settings": {"submitDisabled": off, "aggregateByIssue": off}} for off in (True, False)
    )
    for widget, forms in ((shut, 0), (open_, 1)):
        site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": [widget]}})
        page.goto(f"{ORIGIN}/view/weekly")
        page.locator("summary", has_text="Issues").click()
        expect(page.get_by_text("No issue is linked to a run here.")).to_be_visible()
        expect(page.get_by_role("form", name="Link an issue")).to_have_count(forms)
    assert [query_of(request)["aggregateByIssue"] for request in site.requests if "/issues/get" in request.url] == [["1"], ["0"]]
    page.get_by_label("Newest run of").select_option("Longevity / longevity-1tb-5days #7")
    page.get_by_label("Issue", exact=True).fill("https://github.com/acme/db/issues/7")
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_label("Issue", exact=True)).to_have_value("")
    assert site.posted(submit) == [{"issue_url": "https://github.com/acme/db/issues/7"}]


def test_the_editor_asks_for_no_setting_that_means_nothing(page: Page, site: Site) -> None:
    settings = [{"position": 1, "type": "summary", "settings": {"packageName": "kernel"}, "filter": []}]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": settings}})
    page.goto(f"{ORIGIN}/view/weekly")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_text("1. Summary by version").click()
    expect(page.get_by_role("button", name="Remove Summary by version")).to_be_visible()
    expect(page.get_by_label("Package")).to_have_count(0)


ELSEWHERE = f"{TEST_ID[:-1]}9"


@pytest.mark.parametrize("wanted", [TEST_ID, ELSEWHERE])
def test_a_widget_with_a_filter_shows_the_tests_that_it_names(page: Page, site: Site, wanted: str) -> None:
    other = {**test, "id": ELSEWHERE, "name": "other", "group_id": "g9", "release_id": "r9", "build_system_id": "other/job"}
    site.api[f"/api/v1/views/{VIEW_ID}/resolve/tests"] = [test, other]
    kinds = ("summary", "graphs", "nemesisStats", "graphedStats", "trends")
    settings = [{"position": n, "type": kind, "settings": {}, "filter": [wanted]} for n, kind in enumerate(kinds, 1)]
    site.page("/view/weekly", "view.html.j2", "Weekly", {"ARGUS_VIEW_DATA": {**view, "widget_settings": settings}})
    page.goto(f"{ORIGIN}/view/weekly")
    told = {
        "Summary by version": ("test_custom_time", "No run of this view names its packages"),
        "Graph views": ("Writes", "No test of this view has a graph view"),
        "Runs over time": ("4.0", "No run in the tests of this view."),
        "Over time": ("longevity-1tb-5days", "No test is here."),
    }
    for name, (something, nothing) in told.items():
        region = page.get_by_role("region", name=name, exact=True)
        expect(region).to_contain_text(something if wanted == TEST_ID else nothing)
        expect(region).not_to_contain_text(nothing if wanted == TEST_ID else something)
    assert len([request for request in site.requests if "/resolve/tests" in request.url]) == 1, "asked for once for all widgets"
