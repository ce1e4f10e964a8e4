"""Every screen in both themes: nothing that axe finds, and nothing that scrolls sideways on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser import artefacts
from tests.browser.answers import WIDGETS, answers, boards, plan, view
from tests.browser.data import GROUP_ID, RELEASE_ID, SCT, TEST_ID, group, release, row, run_id, test
from tests.browser.site import ORIGIN, ROOT, Site

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
PHONE: ViewportSize = {"width": 380, "height": 800}
LOADING = ".skeleton:not([aria-label^='Loading, '] *)"  # the design page shows what loading looks like
RUN = f"/tests/{SCT}/{run_id(7)}"
TABS = [
    "",
    "/sct-events",
    "/nemesis",
    "/results",
    "/graphs",
    "/screenshots",
    "/resources",
    "/packages",
    "/logs",
    "/junit",
    "/setup",
    "/compare",
    "/discuss",
    "/issues",
    "/activity",
    "/artifacts",
]

# path → template, what its script is given, what its template is given
PAGES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "/workspace": ("workspace", {}, {}),
    "/test_runs": ("test_runs", {}, {}),
    f"/test/{TEST_ID}/runs": ("test_standalone", {"gTestId": TEST_ID, "additionalRuns": []}, {}),
    f"/test_run/{run_id(7)}": ("test_run", {"test_run_id": run_id(7), "gTab": "details"}, {}),
    **{RUN + tab: ("run", {"gTestId": TEST_ID, "gRun": [run_id(7)], "gTab": tab.lstrip("/") or "details"}, {}) for tab in TABS},
    "/dashboard/scylla-2026.1": ("release_dashboard", {"releaseData": {"release": release, "groups": [group], "tests": [test]}}, {}),
    "/release/scylla-2026.1/room": ("release_room", {"releaseData": {"release": release}}, {}),
    "/release/scylla-2026.1/planner": ("release_planner", {"releaseData": {"release": release, "plans": [plan]}}, {}),
    "/release/scylla-2026.1/duty": ("release_duty", {"releaseData": {"release": release, "groups": [], "tests": []}}, {}),
    "/plan/1": ("plan", {"ARGUS_PLAN_DATA": plan}, {}),
    "/views": ("views", {"ARGUS_VIEWS": [view]}, {}),
    "/view/weekly": ("view", {"ARGUS_VIEW_DATA": {**view, "widget_settings": WIDGETS}}, {}),
    "/profile/jobs": ("profile_jobs", {}, {}),
    "/profile/schedules": ("profile_schedules", {"globalSchedules": []}, {}),
    "/notifications/": ("notifications", {}, {}),
    "/teams/": ("teams", {}, {}),
    "/design": ("design", {}, {}),
    "/admin/": ("admin", {"gCurrentRoute": "index"}, {}),
    "/admin/users": ("admin", {"gCurrentRoute": "users"}, {}),
    "/admin/releases": ("admin", {"gCurrentRoute": "releases"}, {}),
    "/admin/ssh-tunnel": ("admin", {"gCurrentRoute": "ssh-tunnel"}, {}),
    "/releases": ("releases", {}, {"releases": [release, {**release, "name": "a/b", "description": "x" * 300, "dormant": True}]}),
    "/error/": ("error", {}, {"error_type": "404"}),
    "/alert_debug": ("alert_debug", {"globalFlashes": [["error", "Something"], ["success", "Done"]]}, {}),
    "/profile/": (
        "profile",
        {},
        {"can_change_email": False, "has_token": True, "token_generated": None, "first_run_info": {"password": "x" * 64}},
    ),
    "/auth/admin/impersonate": (
        "impersonate",
        {},
        {"users": [{"id": "1", "username": "service", "full_name": None, "email": None, "picture_id": None}]},
    ),
    "/profile/create": (
        "register",
        {},
        {
            "values": {"email": "a@b.cc", "username": "", "full_name": ""},
            "email_locked": False,
            "feedback": {"email": ["is-valid", ""], "username": ["is-invalid", "Taken."], "full_name": ["", ""]},
        },
    ),
    "/artifacts": ("artifacts", {}, {}),
    "/artifacts/jobs": ("artifact_jobs", {}, {}),
    "/settings/api-keys": ("api_keys", {}, {}),
    "/settings/workspaces": ("workspaces", {}, {}),
    "/auth/login": (
        "login",
        {"LOGIN_METHODS": ["password", "gh"], "CSRF_TOKEN": "t", "GITHUB_CLIENT_ID": "c", "GITHUB_SCOPES": "s", "MANUAL_LOGOUT": True},
        {},
    ),
}
QUERIES = {
    "/dashboard/scylla-2026.1": "?trendAs=map",
    "/artifacts": f"?document={artefacts.DOCUMENT['document_id']}",
    "/workspace": f"?open={RELEASE_ID}&open={GROUP_ID}&state=WyIzMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiXQ",
}


@pytest.fixture(scope="module", params=["light", "dark"])
def visited(request: pytest.FixtureRequest, browser: Browser) -> Any:
    """One page for all screens of a theme."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme=request.param, reduced_motion="reduce")
    site = Site(context)
    site.api.update(answers())
    boards(site)
    for path, (template, script, own) in PAGES.items():
        site.page(path, f"{template}.html.j2", "Title", script, **own)
    site.api["/api/v1/jenkins/params"] = {"parameters": [{"name": "backend", "value": "aws", "description": "", "choices": ["aws"]}]}
    site.api[f"/api/v1/planning/release/{RELEASE_ID}/gridview"] = {"groups": {GROUP_ID: group}, "tests": {TEST_ID: test}, "testByGroup": {}}
    missing = {"status": "failed", "targetRelease": release, "missing": {"tests": [test], "groups": []}}
    site.api[f"/api/v1/planning/plan/{plan['id']}/copy/check"] = missing
    site.plain.update(artefacts.answers())
    site.api["/api/v1/user/jobs"] = [row(7, "failed"), row(6, "passed")]
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_a_phone_scrolls_only_down(visited: Page, path: str) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    visited.set_viewport_size({"width": 1400, "height": 900})
    visited.goto(ORIGIN + path + QUERIES.get(path, ""))
    expect(visited.locator("#argusMain")).not_to_have_text("")
    expect(visited.locator(LOADING)).to_have_count(0)
    visited.evaluate(AXE.read_text(encoding="utf-8"))
    result = visited.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    found = {f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]}
    assert found == set()
    visited.set_viewport_size(PHONE)
    assert visited.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def build(page: Page) -> None:
    page.get_by_role("button", name="Rebuild…").click()
    expect(page.get_by_role("dialog").get_by_label("backend")).to_be_visible()


