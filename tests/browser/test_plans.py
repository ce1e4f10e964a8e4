"""Plans: made, changed, copied, completed and deleted on their pages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.answers import PLAN_ID, plan
from tests.browser.data import ALICE, GROUP_ID, QUIET_TEST_ID, RELEASE_ID, TEST_ID, group, quiet_test, release, test
from tests.browser.site import ORIGIN, Site, query_of

BOB = ALICE[:-1] + "b"
PLANNER = "/release/scylla-2026.1/planner"


@pytest.fixture
def planner(page: Page, site: Site) -> Page:
    site.page(PLANNER, "release_planner.html.j2", "Planner", {"releaseData": {"release": release, "plans": [plan]}})
    grid = {"groups": {GROUP_ID: group}, "tests": {TEST_ID: test, QUIET_TEST_ID: quiet_test}, "testByGroup": {}}
    site.api[f"/api/v1/planning/release/{RELEASE_ID}/gridview"] = grid
    site.api["/api/v1/planning/plan/update"] = True
    page.goto(ORIGIN + PLANNER)
    return page


def test_a_plan_is_made_of_groups_and_tests_and_of_people(planner: Page, site: Site) -> None:
    site.api["/api/v1/planning/plan/create"] = plan
    planner.get_by_role("button", name="New plan").click()
    form = planner.get_by_role("form", name="New plan")
    expect(form.get_by_role("button", name="Create plan")).to_be_disabled()
    form.get_by_label("Name").fill("RC 2")
    form.get_by_label("Version").fill("2026.1.0~rc2")
    form.get_by_label("Filter groups and tests").fill("never")
    form.get_by_label("longevity-never-run").check()
    form.get_by_label("Who looks after longevity-never-run").select_option("Bob")
    form.get_by_role("button", name="Create plan").click()
    expect(form).to_have_count(0)
    assert site.posted("/api/v1/planning/plan/create") == [
        {
            "name": "RC 2",
            "description": "",
            "owner": ALICE,
            "participants": [],
            "target_version": "2026.1.0~rc2",
            "release_id": RELEASE_ID,
            "tests": [QUIET_TEST_ID],
            "groups": [],
            "assignments": {QUIET_TEST_ID: BOB},
        }
    ]


def test_an_edit_sends_what_is_different(planner: Page, site: Site) -> None:
    planner.get_by_role("button", name="Edit Release candidate 1").click()
    form = planner.get_by_role("form", name="Edit plan Release candidate 1")
    form.get_by_label("whole group").check()
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    assert site.posted("/api/v1/planning/plan/update") == [{"id": PLAN_ID, "groups_add": [GROUP_ID]}]


def test_a_plan_is_completed_and_deleted_with_its_view(planner: Page, site: Site) -> None:
    site.api[f"/api/v1/planning/plan/{PLAN_ID}/delete"] = True
    planner.get_by_role("button", name="Complete Release candidate 1").click()
    expect(planner.get_by_text("The plan is completed.")).to_be_visible()
    assert site.posted("/api/v1/planning/plan/update") == [{"id": PLAN_ID, "completed": True}]
    planner.get_by_role("button", name="Delete… Release candidate 1").click()
    dialog = planner.get_by_role("dialog", name="Delete plan Release candidate 1")
    dialog.get_by_label("Type Release candidate 1 to go on").fill("Release candidate 1")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
    deleted = next(request for request in site.requests if request.method == "DELETE")
    assert query_of(deleted) == {"deleteView": ["1"]}


def test_a_copy_tells_what_the_other_release_does_not_have(planner: Page, site: Site) -> None:
    missing = {"status": "failed", "targetRelease": release, "missing": {"tests": [test], "groups": []}}
    site.api[f"/api/v1/planning/plan/{PLAN_ID}/copy/check"] = missing
    site.api["/api/v1/planning/plan/copy"] = {**plan, "id": "copied"}
    site.page("/plan/copied", "plan.html.j2", "Plan", {"ARGUS_PLAN_DATA": {**plan, "id": "copied", "view_id": None}})
    site.api["/api/v1/planning/plan/copied/resolve_entities"] = []
    planner.get_by_role("button", name="Copy… Release candidate 1").click()
    dialog = planner.get_by_role("dialog", name="Copy plan Release candidate 1")
    expect(dialog.get_by_role("alert")).to_contain_text("longevity-1tb-5days")
    dialog.get_by_label("Name").fill("Copied")
    dialog.get_by_label("with participants").uncheck()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(planner).to_have_url(f"{ORIGIN}/plan/copied")
    sent = site.posted("/api/v1/planning/plan/copy")[0]
    assert (sent["plan"]["name"], sent["plan"]["id"]) == ("Copied", PLAN_ID)
    assert (sent["keepParticipants"], sent["targetReleaseId"]) == (False, RELEASE_ID)
