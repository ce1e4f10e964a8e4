"""The pages of artefacts on a real server: a job's socket, a run's tab, keys, timelines and workspaces."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_served import alice, folder, page, run_id, seen, server  # noqa: F401 - fixtures
from tests.features.artefacts import making

pytestmark = pytest.mark.usefixtures("alice")


@pytest.fixture(scope="module")
def workspace(alice: BrowserContext) -> str:  # noqa: F811
    """The name of alice's workspace, in which a report was read."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    made = alice.request.post("/workspaces", data={"name": "2026.1 sign-off"}, headers=headers)
    assert made.status == 201, made.text()
    return str(made.json()["name"])


def test_a_job_is_watched_by_its_socket(page: Page, workspace: str) -> None:  # noqa: F811
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    page.goto("/artifacts")
    report = making.pdf(("T", making.READS), pages=40)
    page.get_by_label("Drop files here").set_input_files({"name": "long.pdf", "mimeType": "application/pdf", "buffer": report})
    page.get_by_role("button", name="Take out tables").click()
    expect(page.locator("[data-job]").first).to_have_attribute("data-status", "success", timeout=60_000)
    assert any("job.progress" in frame for frame in frames)
    assert any("job.status" in frame for frame in frames)


def test_a_run_has_its_documents_in_a_tab(page: Page, workspace: str, run_id: str) -> None:  # noqa: F811
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


def test_jobs_have_a_page_with_their_timelines(page: Page, workspace: str) -> None:  # noqa: F811
    page.goto("/artifacts")
    page.get_by_label("Drop files here").set_input_files({"name": "b.csv", "mimeType": "text/csv", "buffer": b"op,p99\nread,1\n"})
    page.get_by_role("button", name="Take out tables").click()
    expect(page.locator("[data-job]").first).to_have_attribute("data-status", "success", timeout=60_000)
    page.goto("/artifacts/jobs")
    page.get_by_role("button", name="Timeline").first.click()
    expect(page.get_by_role("listitem").filter(has_text="job.created").first).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="job.status.success").first).to_be_visible()


def test_a_workspace_is_renamed_by_its_owner(page: Page, workspace: str) -> None:  # noqa: F811
    page.goto("/settings/workspaces")
    chosen = page.get_by_role("region", name=workspace)
    chosen.get_by_label("Name", exact=True).fill("2026.2 sign-off")
    chosen.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="2026.2 sign-off")).to_be_visible()
    expect(page.get_by_role("table", name="Members")).to_contain_text("alice")
