"""Failures seen before say so by themselves, two runs are compared, and tests are told over time."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.answers import VIEW_ID, view
from tests.browser.data import RELEASE_ID, SCT, TEST_ID, failed_run, group, passed_run, release, run_id, seen, test
from tests.browser.site import ORIGIN, Site, query_of

RUN = f"/tests/{SCT}/{run_id(7)}"
EVENT = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/issues/event/50000000-0000-4000-8000-000000000005/submit"


def test_the_overview_says_by_itself_that_a_failure_was_seen_before_and_attaches_its_issue(page: Page, site: Site) -> None:
    site.api[EVENT] = {"id": "i9"}
    page.goto(ORIGIN + RUN)
    note = page.get_by_role("note", name="Seen before")
    expect(note).to_contain_text("in 4 other runs, since 2025.4.0~rc2")
    note.get_by_role("button", name="Attach here").click()
    expect(note).to_contain_text("linked here")
    assert site.posted(EVENT) == [{"issue_url": "https://github.com/acme/db/issues/21390"}]


def test_an_opened_event_says_so_as_well(page: Page, site: Site) -> None:
    page.goto(f"{ORIGIN}{RUN}/sct-events")
    assert not any("seen_before" in request.url for request in site.requests)
    page.locator("summary", has_text="ClusterHealthValidatorEvent").first.click()
    expect(page.get_by_role("note", name="Seen before")).to_contain_text("4 other runs")


def test_a_failed_case_says_so_as_well(page: Page, site: Site) -> None:
    generic = {**failed_run, "packages": None, "nemesis_data": None}
    site.page(f"/tests/generic/{run_id(7)}/pytest", "run.html.j2", "R", {"gTestId": TEST_ID, "gRun": [run_id(7)], "gTab": "pytest"})
    site.api[f"/api/v1/run/generic/{run_id(7)}"] = generic
    case = {
        "name": "test_decommission",
        "id": "2026-01-01T00:00:00Z",
        "status": "failure",
        "duration": 1.0,
        "message": "boom",
        "markers": [],
    }
    site.api[f"/api/v1/run/{run_id(7)}/pytest/results"] = [case, {**case, "name": "test_ok", "status": "passed", "message": ""}]
    site.api[f"/api/v1/run/{run_id(7)}/cases/seen_before"] = [{"name": "test_decommission", **seen}]
    submit = f"/api/v1/test/{TEST_ID}/run/{run_id(7)}/issues/submit"
    site.api[submit] = {"id": "i9"}
    page.goto(f"{ORIGIN}/tests/generic/{run_id(7)}/pytest")
    note = page.get_by_role("note", name="Seen before")
    expect(note).to_have_count(1)
    note.get_by_role("button", name="Attach here").click()
    expect(note).to_contain_text("linked here")
    assert site.posted(f"/api/v1/run/{run_id(7)}/cases/seen_before") == [{"names": ["test_decommission"]}]
    assert len(site.posted(submit)) == 1


def test_two_runs_are_compared_and_only_what_differs_is_shown(page: Page, site: Site) -> None:
    page.goto(f"{ORIGIN}{RUN}/compare")
    packages = page.get_by_role("table", name="Packages")
    expect(packages).to_contain_text("scylla-server")
    expect(packages).not_to_contain_text("kernel")
    config = page.get_by_role("table", name="Configuration")
    expect(config.get_by_role("row", name="sct_config: n_db_nodes 3 6")).to_be_visible()
    expect(page.get_by_role("table", name="Events")).to_contain_text("ClusterHealthValidatorEvent")
    expect(page.get_by_role("table", name="What they ran on")).to_contain_text("passed")
    site.api[f"/api/v1/run/{SCT}/{run_id(4)}"] = {**passed_run, "id": run_id(4), "build_number": 4}
    page.get_by_label("The other run").select_option(run_id(4))
    assert page.url.endswith(f"?with={run_id(4)}")
    expect(page.get_by_role("columnheader", name="#4").first).to_be_visible()


@pytest.fixture
def dashboard(page: Page, site: Site) -> Page:
    site.page(
        "/dashboard/scylla-2026.1",
        "release_dashboard.html.j2",
        "D",
        {"releaseData": {"release": release, "groups": [group], "tests": [test]}},
    )
    site.api[f"/api/v1/release/{RELEASE_ID}/images"] = []
    return page


def test_flaky_tests_come_first_and_a_map_shows_versions(dashboard: Page, site: Site) -> None:
    dashboard.goto(f"{ORIGIN}/dashboard/scylla-2026.1")
    assert not any("/trends" in request.url for request in site.requests)
    dashboard.locator("summary", has_text="Over time").click()
    rows = dashboard.get_by_role("table", name="Tests over time").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("longevity-1tb-5days")
    expect(rows.nth(1)).to_contain_text("50 %")
    expect(rows.nth(1)).to_contain_text("+25 %")
    dashboard.get_by_label("Time span").select_option("7 days")
    dashboard.get_by_role("button", name="Tests × versions").click()
    expect(dashboard.get_by_role("link", name="longevity-1tb-5days on 2026.1.0~rc0: both passed and failed")).to_be_visible()
    assert "since=7d" in dashboard.url
    assert "trendAs=map" in dashboard.url
    asked: list[dict[str, Any]] = [query_of(request) for request in site.requests if "/api/v1/trends" in request.url]
    assert (asked[0]["since"], asked[-1]["since"], asked[0]["release"]) == (["90d"], ["7d"], ["scylla-2026.1"])
    assert "release=scylla-2026.1" in (dashboard.get_by_role("link", name="CSV").get_attribute("href") or "")
    dashboard.reload()
    expect(dashboard.get_by_role("table", name="Tests and versions")).to_be_visible()


def test_a_view_has_a_widget_of_it(page: Page, site: Site) -> None:
    widget = {"position": 1, "type": "trends", "settings": {}, "filter": []}
    site.page("/view/weekly", "view.html.j2", "V", {"ARGUS_VIEW_DATA": {**view, "widget_settings": [widget]}})
    page.goto(f"{ORIGIN}/view/weekly")
    expect(page.get_by_role("table", name="Tests over time")).to_contain_text("longevity-never-run")
    assert any(query_of(request).get("view") == [VIEW_ID] for request in site.requests if "/api/v1/trends" in request.url)
