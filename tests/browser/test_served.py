"""The frontend on a real server with its embedded database: from the login form to the page of a submitted run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.real import add_person, configured, logged_in, registry_on, served, submitted_run, watched_page

WIDE, PHONE = {"width": 1400, "height": 900}, {"width": 380, "height": 800}


@dataclass(frozen=True)
class Seen:
    """Which lane answers what both can, and how somebody looks at it."""

    lane: str
    looks: dict[str, Any]


SEEN = {
    "fastapi": Seen("fastapi", {"color_scheme": "light", "viewport": WIDE}),
    "flask": Seen("flask", {"color_scheme": "dark", "viewport": WIDE}),
    "fastapi-phone": Seen("fastapi", {"color_scheme": "dark", "viewport": PHONE}),
    "flask-phone": Seen("flask", {"color_scheme": "light", "viewport": PHONE}),
}


@pytest.fixture(scope="module", params=SEEN)
def seen(request: pytest.FixtureRequest) -> Seen:
    return SEEN[request.param]


@pytest.fixture(scope="module")
def folder(seen: Seen, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server has its data."""
    return tmp_path_factory.mktemp(f"served-{seen.lane}")


@pytest.fixture(scope="module")
def server(seen: Seen, folder: Path) -> Iterator[str]:
    """A server with one administrator, alice."""
    settings = configured(folder, REGISTRY=str(registry_on(folder, seen.lane)))
    add_person(settings, "alice", "--role", "admin")
    with served(settings) as origin:
        yield origin


@pytest.fixture(scope="module")
def alice(seen: Seen, server: str, browser: Browser) -> Iterator[BrowserContext]:
    """Alice's browser, logged in by the form of the login page."""
    context = logged_in(browser, server, "alice", **seen.looks)
    yield context
    context.close()


@pytest.fixture(scope="module")
def run_id(alice: BrowserContext) -> str:
    """A run that a pipeline submitted to a test of the release `browser`."""
    return submitted_run(alice)


@pytest.fixture
def page(alice: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when one of our scripts fails or a file of ours is missing."""
    with watched_page(alice) as page:
        yield page


PAGES = ["/workspace", "/test_runs", "/releases", "/dashboard/browser", "/views", "/profile/", "/profile/jobs", "/profile/schedules"]
PAGES += ["/notifications/", "/teams/", "/admin/", "/admin/users", "/admin/releases", "/admin/views", "/admin/ssh-tunnel"]
PAGES += ["/release/browser/planner", "/release/browser/scheduler", "/release/browser/duty", "/alert_debug?type=info", "/error/?type=404"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_content(page: Page, run_id: str, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.locator("#argusMain")).not_to_have_text("")
    expect(page.locator(".skeleton, [role=alert]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_from_the_release_to_the_run_and_back_to_its_triage(page: Page, run_id: str) -> None:
    page.goto("/workspace")
    page.get_by_role("button", name='Release "quoted" <b>').click()
    page.get_by_role("button", name="Group").click()
    page.get_by_role("button", name="Test <i>").click()
    page.get_by_role("region", name="Test <i>").get_by_role("link", name="#7", exact=True).click()
    expect(page).to_have_title("… Test <i> #7 · Overview")
    page.get_by_label("Status", exact=True).select_option("failed")
    expect(page).to_have_title("✗ Test <i> #7 · Overview")
    page.get_by_role("link", name="Discussion").click()
    page.get_by_role("textbox", name="Comment").fill("It was **<the>** disk")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".markdown strong")).to_have_text("<the>")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("Status was changed from created to failed by alice")).to_be_visible()


@pytest.mark.parametrize("path", ["/test_run/{run}", "/tests/scylla-cluster-tests/{run}/packages", "/test/browser/g/t/7/logs"])
def test_every_address_of_a_run_leads_to_it(page: Page, run_id: str, path: str) -> None:
    page.goto(path.format(run=run_id))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test <i> #7")
