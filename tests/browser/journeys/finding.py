"""Where the demo has what a journey needs, asked of the server as a page would."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from playwright.sync_api import Page

from tests.browser.real import environment
from tests.browser.served import make_test

if TYPE_CHECKING:
    from tests.browser.journeys.conftest import Demo, Look

SCT, GENERIC, DRIVERS, SIRENADA = "scylla-cluster-tests", "generic", "driver-matrix-tests", "sirenada"


def ask(page: Page, path: str, **query: str) -> Any:
    """The payload of an answer to whoever is logged in.

    Raises:
        AssertionError: the server refused.
    """
    answer = page.request.get(path, params=dict(query)).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


def find_test(page: Page, job: str) -> dict[str, Any]:
    """The test of a job such as `scylla-master/longevity/longevity-10gb-3h-test`.

    Raises:
        LookupError: there is none.
    """
    hits = ask(page, "/api/v1/planning/search", query=job.rpartition("/")[2])["hits"]
    for hit in hits:
        if hit.get("build_system_id") == job:
            return dict(hit)
    raise LookupError(f"no job {job} among {[hit.get('build_system_id') for hit in hits]}")


def runs_of(page: Page, job: str) -> list[dict[str, Any]]:
    """The runs of a job, the newest first."""
    return list(ask(page, f"/api/v1/test/{find_test(page, job)['id']}/runs"))


def run_address(page: Page, job: str, status: str) -> str:
    """The page of a job's newest run of a status, such as `failed`.

    Raises:
        LookupError: there is no such run.
    """
    test = find_test(page, job)
    runs = ask(page, f"/api/v1/test/{test['id']}/runs")
    for run in runs:
        if run["status"] == status:
            return f"/tests/{test['plugin_name']}/{run['id']}"
    raise LookupError(f"no run of {job} is {status}: {[run['status'] for run in runs]}")


def new_test(page: Page, plugin: str = SCT, release: str = "own") -> dict[str, Any]:
    """A test of a release that nobody else looks at; its name is nobody else's, either."""
    own = uuid4().hex[:8]
    test_id = make_test(page.context, f"{release}-{own}", f"test-{own}", plugin)
    return dict(ask(page, "/api/v1/test-info", testId=test_id)["test"])


def make_findable(demo: Demo) -> None:
    """What the job of the server does with events that have waited for ten seconds, at once: repeated ones and similar ones are known."""
    settings = {"ARGUS_CONFIG": str(demo.registry.parent / "argus.yaml")}
    command = [sys.executable, "-m", "tests.browser.journeys.embedding"]
    subprocess.run(command, env={**environment(), **settings}, cwd=demo.registry.parent, check=True, capture_output=True)


def forgive(problems: list[str], wanted: str) -> None:
    """Take out of the problems of a page what a journey was after; it must be there."""
    found = [problem for problem in problems if wanted in problem]
    assert found, f"nothing about {wanted}: {problems}"
    problems[:] = [problem for problem in problems if problem not in found]


def open_menu(page: Page, look: Look) -> None:
    """Where the navigation bar folds, unfold it."""
    if look.phone:
        page.get_by_role("button", name="Menu", exact=True).click()
