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


def runs_of(page: Page, job: str) -> list[dict[str, Any]]:
    """The runs of a job such as `scylla-master/longevity/longevity-10gb-3h-test`, the newest first."""
    _release, _, name = job.rpartition("/")
    hits = ask(page, "/api/v1/planning/search", query=name)["hits"]
    (test_id,) = {hit["id"] for hit in hits if hit.get("build_system_id") == job}
    return list(ask(page, f"/api/v1/test/{test_id}/runs"))


def run_address(page: Page, job: str, status: str) -> str:
    """The page of a job's newest run of a status, such as `failed`."""
    run = next(run for run in runs_of(page, job) if run["status"] == status)
    return f"/tests/{run.get('plugin_name', SCT)}/{run['id']}"
