"""Plans of a release: who looks after what, for which version."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys.doing import SANDBOX, own_test, unique
from tests.browser.journeys.features import shows

PLANNER = "/release/scylla-2025.4/planner"
GA = "2025.4 GA sign-off"


@shows("plans")
def test_plans_of_a_release_say_whose_they_are(page: Page) -> None:
    page.goto(PLANNER)
    row = page.get_by_role("table", name="Plans").get_by_role("row").filter(has=page.get_by_role("link", name=GA))
    for text in ("2025.4.1", "Piotr Nowak", "Mei Tanaka, Lucas Ferreira, Asha Raman", "Everything that has to be green"):
        expect(row).to_contain_text(text)
    expect(row.locator(".chip")).to_have_text("open")


@shows("plan page")
def test_a_plan_says_who_does_what_on_the_version_that_is_planned(page: Page) -> None:
    page.goto(PLANNER)
    page.get_by_role("link", name=GA).click()
    planned = page.get_by_role("table", name="Planned tests and groups").get_by_role("row")
    expect(planned.filter(has_text="Performance regression")).to_contain_text("Lucas Ferreira")
    expect(planned.filter(has_text="dtest-debug-raft")).to_contain_text("Piotr Nowak")
    expect(page.get_by_label("Version", exact=True)).to_have_value("2025.4.1")
    page.get_by_label("Filter tests").fill("rocky9|cloud")
    expect(page.locator("tr.test")).to_contain_text(re.compile(r"rolling-upgrade-rocky9-test.*#\d+"))
    page.get_by_role("link", name="All plans of this release").click()
    expect(page.get_by_role("link", name=GA)).to_be_visible()


@shows("plan editor")
def test_a_plan_is_made_changed_copied_completed_and_deleted(page: Page) -> None:
    test, name = own_test(page), unique("Plan")
    page.goto(f"/release/{SANDBOX}/planner")
    page.get_by_role("button", name="New plan").click()
    form = page.get_by_role("form", name="New plan")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Filter groups and tests").fill(test.name)
    form.get_by_label(test.name, exact=True).check()
    form.get_by_label(f"Who looks after {test.name}").select_option("Asha Raman")
    form.get_by_role("button", name="Create plan").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
    row.get_by_role("button", name=f"Edit {name}").click()
    form = page.get_by_role("form", name=f"Edit plan {name}")
    form.get_by_label("Version").fill("1.2.3")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("1.2.3")
    row.get_by_role("button", name=f"Complete {name}").click()
    expect(row.locator(".chip")).to_have_text("completed")
    row.get_by_role("button", name=f"Copy… {name}").click()
    dialog = page.get_by_role("dialog", name=f"Copy plan {name}")
    dialog.get_by_label("Name").fill(f"{name}-copy")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{name}-copy open")
    expect(page.get_by_role("table", name="Planned tests and groups")).to_contain_text("Asha Raman")
    delete(page, f"{name}-copy")
    expect(page).to_have_url(re.compile("/planner$"))
    delete(page, name)
    expect(row).to_have_count(0)


def delete(page: Page, name: str) -> None:
    """Delete a plan with its view, on whichever page its buttons are."""
    page.get_by_role("button", name=f"Delete… {name}", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Delete plan {name}")
    dialog.get_by_label(f"Type {name} to go on").fill(name)
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_have_count(0)
