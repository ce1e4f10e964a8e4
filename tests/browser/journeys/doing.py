"""What journeys prepare by the API: tests and runs of their own, in a release that all of them share, and other people's browsers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from playwright.sync_api import APIRequestContext, Browser, Page

from tests.browser.journeys.conftest import Demo, login
from tests.browser.journeys.finding import SCT, ask

SANDBOX = "sandbox"
JENKINS = "https://jenkins.example.com/job"
MARK = "https://github.com/scylladb"
OPEN_ISSUE, CLOSED_ISSUE, OTHER_ISSUE = f"{MARK}/scylladb/issues/21871", f"{MARK}/scylladb/issues/21390", f"{MARK}/python-driver/issues/418"
"""Issues of the demo: of the first two one is open with the label P1, the other is closed with the label tablets."""


@dataclass(frozen=True)
class OwnTest:
    """A test that one journey alone knows."""

    id: str
    name: str
    release_id: str

    @property
    def job(self) -> str:
        return f"{SANDBOX}/g/{self.name}"


def tell(request: APIRequestContext, path: str, body: Any) -> Any:
    """What the server answers to whoever is logged in.

    Raises:
        AssertionError: the server refused.
    """
    answer = request.post(path, data=body).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


def unique(name: str) -> str:
    """A name that nothing else has."""
    return f"{name}-{uuid4().hex[:8]}"


def own_test(page: Page, plugin: str = SCT, name: str = "") -> OwnTest:
    """A new test in the release of the journeys."""
    release_id, group_id = _sandbox(page)
    name = name or unique("own")
    test = {"test_name": name, "pretty_name": None, "build_id": f"{SANDBOX}/g/{name}", "build_url": f"{JENKINS}/{name}/"}
    place = {"group_id": group_id, "release_id": release_id, "plugin_name": plugin}
    made = tell(page.request, "/admin/api/v1/test/create", {**test, **place})
    return OwnTest(str(made["new_test"]["id"]), name, release_id)


def own_run(page: Page, test: OwnTest | None = None, build: int = 1, status: str = "failed") -> str:
    """A run of a cluster test, submitted as a pipeline does it and ended so; without a test, of a new one.

    Returns:
        Its id.
    """
    job, run = (test or own_test(page)).job, str(uuid4())
    said = {"run_id": run, "job_name": job, "job_url": f"{JENKINS}/own/{build}/", "started_by": "alice", "commit_id": "abc"}
    more: dict[str, Any] = {"origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"}
    client = f"/api/v1/client/testrun/{SCT}"
    tell(page.request, f"{client}/submit", {**said, **more})
    tell(page.request, f"{client}/{run}/set_status", {"new_status": status, "schema_version": "v8"})
    return run


def run_page(run: str, plugin: str = SCT) -> str:
    return f"/tests/{plugin}/{run}"


def id_of(page: Page, name: str) -> str:
    """The id of somebody of the demo."""
    (found,) = [user for user in ask(page, "/api/v1/users").values() if user["username"] == name]
    return str(found["id"])


@contextmanager
def as_somebody(browser: Browser, demo: Demo, name: str) -> Iterator[APIRequestContext]:
    """What somebody of the demo asks of the server."""
    context = browser.new_context(base_url=demo.origin, storage_state=login(browser, demo, name))
    yield context.request
    context.close()


def _sandbox(page: Page) -> tuple[str, str]:
    """The release and the group of the journeys, made by whoever comes first."""
    found = [release["id"] for release in ask(page, "/api/v1/releases") if release["name"] == SANDBOX]
    if not found:
        made = tell(page.request, "/admin/api/v1/release/create", {"release_name": SANDBOX, "pretty_name": None, "perpetual": False})
        found = [made["new_release"]["id"]]
        group = {"group_name": "g", "pretty_name": None, "build_system_id": f"{SANDBOX}/g", "release_id": found[0]}
        tell(page.request, "/admin/api/v1/group/create", group)
    (group_id,) = [group["id"] for group in ask(page, "/api/v1/groups", releaseId=found[0]) if group["name"] == "g"]
    return found[0], group_id
