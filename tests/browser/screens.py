"""Takes the pictures of docs/screens (`make screens`), of demo data on a server of its own: `python -m tests.browser.screens [FOLDER]`."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.real import configured, environment
from tests.browser.served import Place
from tests.browser.site import ROOT
from tests.process import free_port

FOLDER = ROOT / "docs/screens"
QUALITY = 70
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 844}
RELEASE = "scylla-2025.4"


@dataclass(frozen=True)
class Screen:
    """A page, what has to be on it before it is taken, and how it is looked at."""

    name: str
    path: str
    shown: str
    dark: bool = False
    narrow: bool = False
    then: Callable[[Page], None] = lambda _page: None


def _opened(page: Page) -> None:
    page.get_by_role("button", name=re.compile("2025.4")).first.click()
    page.locator(".tree li li").first.wait_for()


def _found(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("gemini")
    page.get_by_role("option").first.wait_for()


def _chosen(page: Page) -> None:
    for number in range(2):
        page.locator("tr.test input[type=checkbox]").nth(number).check()
    page.get_by_label("Assignee", exact=True).last.wait_for()


def _screens(failed: str, measured: str) -> tuple[Screen, ...]:
    """Every picture.

    Args:
        failed: the id of a cluster run that failed.
        measured: of one of a test of performance.
    """
    board, tab = f"/dashboard/{RELEASE}", f"/tests/scylla-cluster-tests/{failed}"
    return (
        Screen("workspace", "/workspace", ".tree button", then=_opened),
        Screen("search", "/workspace", ".tree button", then=_found),
        Screen("dashboard", board, "tr.test"),
        Screen("dashboard-dark", board, "tr.test", dark=True, then=_chosen),
        Screen("run", tab, 'h2:has-text("Why did it fail?")'),
        Screen("run-phone", tab, 'h2:has-text("Why did it fail?")', narrow=True),
        Screen("events", f"{tab}/sct-events", "li[id^=event-]"),
        Screen("graphs", f"/tests/scylla-cluster-tests/{measured}/graphs", "canvas"),
        Screen("plans", f"/release/{RELEASE}/planner", "#argusMain h1"),
        Screen("my-jobs", "/profile/jobs", "#argusMain table"),
    )


def take(browser: Browser, place: Place, person: str, password: str, screen: Screen, to: Path) -> None:
    """One picture, as WebP."""
    context = browser.new_context(
        base_url=place.origin,
        viewport=NARROW if screen.narrow else WIDE,  # type: ignore[arg-type]
        color_scheme="dark" if screen.dark else "light",
        reduced_motion="reduce",
    )
    context.request.post("/auth/login", form={"username": person, "password": password})
    page = context.new_page()
    page.goto(screen.path)
    page.locator(screen.shown).first.wait_for(timeout=60_000)
    screen.then(page)
    expect(page.locator(".skeleton")).to_have_count(0, timeout=30_000)
    page.wait_for_timeout(500)  # what is drawn on a canvas
    told = context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    to.write_bytes(base64.b64decode(told["data"]))
    context.close()


def _filled(folder: Path) -> tuple[Place, str]:
    """A place with demo data, and the password of its people."""
    place = Place(folder, free_port())
    configured(folder)
    command = [*place.command, "demo", "load", "--runs", "6"]
    told = subprocess.run(command, check=True, env=environment(), cwd=folder, capture_output=True, text=True)
    return place, told.stdout.splitlines()[-1].removeprefix("password of each: ")


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        place, password = _filled(Path(name))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with place.serving():
            for screen in _screens(*_runs(browser, place, password)):
                take(browser, place, "mei", password, screen, folder / f"{screen.name}.webp")
                print(f"{screen.name}.webp  {(folder / f'{screen.name}.webp').stat().st_size / 1000:.0f} kB", flush=True)
        browser.close()


def _runs(browser: Browser, place: Place, password: str) -> tuple[str, str]:
    """A cluster run of the release that failed, and one of a test of performance: the newest ones."""
    context = browser.new_context(base_url=place.origin)
    context.request.post("/auth/login", form={"username": "mei", "password": password})
    stats = context.request.get(f"/api/v1/release/stats/v2?release={RELEASE}&limited=0&force=0").json()["response"]
    context.close()
    tests = [test for group in stats["groups"].values() for test in group["tests"].values()]
    clusters = [test for test in tests if test["test"]["plugin_name"] == "scylla-cluster-tests"]
    failed = next(test for test in clusters if test["status"] == "failed")
    measured = next(test for test in clusters if test["test"]["name"].startswith("perf-"))
    return failed["last_runs"][0]["id"], measured["last_runs"][0]["id"]


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
