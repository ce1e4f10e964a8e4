"""What is looked at besides the journey itself: who answered, and whether everybody can use what is shown."""

from __future__ import annotations

import contextlib
import time
import urllib.request

from playwright.sync_api import Page, TimeoutError

from tests.browser.site import ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
PATIENCE = 20.0  # seconds
LOOKED_EVERY = 0.05  # seconds
SIDEWAYS = "document.documentElement.scrollWidth - innerWidth"


def wait_for_lane(url: str, lane: str) -> None:
    """Ask until a lane answers at an address.

    Raises:
        LookupError: none does within PATIENCE.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            if answer.headers["X-Argus-Lane"] == lane:
                return
        time.sleep(LOOKED_EVERY)
    raise LookupError(f"{url} is not answered by {lane}")


def accessible(page: Page) -> list[str]:
    """What axe finds on a page once it shows what it is about, dialogs that are open included, and by how much it scrolls sideways."""
    with contextlib.suppress(TimeoutError):  # then axe tells what is missing
        page.locator("h1").first.wait_for(state="attached", timeout=PATIENCE * 1000)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    found = [f"{violation['id']}: {node['html'][:160]}" for violation in result["violations"] for node in violation["nodes"]]
    sideways = page.evaluate(SIDEWAYS)
    return [*found, *([f"scrolls {sideways} px sideways"] if sideways > 0 else [])]
