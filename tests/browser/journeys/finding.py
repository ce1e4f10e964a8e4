"""Where the demo has what a journey needs, asked of the server as a page would."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

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
