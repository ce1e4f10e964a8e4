"""What a client or another person writes is on an open page within a second: two workers, writes on either lane; and after a restart."""

from __future__ import annotations

import http.client
import json
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.real import SCT, registry_on
from tests.browser.served import Place, call, logged_in, make_test, place, submit

pytestmark = pytest.mark.timeout(600)

JOB = "live/g/t"
WRITES = 6  # of each kind, on connections of their own: some of them reach the other worker
SHOWN_WITHIN = 1.0  # seconds, median

ON_PAGE = """([selector, text]) => new Promise(done => {
    const is = () => [...document.querySelectorAll(selector)].some(one => one.textContent.includes(text));
    const look = () => is() ? done(Date.now()) : setTimeout(look, 10);
    look();
})"""


@pytest.fixture(scope="module", params=["fastapi", "flask"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp(f"live-{request.param}")
    return place(folder, registry_on(folder, request.param))


class Running:
    """The server of a place, which can be started anew, and alice's browser."""

    def __init__(self, home: Place, browser: Browser) -> None:
        self.home = home
        self.server = ExitStack()
        self.start()
        self.context = logged_in(browser, home.origin)
        self.test = make_test(self.context, "live")
        self.run = submit(self.context, JOB, 7)
        self.token = call(self.context, "/api/v1/user/token")["token"]

    def start(self) -> None:
        self.server.enter_context(self.home.serving(workers=2))

    def stop(self) -> None:
        self.server.close()

    def write(self, path: str, body: Any) -> None:
        """As a client does it, on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port, timeout=60)
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        assert told["status"] == "ok", told
        assert answer.getheader("X-Argus-Lane") == self.home.registry.stem


@pytest.fixture(scope="module")
def running(home: Place, browser: Browser) -> Iterator[Running]:
    made = Running(home, browser)
    yield made
    made.context.close()
    made.stop()


@pytest.fixture
def page(running: Running) -> Iterator[Page]:
    page = running.context.new_page()
    yield page
    page.close()


def _open(page: Page, running: Running, tab: str, shown: str) -> None:
    with page.expect_response(re.compile("/api/v1/live")):
        page.goto(f"/tests/{SCT}/{running.run}/{tab}")
    expect(page.locator(shown).first).to_be_visible(timeout=30_000)


def _seconds_until(page: Page, running: Running, write: tuple[str, Any], selector: str, text: str) -> float:
    """From the answer to a write until the page says so."""
    page.evaluate(f"args => {{ window.shown = ({ON_PAGE})(args) }}", [selector, text])
    running.write(*write)
    written = time.time()
    return max(0.0, float(page.evaluate("window.shown")) / 1000 - written)


def _event(running: Running, number: int) -> tuple[str, Any]:
    event = {
        "run_id": running.run, "severity": "CRITICAL", "ts": time.time(), "event_type": "DatabaseLogEvent",
        "message": f"told live {number} of {running.home.port}", "node": "n1",
    }  # fmt: skip
    return f"/api/v1/client/sct/{running.run}/event/submit", {"data": event, "schema_version": "v8"}


def test_an_event_is_shown_within_a_second(page: Page, running: Running) -> None:
    _open(page, running, "sct-events", "#events-title")
    waits = []
    for number in range(WRITES):
        waits.append(_seconds_until(page, running, _event(running, number), "#argusMain", f"told live {number} of"))
        time.sleep(1.1)  # of many changes a page hears once a second
    assert statistics.median(waits) < SHOWN_WITHIN, waits


def test_a_status_is_shown_within_a_second(page: Page, running: Running) -> None:
    _open(page, running, "details", "h1")
    waits = []
    for number in range(WRITES):
        status, sign = (("failed", "✗"), ("passed", "✓"))[number % 2]
        write = (f"/api/v1/client/testrun/{SCT}/{running.run}/set_status", {"new_status": status, "schema_version": "v8"})
        waits.append(_seconds_until(page, running, write, "title", sign))
        time.sleep(1.1)
    assert statistics.median(waits) < SHOWN_WITHIN, waits


def _comment(running: Running, text: str) -> tuple[str, Any]:
    return f"/api/v1/test/{running.test}/run/{running.run}/comments/submit", {"message": text, "reactions": {}, "mentions": []}


def test_a_comment_is_shown_within_a_second(page: Page, running: Running) -> None:
    _open(page, running, "discuss", "#argusMain h2")
    waits = []
    for number in range(WRITES):
        waits.append(_seconds_until(page, running, _comment(running, f"remark {number} of somebody"), ".markdown", f"remark {number}"))
        time.sleep(1.1)
    assert statistics.median(waits) < SHOWN_WITHIN, waits


def test_pages_catch_up_when_the_server_was_started_anew(page: Page, running: Running) -> None:
    _open(page, running, "discuss", "#argusMain h2")
    page.evaluate("window.still = true")
    running.stop()
    running.start()
    running.write(*_comment(running, "said before the page was back"))
    expect(page.locator(".markdown", has_text="said before the page was back")).to_be_visible(timeout=60_000)
    running.write(*_comment(running, "said afterwards"))
    expect(page.locator(".markdown", has_text="said afterwards")).to_be_visible(timeout=60_000)
    assert page.evaluate("window.still"), "without a reload"
