"""The migration console: what is moved there is moved at once, and moved back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.doing import id_of, unique
from tests.browser.journeys.features import shows

NAMES = {"fastapi": "FastAPI", "flask": "Flask"}


@shows("console")
def test_a_blueprint_changes_its_lane_and_goes_back(page: Page, look: Look) -> None:
    page.goto("/admin/migration")
    body = page.locator("tbody[data-blueprint=teams]")
    body.get_by_role("button", name="teams", exact=True).click()
    expect(body.get_by_role("region", name="Routes")).to_contain_text("/api/v1/team/create")
    why, other = unique("a journey"), "flask" if look.lane == "fastapi" else "fastapi"
    body.get_by_role("button", name="Roll back to Flask" if other == "flask" else "Cut over to FastAPI").click()
    dialog = page.get_by_role("dialog")
    if other == "fastapi":  # of this server the parity suite has no record
        dialog.get_by_label("Do it all the same").check()
    dialog.get_by_label("Why").fill(why)
    dialog.get_by_role("button", name="Roll back" if other == "flask" else "Cut over").click()
    owner = body.locator(".gc-row .gc-owner")
    expect(owner).to_have_text(NAMES[other])
    expect(page.get_by_role("region", name="Journal", exact=True).get_by_role("row").nth(1)).to_contain_text(why)
    teams = f"/api/v1/team/user/{id_of(page, 'dana')}/teams"
    assert page.request.get(teams).headers["x-argus-lane"] == other
    body.get_by_role("button", name="Back to what the registry says").click()
    expect(owner).to_have_text(NAMES[look.lane])
    assert page.request.get(teams).headers["x-argus-lane"] == look.lane
