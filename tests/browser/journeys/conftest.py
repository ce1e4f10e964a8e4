"""One server with demo data for all journeys; each is taken on four ways of looking at it.

A lane is chosen as in production: by an edit of the registry while the server runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, ViewportSize

from tests.browser.journeys.jenkins import Jenkins, listening
from tests.browser.journeys.sight import accessible, wait_for_lane
from tests.browser.real import COMMAND, configured, environment, registry_on, served

WIDE: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 380, "height": 800}
RUNS = 4  # of each test of the demo
PATIENCE = 600  # seconds for a journey and what it waits for: the first one lets the demo happen
NOWHERE = "about:blank"
KEPT = "ARGUS_TEST_DEMO"
"""Names a folder that keeps the loaded demo for the next time; remove it when the demo or a table has changed."""


@dataclass(frozen=True)
class Look:
    """Which lane answers what both can, and how somebody looks at it."""

    lane: str
    theme: str
    size: ViewportSize

    @property
    def phone(self) -> bool:
        return self.size is PHONE


LOOKS = {
    "fastapi-light-wide": Look("fastapi", "light", WIDE),
    "fastapi-dark-phone": Look("fastapi", "dark", PHONE),
    "flask-dark-wide": Look("flask", "dark", WIDE),
    "flask-light-phone": Look("flask", "light", PHONE),
}


@dataclass(frozen=True)
class Demo:
    """A running server: address, registry, and what opens the accounts of the demo's people."""

    origin: str
    registry: Path
    password: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/journeys/" in item.path.as_posix():
            item.add_marker(pytest.mark.timeout(PATIENCE))


@pytest.fixture(scope="session")
def jenkins(browser: Browser) -> Iterator[Jenkins]:
    """The Jenkins of the demo; it has no job until a journey makes one."""
    with listening() as remote:
        yield remote


@pytest.fixture(scope="session")
def demo(browser: Browser, jenkins: Jenkins, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A server on which the demo happened. `browser`: without one nothing is started."""
    folder = tmp_path_factory.mktemp("journeys") / "server"
    kept = os.environ.get(KEPT)
    if kept is None:
        folder.mkdir()
        load_demo(folder)
    else:
        shutil.copytree(kept_demo(Path(kept)), folder)
    registry = registry_on(folder, "fastapi").replace(folder / "migration_status.yaml")
    ci = {"JENKINS_URL": jenkins.address, "JENKINS_USER": "argus", "JENKINS_API_TOKEN": "token"}
    with served(configured(folder, REGISTRY=str(registry), **ci)) as origin:
        yield Demo(origin, registry, (folder / "password").read_text())


def load_demo(folder: Path) -> None:
    """Let the demo happen in a folder, and keep there what its people log in with."""
    load = [*COMMAND, "--config", str(configured(folder)), "demo", "load", "--runs", str(RUNS)]
    printed = subprocess.run(load, env=environment(), cwd=folder, check=True, capture_output=True, text=True).stdout
    (folder / "password").write_text(printed.splitlines()[-1].removeprefix("password of each: "))


def kept_demo(folder: Path) -> Path:
    """The folder, in which the demo happens if it has not yet; whoever comes first makes it, in one step."""
    if not folder.exists():
        making = folder.with_name(f"{folder.name}-{os.getpid()}")
        making.mkdir(parents=True)
        load_demo(making)
        try:
            making.rename(folder)
        except OSError:  # somebody else was quicker
            shutil.rmtree(making)
    return folder


@pytest.fixture(scope="session", params=LOOKS)
def look(request: pytest.FixtureRequest, demo: Demo, browser: Browser) -> Look:
    """The way of looking; the server is on its lane."""
    look = LOOKS[request.param]
    registry_on(demo.registry.parent, look.lane).replace(demo.registry)
    wait_for_lane(f"{demo.origin}/auth/login", look.lane)
    return look


@pytest.fixture(scope="session")
def signed_in(look: Look, demo: Demo, browser: Browser) -> Any:
    """What a browser keeps in which dana, who administrates, is logged in."""
    return login(browser, demo, "dana")


@pytest.fixture
def context(look: Look, demo: Demo, signed_in: Any, browser: Browser) -> Iterator[BrowserContext]:
    context = opened(browser, demo, look, signed_in)
    yield context
    context.close()


@pytest.fixture
def problems() -> list[str]:
    """What went wrong on the page of a journey; one that is after a refusal takes it out by `forgive`."""
    return []


@pytest.fixture
def page(context: BrowserContext, problems: list[str]) -> Iterator[Page]:
    """A page of dana's. At its end it must be sound: no error, no failed request, nothing that axe finds, nothing sideways."""
    page = context.new_page()
    listen(page, problems)
    yield page
    if page.url != NOWHERE:  # else it failed before it went anywhere, and that is told
        problems += accessible(page)
    page.close()
    assert problems == []


def login(browser: Browser, demo: Demo, name: str) -> Any:
    """What a browser keeps in which somebody is logged in."""
    context = browser.new_context(base_url=demo.origin)
    answer = context.request.post("/auth/login", form={"username": name, "password": demo.password})
    assert urlsplit(answer.url).path == "/workspace", answer.text()
    kept = context.storage_state()
    context.close()
    return kept


def opened(browser: Browser, demo: Demo, look: Look, kept: Any) -> BrowserContext:
    """Somebody's browser, of a size and in a theme."""
    theme: Any = look.theme
    context = browser.new_context(base_url=demo.origin, viewport=look.size, color_scheme=theme, reduced_motion="reduce", storage_state=kept)
    context.set_default_timeout(10_000)
    return context


def listen(page: Page, problems: list[str]) -> None:
    """Note what goes wrong on a page from now on: scripts that fail, and answers of our own server that are errors."""
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda answer: problems.append(f"{answer.status} {answer.url}") if _is_ours_and_failed(page, answer) else None)
    page.on(
        "console",
        lambda said: problems.append(said.text) if said.type == "error" and "Failed to load resource" not in said.text else None,
    )


def _is_ours_and_failed(page: Page, answer: Response) -> bool:
    """Screenshots and logs of the demo lie where nothing is."""
    return answer.status >= 400 and urlsplit(answer.url).netloc == urlsplit(page.url).netloc