def ignore(page: Page) -> None:
    page.get_by_role("button", name="Ignore runs…").first.click()


def in_place(page: Page) -> None:
    for number in (7, 6):
        page.get_by_role("button", name=f"Open here #{number}").click()
    expect(page.get_by_role("heading", name="Facts")).to_have_count(2)


def linking(page: Page) -> None:
    page.locator("summary", has_text="Issues").click()
    page.get_by_role("region", name="Summary by version").get_by_role("button", name="Older").click()


def comment(page: Page) -> None:
    page.get_by_label("Comment", exact=True).press_sequentially("@")
    expect(page.get_by_role("listbox", name="People")).to_be_visible()


def event(page: Page) -> None:
    page.locator("summary", has_text="ClusterHealthValidatorEvent").click()
    expect(page.get_by_role("button", name="Which runs?")).to_be_visible()


def values(page: Page) -> None:
    page.get_by_role("button", name="Values of write").click()
    page.get_by_role("button", name="New view").click()


def picture(page: Page) -> None:
    page.get_by_role("link", name="overview.png").click()


def edit_release(page: Page) -> None:
    page.get_by_role("button", name="Edit scylla-2026.1").click()


def delete_release(page: Page) -> None:
    page.get_by_role("button", name="Delete… scylla-2026.1").click()


def edit_user(page: Page) -> None:
    page.get_by_role("button", name="Edit bob").click()


def new_plan(page: Page) -> None:
    page.get_by_role("button", name="New plan").click()
    page.get_by_role("form").get_by_label("Name").fill("x")


def copy_plan(page: Page) -> None:
    page.get_by_role("button", name="Copy…").click()


def new_view(page: Page) -> None:
    page.get_by_role("button", name="New view").click()
    page.locator("summary", has_text="Test dashboard").click()


def edit_team(page: Page) -> None:
    page.get_by_role("button", name="Longevity").click()
    page.get_by_role("button", name="Edit").click()


def new_issue(page: Page) -> None:
    page.get_by_role("button", name="New issue…").click()
    expect(page.get_by_role("region", name="Text of the issue")).to_be_visible()


OPENED: list[tuple[str, Callable[[Page], None]]] = [
    (RUN, build),
    (f"/test/{TEST_ID}/runs", ignore),
    (f"/test/{TEST_ID}/runs", in_place),
    ("/view/weekly", linking),
    (f"{RUN}/discuss", comment),
    (f"{RUN}/issues", new_issue),
    (f"{RUN}/sct-events", event),
    (f"{RUN}/graphs", values),
    (f"{RUN}/screenshots", picture),
    ("/admin/releases", edit_release),
    ("/admin/releases", delete_release),
    ("/admin/users", edit_user),
    ("/release/scylla-2026.1/planner", new_plan),
    ("/release/scylla-2026.1/planner", copy_plan),
    ("/views", new_view),
    ("/teams/", edit_team),
]


@pytest.mark.parametrize(("path", "opening"), OPENED, ids=lambda value: value.__name__ if callable(value) else None)
def test_axe_finds_nothing_in_what_is_opened_and_a_phone_scrolls_only_down(
    visited: Page, path: str, opening: Callable[[Page], None]
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    visited.set_viewport_size({"width": 1400, "height": 900})
    visited.goto(ORIGIN + path)
    opening(visited)
    expect(visited.locator(LOADING)).to_have_count(0)
    visited.evaluate(AXE.read_text(encoding="utf-8"))
    result = visited.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert {f"{v['id']}: {node['html'][:160]}" for v in result["violations"] for node in v["nodes"]} == set()
    visited.set_viewport_size(PHONE)
    assert visited.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_colours_of_choice_reach_the_contrast_too(visited: Page) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in frontend/)")
    visited.goto(f"{ORIGIN}/design")
    visited.get_by_label("Blue and orange").check()
    visited.evaluate(AXE.read_text(encoding="utf-8"))
    result = visited.evaluate("axe.run(document, { resultTypes: ['violations'], runOnly: ['color-contrast'] })")
    assert [node["html"][:160] for found in result["violations"] for node in found["nodes"]] == []
