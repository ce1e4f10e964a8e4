"""The frontend on a real server with its embedded database: from the login form to the page of a submitted run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.site import ROOT
from tests.process import free_port, process, wait_for

SCT = "scylla-cluster-tests"
COMMAND = [sys.executable, "-c", "from argus.cli import main; main()"]
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server has its data."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """A server with one administrator, alice."""
    places = {
        "DATA_DIR": folder,
        "STORAGE_DIR": folder / "storage",
        "PUBLIC_DIR": ROOT / "public",
        "REGISTRY": ROOT / "migration_status.yaml",
    }
    settings = folder / "argus.yaml"
    settings.write_text(
        "".join(f"{name}: {place}\n" for name, place in places.items()) + "LOGIN_METHODS: [password]\nJOBS_ENABLED: false\n"
    )
    command = [*COMMAND, "--config", str(settings)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    account = ["users", "create", "alice", "--email", "alice@example.com", "--role", "admin", "--password-stdin"]
    subprocess.run([*command, *account], input=PASSWORD, text=True, check=True, env=environment, cwd=folder, capture_output=True)
    port, log = free_port(), folder / "log"
    origin = f"http://127.0.0.1:{port}"
    with process(*command, "serve", "--port", str(port), env=environment, log=log) as running:
        wait_for(f"{origin}/auth/login", running, log)
        yield origin


@pytest.fixture(scope="module")
def alice(server: str, browser: Browser) -> Iterator[BrowserContext]:
    """Alice's browser, logged in by the form of the login page."""
    context = browser.new_context(base_url=server, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.goto("/workspace")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{server}/workspace")
    page.close()
    yield context
    context.close()


def _call(context: BrowserContext, path: str, body: Any) -> Any:
    answer = context.request.post(path, data=body).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


@pytest.fixture(scope="module")
def run_id(alice: BrowserContext) -> str:
    """A run that a pipeline submitted to a test of the release `browser`."""
    release = _call(
        alice, "/admin/api/v1/release/create", {"release_name": "browser", "pretty_name": 'Release "quoted" <b>', "perpetual": False}
    )
    release_id = release["new_release"]["id"]
    group = {"group_name": "g", "pretty_name": "Group", "build_system_id": "browser/g", "release_id": release_id}
    group_id = _call(alice, "/admin/api/v1/group/create", group)["new_group"]["id"]
    test = {"test_name": "t", "pretty_name": "Test <i>", "build_id": "browser/g/t", "build_url": "https://jenkins.example.com/job/t/"}
    _call(alice, "/admin/api/v1/test/create", {**test, "group_id": group_id, "release_id": release_id, "plugin_name": SCT})
    run = str(uuid4())
    submitted = {
        "run_id": run,
        "job_name": "browser/g/t",
        "job_url": "https://jenkins.example.com/job/t/7/",
        "started_by": "alice",
        "commit_id": "abc",
    }
    _call(
        alice,
        f"/api/v1/client/testrun/{SCT}/submit",
        {**submitted, "origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"},
    )
    return run


@pytest.fixture
def page(alice: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when one of our scripts fails or a file of ours is missing."""
    page = alice.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda response: problems.append(f"{response.status} {response.url}") if response.status >= 400 else None)
    yield page
    page.close()
    assert problems == []


PAGES = ["/workspace", "/test_runs", "/releases", "/dashboard/browser", "/views", "/profile/", "/profile/jobs", "/profile/schedules"]
PAGES += ["/notifications/", "/teams/", "/admin/", "/admin/users", "/admin/releases", "/admin/views", "/admin/ssh-tunnel"]
PAGES += ["/release/browser/planner", "/release/browser/scheduler", "/release/browser/duty", "/alert_debug?type=info", "/error/?type=404"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_content(page: Page, run_id: str, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    expect(page.locator("#argusMain")).not_to_have_text("")
    expect(page.locator(".skeleton, [role=alert]")).to_have_count(0)


def test_from_the_release_to_the_run_and_back_to_its_triage(page: Page, run_id: str) -> None:
    page.goto("/workspace")
    page.get_by_role("button", name='Release "quoted" <b>').click()
    page.get_by_role("button", name="Group").click()
    page.get_by_role("button", name="Test <i>").click()
    page.get_by_role("region", name="Test <i>").get_by_role("link", name="#7", exact=True).click()
    expect(page).to_have_title("… Test <i> #7 · Overview")
    page.get_by_label("Status", exact=True).select_option("failed")
    expect(page).to_have_title("✗ Test <i> #7 · Overview")
    page.get_by_role("link", name="Discussion").click()
    page.get_by_role("textbox", name="Comment").fill("It was **<the>** disk")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".markdown strong")).to_have_text("<the>")
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("Status was changed from created to failed by alice")).to_be_visible()


@pytest.mark.parametrize("path", ["/test_run/{run}", "/tests/scylla-cluster-tests/{run}/packages", "/test/browser/g/t/7/logs"])
def test_every_address_of_a_run_leads_to_it(page: Page, run_id: str, path: str) -> None:
    page.goto(path.format(run=run_id))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test <i> #7")
