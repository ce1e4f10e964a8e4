"""A real server at one address, with several workers or started anew, and what is asked of it without a page."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext

from tests.browser.real import COMMAND, PASSWORD, SCT, add_person, configured, environment
from tests.browser.site import ROOT
from tests.process import free_port, process, wait_for


@dataclass(frozen=True)
class Place:
    """Where a server has its data and its address; it may be started there again."""

    folder: Path
    port: int
    registry: Path = ROOT / "migration_status.yaml"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        return [*COMMAND, "--config", str(self.folder / "argus.yaml")]

    @contextmanager
    def serving(self, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
        log = self.folder / f"log-{uuid4().hex[:6]}"
        arguments = ["serve", "--port", str(self.port), "--workers", str(workers)]
        with process(*self.command, *arguments, env=environment(), log=log) as running:
            wait_for(f"{self.origin}/auth/login", running, log)
            yield running


def place(folder: Path, registry: Path = ROOT / "migration_status.yaml") -> Place:
    """A place for a server with one administrator, alice."""
    add_person(configured(folder, REGISTRY=str(registry)), "alice", "--role", "admin")
    return Place(folder, free_port(), registry)


def logged_in(browser: Browser, origin: str) -> BrowserContext:
    """A browser in which alice is logged in."""
    context = browser.new_context(base_url=origin, viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    answer = context.request.post("/auth/login", form={"username": "alice", "password": PASSWORD})
    assert answer.url.endswith("/workspace"), answer.text()
    return context


def call(context: BrowserContext, path: str, body: Any = None) -> Any:
    """What the server answers to a request of the page's."""
    answer = (context.request.get(path) if body is None else context.request.post(path, data=body)).json()
    assert answer["status"] == "ok", answer
    return answer["response"]


def make_test(context: BrowserContext, release: str, name: str = "t", plugin: str = SCT) -> str:
    """A test of a new release, with the job `<release>/g/<name>`."""
    made = call(context, "/admin/api/v1/release/create", {"release_name": release, "pretty_name": None, "perpetual": False})
    release_id = made["new_release"]["id"]
    group = {"group_name": "g", "pretty_name": None, "build_system_id": f"{release}/g", "release_id": release_id}
    group_id = call(context, "/admin/api/v1/group/create", group)["new_group"]["id"]
    test = {"test_name": name, "pretty_name": None, "build_id": f"{release}/g/{name}", "build_url": "https://jenkins.example.com/job/t/"}
    place = {"group_id": group_id, "release_id": release_id, "plugin_name": plugin}
    return str(call(context, "/admin/api/v1/test/create", {**test, **place})["new_test"]["id"])


def submit(context: BrowserContext, job: str, build: int) -> str:
    """A run that a pipeline submits to a cluster test."""
    run = str(uuid4())
    said = {"run_id": run, "job_name": job, "job_url": f"https://jenkins.example.com/job/t/{build}/", "started_by": "alice"}
    more: dict[str, Any] = {"commit_id": "abc", "origin_url": None, "branch_name": None, "sct_config": {}, "schema_version": "v8"}
    call(context, f"/api/v1/client/testrun/{SCT}/submit", {**said, **more})
    return run
