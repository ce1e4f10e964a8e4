"""What journeys everywhere do: look at what is asked of the server, hide a tab, open the search, have a test of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.journeys.conftest import Look
from tests.browser.journeys.finding import SCT, ask

FAILED = "scylla-master/longevity/longevity-multidc-rack-aware-test"  # its newest run failed
RESULTS = "scylla-2025.4/performance/perf-regression-latency-650gb-with-nemesis"  # whose runs have tables of results
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@dataclass(frozen=True)
class Own:
    """A test that only one journey knows."""

    release: str
    name: str
    id: str
    place: dict[str, str]

    @property
    def job(self) -> str:
        return f"{self.release}/g/{self.name}"


def send(page: Page, path: str, body: Any) -> Any:
    """What the server answers to somebody else's request, from another browser as it were."""
    answer = page.request.post(path, data=body).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


def own_test(page: Page, title: str | None = None) -> Own:
    """A new test in a new release; `title`: what they are called."""
    release = f"own-{uuid4().hex[:8]}"
    made = send(page, "/admin/api/v1/release/create", {"release_name": release, "pretty_name": title, "perpetual": False})
    release_id = made["new_release"]["id"]
    group = {"group_name": "g", "pretty_name": title, "build_system_id": f"{release}/g", "release_id": release_id}
    group_id = send(page, "/admin/api/v1/group/create", group)["new_group"]["id"]
    return _make(page, release, {"group_id": group_id, "release_id": release_id}, title)


def another_test(page: Page, own: Own) -> Own:
    """One more in the group of a test."""
    return _make(page, own.release, own.place, None)


def _make(page: Page, release: str, place: dict[str, str], title: str | None) -> Own:
    name = f"test-{uuid4().hex[:6]}"
    test = {"test_name": name, "pretty_name": title, "build_id": f"{release}/g/{name}", "build_url": "https://jenkins.example.com/job/t/"}
    made = send(page, "/admin/api/v1/test/create", {**test, **place, "plugin_name": SCT})
    return Own(release, name, made["new_test"]["id"], place)


def submit(page: Page, own: Own, build: int) -> str:
    """A run that a pipeline submits."""
    run = str(uuid4())
    said = {"run_id": run, "job_name": own.job, "job_url": f"https://jenkins.example.com/job/t/{build}/", "started_by": "dana"}
    more: dict[str, Any] = {"commit_id": "abc", "origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"}
    send(page, f"/api/v1/client/testrun/{SCT}/submit", said | more)
    return run


def failed_run(page: Page, own: Own) -> str:
    """The first run of a test, which failed."""
    run = submit(page, own, 1)
    send(page, f"/api/v1/client/testrun/{SCT}/{run}/set_status", {"new_status": "failed", "schema_version": "v8"})
    return run


def comments_of(page: Page, run: str) -> list[dict[str, Any]]:
    return list(ask(page, f"/api/v1/run/{run}/comments"))


def listen_to_requests(page: Page) -> list[str]:
    """Everything that is asked of the server's API from now on, but for the streams of changes."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url and "/api/v1/live" not in request.url:
            asked.append(f"{request.method} {request.url.split('/api/', 1)[1]}")

    page.on("request", note)
    return asked


def hide(page: Page, hidden: bool) -> None:
    """What a browser says to a page whose tab goes behind others, or comes to the front."""
    page.evaluate(HIDE, hidden)


def open_search(page: Page, look: Look) -> Locator:
    """The field of the search for everything, opened by keys or on a phone by the bar at its lower edge."""
    if look.phone:
        page.get_by_role("button", name="Find", exact=True).click()
    else:
        page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search everything")
    expect(field).to_be_focused()
    return field


def style(place: Locator, name: str) -> str:
    """A property of an element as it is drawn."""
    return str(place.evaluate("(element, name) => getComputedStyle(element).getPropertyValue(name)", name))
