"""The page of the jobs: what a server says is shown as text, buttons steer, and it is kept up to date."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import Site, api_error

API = "/admin/api/v1/jobs"
JOB: dict[str, Any] = {"job": "issues", "does": "asks GitHub", "state": "on", "schedule": "every 5 min", "next": "2026-11-29 17:35:00"}
JOB |= {"last": "2026-11-29 17:30:00", "outcome": "failed", "result": None, "error": "<b>GitHub</b> answers 500"}
REMOTE = {"remote": "GitHub", "process": "host:1", "state": "left alone", "until": None, "waiting": 3, "last_success": None}
REMOTE |= {"last_error_at": "2026-11-29 17:30:00", "last_error": "GitHub does not answer in 15 s"}
MAIL = {"id": "m", "to": "ann@example.com", "subject": "<i>hello</i>", "tries": 2, "next": "given up", "error": "550 no such user"}


@pytest.fixture
def address(site: Site) -> str:
    site.api[API] = {"jobs": [JOB], "remotes": [REMOTE], "mails": [MAIL]}
    return site.page("/admin/jobs", "jobs.html.j2", "Jobs")


def test_jobs_systems_and_mails_are_shown_as_text(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("table", name="Jobs")).to_contain_text("<b>GitHub</b> answers 500")
    expect(page.get_by_role("table", name="Other systems")).to_contain_text("left alone")
    expect(page.get_by_role("table", name="Mails")).to_contain_text("<i>hello</i>")


def test_a_job_is_steered_and_the_page_follows(page: Page, site: Site, address: str) -> None:
    def paused(_: Any) -> str:
        site.api[API] = {"jobs": [{**JOB, "state": "paused", "next": None}], "remotes": [], "mails": []}
        return "paused"

    site.api[f"{API}/issues/pause"] = paused
    site.api[f"{API}/issues/history"] = [
        {"started": "2026-11-29 17:00:00", "seconds": 1.25, "outcome": "done", "result": "3 issues", "error": None, "holder": "host:1"}
    ]
    page.goto(address)
    page.get_by_role("button", name="History: issues").click()
    expect(page.get_by_role("table", name="Turns")).to_contain_text("3 issues")
    page.get_by_role("button", name="Pause: issues").click()
    expect(page.get_by_role("button", name="Resume: issues")).to_be_visible()
    assert len(site.posted(f"{API}/issues/pause")) == 1
    expect(page.get_by_role("table", name="Mails")).to_contain_text("None.")


def test_a_server_that_refuses_is_told_of_and_the_page_stays(page: Page, site: Site, address: str) -> None:
    def refusing(_: Any) -> None:
        raise api_error("the job issues is off")

    page.goto(address)
    expect(page.get_by_role("table", name="Jobs")).to_contain_text("issues")
    site.api[f"{API}/issues/run"] = site.api[API] = refusing
    page.get_by_role("button", name="Run now: issues").click()
    expect(page.get_by_role("status").filter(has_text="may be old")).to_contain_text("the job issues is off")
    expect(page.get_by_role("table", name="Jobs")).to_contain_text("issues")
