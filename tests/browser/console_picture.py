"""Takes the picture of the manual: `python -m tests.browser.console_picture [minutes of traffic before it]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.console_site import MARKUP, TIMES, Site, migrating
from tests.browser.site import ROOT

PICTURE = ROOT / "docs/images/migration-console.png"


def take(site: Site, page: Page, to: Path) -> None:
    """The console with a blueprint opened that is being tried, and some history."""
    page.goto("/admin/migration#users")
    users = page.locator("tbody[data-blueprint=users]")
    users.locator("summary", has_text="start_time").click()
    expect(page.get_by_text("2 workers")).to_be_visible()
    page.get_by_role("group", name="Show").get_by_role("button", name="On Flask").click()
    page.wait_for_timeout(2_500)
    page.screenshot(path=to, full_page=True)


def main() -> None:
    """Write the picture, and its variants beside it when a folder is given."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    others = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as folder, migrating(Path(folder)) as site, sync_playwright() as playwright:
        site.differ("users", TIMES, MARKUP)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = site.log_in(browser, reduced_motion="reduce")
        _history(page)
        time.sleep(60 * minutes)
        PICTURE.parent.mkdir(exist_ok=True)
        take(site, page, PICTURE)
        if others is not None:
            take(site, site.log_in(browser, reduced_motion="reduce", color_scheme="dark"), others / "dark.png")
            take(site, site.log_in(browser, reduced_motion="reduce", viewport={"width": 800, "height": 900}), others / "narrow.png")
        browser.close()


def _history(page: Page) -> None:
    """A cut-over and a canary, by clicking."""
    page.goto("/admin/migration#results")
    results = page.locator("tbody[data-blueprint=results]")
    results.get_by_role("button", name="Cut over to FastAPI").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Do it all the same").check()
    dialog.get_by_label("Why").fill("its graphs were compared by hand")
    dialog.get_by_role("button", name="Cut over").click()
    expect(results.locator(".gc-row .gc-owner")).to_have_text("FastAPI")
    page.goto("/admin/migration#teams")
    teams = page.locator("tbody[data-blueprint=teams]")
    teams.get_by_label("Percent of the callers").fill("10")
    teams.get_by_label("Why").fill("shadow is clean")
    teams.get_by_role("button", name="Set canary").click()
    expect(teams.locator(".gc-row .gc-col-canary")).to_have_text("10 %")


if __name__ == "__main__":
    main()
