"""`python -m bench.frontend [--rounds 5] [--folder DIR] [--paths]`: what pages cost a browser; 1 when one costs more than is promised.

Each round is a new browser without a cache, logged in, on `argus serve` itself. Times are from the beginning of the navigation until what
is named is on the page, medians of the rounds; bytes are those of the wire, compressed.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from argus.cli import accounts
from argus.cli.stores import open_at
from argus.domain.new_accounts import Account
from argus.kit.settings import Settings
from argus.storage.statements import Write, batch, insert
from bench.frontend.data import EVENTS, PASSWORD, RELEASE, SCT, TESTS, USER, USUAL, identity, rows
from bench.process import argus

TOGETHER = 50  # rows of one write
RUN = f"/tests/{SCT}/{identity('run', 0)}"
ELEMENTS = "document.querySelectorAll('*').length"


@dataclass
class Cost:
    """One visit of a page."""

    milliseconds: float
    requests: int = 0
    kilobytes: float = 0.0
    api_kilobytes: float = 0.0
    elements: int = 0
    further: dict[str, float] = field(default_factory=dict)
    paths: list[tuple[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Screen:
    """A page, what has to be on it, and what it may cost at most, by the names of `Cost`."""

    name: str
    path: str
    shown: str
    promised: dict[str, float]
    then: Callable[[Page], dict[str, float]] = lambda _page: {}


def filtering(page: Page) -> dict[str, float]:
    """Milliseconds of script and drawing after a filter was typed, and after it was cleared."""
    box = page.get_by_label("Filter tests")
    return {name: _until_drawn(page, lambda value=value: box.fill(value)) for name, value in (("filter ms", "test-1234"), ("clear ms", ""))}


def _until_drawn(page: Page, act: Callable[[], None]) -> float:
    page.evaluate("performance.clearMarks(); addEventListener('input', () => performance.mark('begin'), { capture: true, once: true })")
    act()
    drawn = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()), 0)))"
    return float(page.evaluate(f"{drawn}.then(end => end - performance.getEntriesByName('begin')[0].startTime)"))


PAGE = {"kilobytes": 120, "requests": 20}
SCREENS = (
    Screen("workspace", "/workspace", "button:has-text('scale')", PAGE),
    Screen("run, overview", RUN, "h1:has-text('test-0000')", {**PAGE, "api_kilobytes": 40}),
    Screen("run, events", f"{RUN}/sct-events", "li[id^=event-]", {"milliseconds": 500, "kilobytes": 150}),
    Screen("dashboard", f"/dashboard/{USUAL}", "tr.test", PAGE),
    Screen(
        "3,000 tests",
        f"/dashboard/{RELEASE}",
        "tr.test",
        {**PAGE, "milliseconds": 1000, "elements": 5000, "filter ms": 100, "clear ms": 100},
        filtering,
    ),
)


async def fill(storage: str) -> None:
    """Write the data, once."""
    async with open_at(storage, Settings(STORAGE=storage, SECRET_KEY="bench")) as store:
        account = Account(username=USER, full_name="Bench", email=f"{USER}@example.com", password=PASSWORD)
        await accounts.add(store, [account])
        everything = rows()
        while some := list(islice(everything, TOGETHER)):
            writes: list[Write] = [insert(row) for row in some]
            await store.write(batch(*writes, logged=False))


def log_in(page: Page) -> None:
    """As people do: what the frontend leaves in the browser is there afterwards."""
    page.goto("/auth/login")
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/workspace*")


def visit(browser: Browser, origin: str, screen: Screen) -> Cost:
    """One cold visit of somebody who is logged in."""
    context = browser.new_context(base_url=origin, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    log_in(page)
    page.goto("about:blank")  # whose requests end here
    network.send("Network.clearBrowserCache")
    cost = Cost(0)
    kinds: dict[str, str] = {}
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["response"]["url"]}))

    def finished(event: dict[str, object]) -> None:
        path = kinds.get(str(event["requestId"]), "").removeprefix(origin)
        if path.startswith("data:"):  # the browser's own pictures: nobody is asked
            return
        size = float(str(event["encodedDataLength"])) / 1000
        cost.requests += 1
        cost.kilobytes += size
        cost.paths.append((path, size))
        if "/api/" in path:
            cost.api_kilobytes += size

    network.on("Network.loadingFinished", finished)
    page.goto(screen.path, wait_until="commit")
    page.locator(screen.shown).first.wait_for(timeout=60_000)
    cost.milliseconds = float(page.evaluate("performance.now()"))
    page.wait_for_timeout(1500)  # what comes after the first rows counts, too; the stream of changes never ends
    cost.elements = int(page.evaluate(ELEMENTS))
    cost.further = screen.then(page)
    context.close()
    return cost


def medians(costs: Sequence[Cost]) -> dict[str, float]:
    """By the names of `Cost`."""
    names = ("milliseconds", "requests", "kilobytes", "api_kilobytes", "elements")
    found = {name: statistics.median(float(getattr(cost, name)) for cost in costs) for name in names}
    return found | {name: statistics.median(cost.further[name] for cost in costs) for name in costs[0].further}


def main(rounds: int, folder: Path, told_paths: bool = False) -> int:
    """The benchmark; 1 when something costs more than is promised.

    Args:
        told_paths: say what each page asked for, with its kilobytes.
    """
    storage = f"sqlite:///{folder}/argus.sqlite"
    if not (folder / "argus.sqlite").exists():
        asyncio.run(fill(storage))
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    kept = True
    with argus(folder, storage, "fastapi") as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        print(f"{60 * TESTS} tests, a run of {EVENTS} events; medians of {rounds}")
        for screen in SCREENS:
            warm = visit(browser, f"http://127.0.0.1:{port}", screen)  # once to warm the server
            for path, size in warm.paths if told_paths else ():
                print(f"{size:9.1f} kB  {path}")
            found = medians([visit(browser, f"http://127.0.0.1:{port}", screen) for _ in range(rounds)])
            missed = {name for name, most in screen.promised.items() if found[name] > most}
            kept &= not missed
            told = (
                f"{name} {value:.0f}{' (promised: ' + str(screen.promised[name]) + ')' if name in missed else ''}"
                for name, value in found.items()
            )
            print(f"{screen.name:16}{', '.join(told)}", flush=True)
        browser.close()
    return 0 if kept else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.frontend")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keeps the data, so that another time they need not be written")
    parser.add_argument("--paths", action="store_true", help="say what each page asks for, with its kilobytes")
    given = parser.parse_args()
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
        sys.exit(main(given.rounds, given.folder, given.paths))
    with tempfile.TemporaryDirectory() as name:
        sys.exit(main(given.rounds, Path(name), given.paths))
