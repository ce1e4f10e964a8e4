"""Artefacts on a real server with the embedded defaults: from the upload to the results of a run, live, by a new user."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_served import alice, folder, page, run_id, server  # noqa: F401 - fixtures
from tests.features.artefacts import making

pytestmark = pytest.mark.usefixtures("alice")


@pytest.fixture
def downloads(alice: BrowserContext) -> BrowserContext:  # noqa: F811
    alice.set_default_timeout(30_000)
    return alice


def test_a_report_becomes_results_of_a_run(page: Page, downloads: BrowserContext, run_id: str) -> None:  # noqa: F811
    page.goto("/artifacts")
    page.get_by_label("Name of the workspace").fill("2026.1 sign-off")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("Drop files here").set_input_files(
        {"name": "latency.pdf", "mimeType": "application/pdf", "buffer": making.two_tables()}
    )
    expect(page.get_by_role("list", name="Uploads")).to_contain_text("Uploaded")
    page.get_by_role("button", name="Take out tables").click()
    job = page.locator("[data-job]").first
    expect(job).to_have_attribute("data-status", "success", timeout=60_000)
    expect(job).to_contain_text("2 tables, 5 rows")
    writes = page.get_by_role("region", name="Write latencies")
    expect(writes.get_by_role("row")).to_have_count(4)
    assert writes.get_by_role("row").nth(1).get_by_role("cell").all_inner_texts() == list(making.WRITES[1])

    with page.expect_download() as waiting:
        page.get_by_role("region", name="Read latencies").get_by_role("link", name="CSV").click()
    text = waiting.value.path().read_text(newline="")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        [f"'{cell}" if cell.startswith("=") else cell for cell in row] for row in making.READS
    ]

    writes.get_by_role("button", name="Publish…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Run").fill(run_id)
    dialog.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Results submitted")).to_be_visible()
    expect(writes).to_contain_text("Among the results of")

    page.goto(f"/tests/scylla-cluster-tests/{run_id}/results")
    expect(page.get_by_role("main")).to_contain_text("Write latencies")
    expect(page.get_by_role("main")).to_contain_text("4.2")


def test_a_job_is_watched_by_its_socket(page: Page, alice: BrowserContext) -> None:  # noqa: F811
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    page.goto("/artifacts")
    report = making.pdf(("T", making.READS), pages=40)
    page.get_by_label("Drop files here").set_input_files({"name": "long.pdf", "mimeType": "application/pdf", "buffer": report})
    page.get_by_role("button", name="Take out tables").click()
    expect(page.locator("[data-job]").first).to_have_attribute("data-status", "success", timeout=60_000)
    assert any("job.progress" in frame for frame in frames)
    assert any("job.status" in frame for frame in frames)


def test_a_run_has_its_documents_in_a_tab(page: Page, alice: BrowserContext, run_id: str) -> None:  # noqa: F811
    page.goto(f"/tests/scylla-cluster-tests/{run_id}/artifacts")
    expect(page.get_by_role("link", name="Artifacts").last).to_have_attribute("aria-current", "page")
    page.get_by_label("Drop files here").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"op,p99\nread,1\n"})
    expect(page.get_by_role("table", name="Documents")).to_contain_text("a.csv")


def test_a_key_is_shown_once_and_revoked(page: Page, alice: BrowserContext, server: str) -> None:  # noqa: F811
    page.goto("/settings/api-keys")
    page.get_by_label("What it is for").fill("nightly uploader")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator("code.key").inner_text()
    assert key.startswith("argk_")
    headers = {"X-API-Key": key}
    answer: Any = alice.request.get(f"{server}/auth/me", headers=headers)
    assert answer.json()["auth_method"] == "api_key"
    page.reload()
    assert key not in page.content()
    page.get_by_role("button", name="Revoke nightly uploader").click()
    expect(page.get_by_role("table", name="API keys")).to_contain_text("revoked")
    assert alice.request.get(f"{server}/auth/me", headers=headers).status == 401


def test_jobs_have_a_page_with_their_timelines(page: Page, alice: BrowserContext) -> None:  # noqa: F811
    page.goto("/artifacts/jobs")
    page.get_by_role("button", name="Timeline").first.click()
    expect(page.get_by_role("listitem").filter(has_text="job.created").first).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="job.status.success").first).to_be_visible()


def test_a_workspace_is_renamed_by_its_owner(page: Page, alice: BrowserContext) -> None:  # noqa: F811
    page.goto("/settings/workspaces")
    page.get_by_label("Name", exact=True).last.fill("2026.2 sign-off")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="2026.2 sign-off")).to_be_visible()
    expect(page.get_by_role("table", name="Members")).to_contain_text("alice")
