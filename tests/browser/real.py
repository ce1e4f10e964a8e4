"""A real server for a browser, people who log in by its form, and a run that a pipeline submitted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.site import ROOT
from tests.process import free_port, process, wait_for

SCT = "scylla-cluster-tests"
COMMAND = [sys.executable, "-c", "from argus.cli import main; main()"]
PASSWORD = "correct horse"


def configured(folder: Path, **more: Any) -> Path:
    """The settings file of a server that keeps everything in a folder."""
    settings = {
        "DATA_DIR": str(folder),
        "STORAGE_DIR": str(folder / "storage"),
        "FILE_STORE_ROOT": str(folder / "objects"),
        "PUBLIC_DIR": str(ROOT / "public"),
        "REGISTRY": str(ROOT / "migration_status.yaml"),
        "LOGIN_METHODS": ["password"],
        "JOBS_ENABLED": False,
        **more,
    }
    file = folder / "argus.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


def registry_on(folder: Path, lane: str) -> Path:
    """The registry of the repository, with every path that Flask has as well on one lane."""
    text = (ROOT / "migration_status.yaml").read_text()
    file = folder / f"{lane}.yaml"
    file.write_text(re.sub(r"^    owner: \w+$", f"    owner: {lane}", text, flags=re.MULTILINE))
    return file


def add_person(settings: Path, name: str, *options: str) -> None:
    """An account whose password is `PASSWORD`."""
    command = [*COMMAND, "--config", str(settings), "users", "create", name, "--email", f"{name}@example.com", *options, "--password-stdin"]
    subprocess.run(command, input=PASSWORD, text=True, check=True, env=environment(), cwd=settings.parent, capture_output=True)


@contextmanager
def served(settings: Path) -> Iterator[str]:
    """A server; gives its address."""
    port, log = free_port(), settings.parent / "log"
    origin = f"http://127.0.0.1:{port}"
    with process(*COMMAND, "--config", str(settings), "serve", "--port", str(port), env=environment(), log=log) as running:
        wait_for(f"{origin}/auth/login", running, log)
        yield origin


def environment() -> dict[str, str]:
    """Of a process that runs Argus from this folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def logged_in(browser: Browser, server: str, name: str, **looks: Any) -> BrowserContext:
    """Somebody's browser, logged in by the form of the login page; `looks` are those of Playwright's context."""
    context = browser.new_context(**{"base_url": server, "viewport": {"width": 1400, "height": 900}, **looks})
    page = context.new_page()
    page.goto("/workspace")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{server}/workspace")
    page.close()
    return context


@contextmanager
def watched_page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test when one of our scripts fails or a file of ours is missing."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda response: problems.append(f"{response.status} {response.url}") if response.status >= 400 else None)
    yield page
    page.close()
    assert problems == []


def submitted_run(admin: BrowserContext) -> str:
    """A run that a pipeline submitted to a test of the release `browser`."""
    release = _call(
        admin, "/admin/api/v1/release/create", {"release_name": "browser", "pretty_name": 'Release "quoted" <b>', "perpetual": False}
    )
    release_id = release["new_release"]["id"]
    group = {"group_name": "g", "pretty_name": "Group", "build_system_id": "browser/g", "release_id": release_id}
    group_id = _call(admin, "/admin/api/v1/group/create", group)["new_group"]["id"]
    test = {"test_name": "t", "pretty_name": "Test <i>", "build_id": "browser/g/t", "build_url": "https://jenkins.example.com/job/t/"}
    _call(admin, "/admin/api/v1/test/create", {**test, "group_id": group_id, "release_id": release_id, "plugin_name": SCT})
    run = str(uuid4())
    submitted = {
        "run_id": run,
        "job_name": "browser/g/t",
        "job_url": "https://jenkins.example.com/job/t/7/",
        "started_by": "alice",
        "commit_id": "abc",
    }
    _call(
        admin,
        f"/api/v1/client/testrun/{SCT}/submit",
        {**submitted, "origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"},
    )
    return run


def _call(context: BrowserContext, path: str, body: Any) -> Any:
    answer = context.request.post(path, data=body).json()
    assert answer["status"] == "ok", answer
    return answer["response"]
