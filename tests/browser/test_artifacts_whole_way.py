"""Artefacts on a real server: from the upload to the results of a run, live, by a new user, on each of the installations there are."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from argus.db.revisions import upgrade
from tests.browser.real import add_person, configured, logged_in, served, submitted_run, watched_page
from tests.features.artefacts import making
from tests.postgres import new_database, postgres_server  # noqa: F401
from tests.redis import redis_server
from tests.workers import kill_at_work, worker

pytestmark = pytest.mark.timeout(600)
JOB_ENDS = 240_000  # milliseconds, with a worker that was killed: its lease runs out after half a minute


class Installation:
    """A server, and who does its work."""

    def __init__(self, url: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.url = url
        self.workers = workers

    @property
    def report(self) -> bytes:
        """A PDF with two tables; where a worker is going to be killed, one that is read for some seconds."""
        return making.two_tables(words=30 if self.workers else 0)


@pytest.fixture(params=["embedded", "postgres", "celery"])
def installation(request: pytest.FixtureRequest, tmp_path: Path, browser: Browser) -> Iterator[Installation]:
    """The embedded defaults; with PostgreSQL; and with Celery on Redis, whose two workers share it."""
    with ExitStack() as stack:
        settings: dict[str, Any] = {}
        if request.param != "embedded":
            with ThreadPoolExecutor(1) as apart:  # Playwright has a loop of its own in this thread
                settings["DATABASE_URL"] = apart.submit(anyio.run, new_database, request.getfixturevalue("postgres_server")).result()
                apart.submit(upgrade, settings["DATABASE_URL"]).result()
        if request.param == "celery":
            settings |= {"QUEUE_ENGINE": "celery", "CELERY_BROKER_URL": stack.enter_context(redis_server())}
        file = configured(tmp_path, **settings)
        add_person(file, "alice", "--role", "admin")
        add_person(file, "newcomer")
        url = stack.enter_context(served(file))
        names = ("first", "second") if request.param == "celery" else ()
        yield Installation(url, [stack.enter_context(worker(tmp_path, name, {"CONFIG": file})) for name in names])


@pytest.fixture
def newcomer(installation: Installation, browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who has an account, and nothing else yet."""
    context = logged_in(browser, installation.url, "newcomer")
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def run_of_today(installation: Installation, browser: Browser) -> Iterator[str]:
    """A run that others submitted there."""
    context = logged_in(browser, installation.url, "alice")
    yield submitted_run(context)
    context.close()


def test_a_report_becomes_results_of_a_run(installation: Installation, newcomer: BrowserContext, run_of_today: str) -> None:
    with watched_page(newcomer) as page:
        job = upload(page, installation.report)
        if installation.workers:
            expect(job).to_have_attribute("data-status", "running", timeout=JOB_ENDS)
            kill_at_work(installation.workers)
        expect(job).to_have_attribute("data-status", "success", timeout=JOB_ENDS)
        expect(job).to_contain_text("2 tables, 5 rows")
        assert ends_of(newcomer, str(job.get_attribute("data-job"))) == (2 if installation.workers else 1, 1)
        see_tables(page)
        publish(page, run_of_today)
        page.goto(f"/tests/scylla-cluster-tests/{run_of_today}/results")
        expect(page.get_by_role("main")).to_contain_text("Write latencies")
        expect(page.get_by_role("main")).to_contain_text("4.2")


def upload(page: Page, report: bytes) -> Locator:
    """The job of a report, in a workspace of one's own."""
    page.goto("/artifacts")
    page.get_by_label("Name of the workspace").fill("2026.1 sign-off")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Drop files here").set_input_files({"name": "latency.pdf", "mimeType": "application/pdf", "buffer": report})
    expect(page.get_by_role("list", name="Uploads")).to_contain_text("Uploaded")
    page.get_by_role("button", name="Take out tables").click()
    return page.locator("[data-job]").first


def see_tables(page: Page) -> None:
    """Both tables are shown, and a CSV is what its table is."""
    writes = page.get_by_role("region", name="Write latencies")
    expect(writes.get_by_role("row")).to_have_count(4)
    assert writes.get_by_role("row").nth(1).get_by_role("cell").all_inner_texts() == list(making.WRITES[1])
    with page.expect_download() as waiting:
        page.get_by_role("region", name="Read latencies").get_by_role("link", name="CSV").click()
    text = waiting.value.path().read_bytes().decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        [f"'{cell}" if cell.startswith("=") else cell for cell in row] for row in making.READS
    ]


def publish(page: Page, run: str) -> None:
    """Put a table among the results of a run."""
    writes = page.get_by_role("region", name="Write latencies")
    writes.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Run").fill(run)
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Results submitted")).to_be_visible()
    expect(writes).to_contain_text("Among the results of")


def ends_of(context: BrowserContext, job_id: str) -> tuple[int, int]:
    """How many attempts a job took, and how often it succeeded."""
    job: Any = context.request.get(f"/jobs/{job_id}").json()
    events: Any = context.request.get(f"/jobs/{job_id}/events?limit=200").json()["items"]
    return job["attempt"], [event["event_type"] for event in events].count("job.status.success")
