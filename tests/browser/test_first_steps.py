"""A newcomer's path on a real server: nothing is there, the copied text is run, the page shows the run; or demo data come by a button."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.browser.real import PASSWORD
from tests.browser.served import logged_in, place

pytestmark = pytest.mark.timeout(1200)

MINUTE = 60.0
LOADED_WITHIN = 600_000  # milliseconds, on a machine that is busy otherwise


def test_from_a_fresh_start_to_the_first_run_in_a_minute(browser: Browser, tmp_path: Path) -> None:
    home = place(tmp_path)
    began = time.monotonic()
    with home.serving():
        context = browser.new_context(base_url=home.origin)
        page = context.new_page()
        page.goto("/")
        expect(page.locator("[role=alert], .toast")).to_have_count(0)  # nobody has done anything wrong yet
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Make a place for my first run").click()
        page.get_by_role("button", name="Show my API token").click()
        snippet = page.get_by_role("region", name="Copy this and run it")
        expect(snippet).not_to_contain_text("token …")
        page.evaluate("window.still = true")
        done = subprocess.run(["sh", "-c", snippet.inner_text()], capture_output=True, text=True, check=True, timeout=MINUTE)
        assert done.stdout.count('"status":"ok"') == 2, done.stdout + done.stderr
        expect(page.get_by_text("The first run is here.")).to_be_visible(timeout=MINUTE * 1000)
        assert page.evaluate("window.still"), "without a reload"
        took = time.monotonic() - began
        page.get_by_role("link", name="Open run #1").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("hello #1")
        context.close()
    assert took < MINUTE


@pytest.fixture(scope="module")
def filled(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A server whose demo data were loaded by the button."""
    home = place(tmp_path_factory.mktemp("demo"))
    with home.serving():
        context = logged_in(browser, home.origin)
        page = context.new_page()
        page.goto("/workspace")
        page.get_by_role("button", name="Load demo data").click()
        expect(page.get_by_role("progressbar", name="Demo data")).to_be_visible()
        expect(page.get_by_role("button", name="Make a place for my first run")).to_have_count(0)
        expect(page.get_by_text("The demo data are here.")).to_be_visible(timeout=LOADED_WITHIN)
        page.close()
        yield context
        context.close()


def test_demo_data_come_by_a_button_and_its_people_can_log_in(filled: BrowserContext, browser: Browser) -> None:
    page = filled.new_page()
    page.goto("/workspace")
    expect(page.get_by_role("button", name="Scylla 2025.4")).to_be_visible()
    expect(page.get_by_text("Nothing is here yet")).to_have_count(0)
    page.close()


STARTS = ("/workspace", "/releases", "/views", "/profile/jobs", "/notifications/", "/teams/", "/admin/releases", "/artifacts")
NO_PAGES = ("/auth/", "/storage/", "/s/", "/api/", "/admin/migration", "/profile/oauth", "/design")  # the last shows errors on purpose
MOST = 400
PER_KIND = 3  # pages of one kind, by what stands in their place: runs, tests, releases


ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b\d+\b")


def _kind(path: str) -> str:
    return ID.sub("*", path)


def test_every_internal_link_leads_to_content(filled: BrowserContext) -> None:
    """From the pages of the menu on: whatever is linked is a page that says something, without an error, in the shell of ours."""
    page = filled.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))

    def hear(answer: Response) -> None:
        if _is_refused(page, answer):
            problems.append(f"{page.url}: {answer.status} {answer.url}")

    page.on("response", hear)
    kinds: dict[str, int] = {}
    waiting, seen = list(STARTS), set(STARTS)
    while waiting:
        path = waiting.pop(0)
        answer = page.goto(path)
        assert answer is not None
        if answer.status >= 400:
            problems.append(f"{answer.status} {path}")
            continue
        _settle(page, path, problems)
        for link in _links(page):
            found = urldefrag(urljoin(path, link)).url
            kind = _kind(found.partition("?")[0])
            if found in seen or found.startswith(NO_PAGES) or kinds.get(kind, 0) >= PER_KIND:
                continue
            seen.add(found)
            kinds[kind] = kinds.get(kind, 0) + 1
            waiting.append(found)
        assert len(seen) < MOST, "the demo has fewer pages"
    page.close()
    assert not problems, "\n".join(problems)
    assert len(seen) > 60


def _settle(page: Page, path: str, problems: list[str]) -> None:
    main = page.locator("#argusMain")
    try:
        expect(page.locator(".skeleton")).to_have_count(0, timeout=30_000)
        expect(main).not_to_have_text("", timeout=10_000)
        expect(main.get_by_role("alert")).to_have_count(0)
    except AssertionError as error:
        problems.append(f"{path}: {str(error).splitlines()[0]}: {main.get_by_role('alert').all_inner_texts()}")


def _is_refused(page: Page, answer: Response) -> bool:
    """Of our own server: screenshots and logs of the demo lie where nothing is."""
    return answer.status >= 400 and urlsplit(answer.url).netloc == urlsplit(page.url).netloc


def _links(page: Page) -> list[str]:
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.getAttribute('href'))")
    return [link for link in links if link.startswith(("/", "?"))]
