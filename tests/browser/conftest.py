"""A browser for the tests of this folder; without one they are skipped with the reason."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.answers import answers, boards
from tests.browser.data import RELEASE_ID, SCT, TEST_ID, run_id
from tests.browser.site import ROOT, Site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on this machine (set CHROMIUM to one)")
    if not (ROOT / "public/dist/main.bundle.js").exists():
        pytest.skip("the frontend is not built (make frontend)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def site(context: BrowserContext) -> Site:
    """The little release of data.py, its workspace and the pages of its failed run."""
    site = Site(context)
    site.api.update(answers())
    boards(site)
    site.page("/workspace", "workspace.html.j2", "Dashboard")
    run = {"gTestId": TEST_ID, "gRun": [run_id(7)]}
    for tab in (
        "",
        "/sct-events",
        "/nemesis",
        "/results",
        "/graphs",
        "/resources",
        "/packages",
        "/logs",
        "/screenshots",
        "/junit",
        "/setup",
        "/compare",
        "/discuss",
        "/issues",
        "/activity",
    ):
        site.page(f"/tests/{SCT}/{run_id(7)}{tab}", "run.html.j2", "Test Run", {**run, "gTab": tab.lstrip("/") or "details"})
    return site


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when a script throws or the browser reports an error of ours."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text) if message.type == "error" and "Failed to load resource" not in message.text else None
        ),
    )
    yield page
    assert problems == []


@pytest.fixture
def tree(site: Site) -> str:
    """Address of a workspace with the release and its group opened."""
    from tests.browser.data import GROUP_ID

    return f"http://argus.test/workspace?open={RELEASE_ID}&open={GROUP_ID}"
