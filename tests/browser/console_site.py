"""A real server of two workers in the middle of a migration, with people who use it, for the console's tests and its picture."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml
from playwright.sync_api import Browser, Page

from argus.cli.routes_moves import STATE_MODELS
from argus.cli.stores import open_at
from argus.kit.settings import Settings
from argus.storage.store import Store
from argus.web.gateway_state import StoredState
from strangler import edit
from strangler.evidence import Parity, commit_of, table_of, write_parity
from strangler.registry import parse
from strangler.shadow_record import Found, Sample, ShadowRecord
from tests.browser.site import ROOT
from tests.process import server

ACTORS = yaml.safe_load((ROOT / "tests/golden/actors.yaml").read_text())
ON_FLASK = ("users", "results", "runs", "comments", "schedules", "planning", "teams")
POLICIES = {
    "users": """\
    since: 2026-11-20
    canary: {percent: 25, sticky: user}
    guard: {max_error_rate: 0.02, max_latency_ratio: 3, min_requests: 200, window: 60}
    shadow: {percent: 50}
""",
    "teams": "    shadow: {percent: 100}\n",
}
TEAMS = "/api/v1/team/user/00000000-0000-4000-8000-00000000000b/teams"
PATHS = (
    "/api/v1/users",
    "/api/v1/users",
    "/api/v1/user/token",
    "/api/v1/user/jobs",
    TEAMS,
    "/api/v1/releases",
    "/api/v1/groups?releaseId=00000000-0000-4000-8000-000000000000",
    "/api/v1/version",
    "/api/v1/test_run/poll?limit=10",
    "/api/v1/views/all",
    "/api/v1/issues/get?filterKey=release_id&id=00000000-0000-4000-8000-000000000000",
    "/api/v1/notifications/summary",
    "/api/v1/notifications/get_unread",
    "/api/v1/planning/search?query=longevity",
    "/workspace",
    "/releases",
)
PEOPLE = 16  # who use it, beside the actors of the recordings


def _compared(name: str) -> dict[str, int]:
    return {f"GET {route.path}": 40 for route in parse(registry()).blueprints[name].routes if "GET" in route.methods}


def _proven(name: str) -> Parity:
    """A clean record of a blueprint, made with what serves."""
    about = parse(registry()).blueprints[name]
    routes = {f"{method} {route.path}": 20 for route in about.routes for method in route.methods}
    return Parity(
        requests=312, differences=0, failures=0, time=datetime.now(UTC), routes=routes, table=table_of(about), commit=commit_of(ROOT)
    )


def registry() -> str:
    """Argus' registry as it might have been some weeks ago."""
    text = (ROOT / "migration_status.yaml").read_text()
    for name in ON_FLASK:
        text = edit.roll_back(text, name)
    for name, policy in POLICIES.items():
        head = text.index(f"\n  {name}:")
        place = text.index("owner: flask\n", head) + len("owner: flask\n")
        text = text[:place] + policy + text[place:]
    return text


@dataclass
class Site:
    """The server, and where its files are."""

    url: str
    folder: Path

    def log_in(self, browser: Browser, actor: str = "alice", **options: object) -> Page:
        """A page of somebody who has logged in by the form."""
        context = browser.new_context(**{"base_url": self.url, "viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.goto("/auth/login")
        page.get_by_label("User name").fill(actor)
        page.get_by_label("Password").fill(ACTORS[actor]["password"])
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/workspace")
        return page

    def lanes(self, path: str, times: int = 8) -> set[str]:
        """The lanes that answer a path, over connections of their own, so that both workers do."""
        headers = {"Authorization": f"token {ACTORS['bob']['token']}"}
        return {httpx.get(self.url + path, headers=headers).headers["x-argus-lane"] for _ in range(times)}

    def differ(self, blueprint: str, *found: Found) -> None:
        """Tell of what a blueprint answers differently, nothing included, as a worker on another host would."""
        record = ShadowRecord(
            blueprint, "2026-11-20T09:00:00+00:00", compared=412, wrote=3, differences=found, routes=_compared(blueprint)
        ).as_dict()

        async def publish() -> None:
            async with open_at(f"sqlite:///{self.folder}/db.sqlite", Settings(), STATE_MODELS) as store:

                async def opened() -> Store:
                    return store

                await StoredState(opened).publish("shadow", f"the host that has compared {blueprint}", [record], 600)

        with ThreadPoolExecutor(1) as thread:  # Playwright holds this thread's loop
            thread.submit(asyncio.run, publish()).result()


TIMES = Found(
    "GET",
    "/api/v1/user/jobs",
    "response[].start_time",
    7,
    1,
    (
        Sample("2026-11-20T09:14:08+00:00", "/api/v1/user/jobs", "'2026-11-20T09:14:07.000Z'", "'2026-11-20T09:14:07Z'"),
        Sample("2026-11-20T11:02:52+00:00", "/api/v1/user/jobs", "'2026-11-20T11:02:51.000Z'", "'2026-11-20T11:02:51Z'"),
    ),
)
MARKUP = Found(
    "GET",
    "/api/v1/users",
    "response.*.full_name",
    2,
    0,
    (Sample("2026-11-20T09:20:41+00:00", "/api/v1/users", "'<b>Alice</b>'", "'&lt;b&gt;Alice&lt;/b&gt;'"),),
)


@contextlib.contextmanager
def migrating(folder: Path) -> Iterator[Site]:
    """The server while people use it."""
    (folder / "migration_status.yaml").write_text(registry())
    write_parity(folder / "parity.json", {name: _proven(name) for name in ("users", "teams")})
    settings = {"ARGUS_REGISTRY": str(folder / "migration_status.yaml"), "ARGUS_JOBS_ENABLED": "false"}
    stop = threading.Event()
    people_file = folder / "people.yaml"
    people_file.write_text(yaml.safe_dump({**ACTORS, **{f"user{n}": _person(n) for n in range(PEOPLE)}}))
    with server(None, f"sqlite:///{folder}/db.sqlite", folder, "--workers", "2", people=people_file, **settings) as url:
        people = [threading.Thread(target=_use, args=(url, number, stop), daemon=True) for number in range(3)]
        for person in people:
            person.start()
        try:
            yield Site(url, folder)
        finally:
            stop.set()
            for person in people:
                person.join(10)


def _person(number: int) -> dict[str, Any]:
    name = f"user{number}"
    return {
        "full_name": name.title(),
        "email": f"{name}@example.com",
        "password": f"pw-{name}",
        "token": f"token-{name}",
        "roles": ["ROLE_USER"],
    }


def _use(url: str, number: int, stop: threading.Event) -> None:
    """People who ask for this and that, now more and now less."""
    draw = random.Random(number)
    with httpx.Client(base_url=url, timeout=10) as client:
        while not stop.wait(draw.expovariate(4 + 3 * ((time.time() // 25) % 3))):
            with contextlib.suppress(httpx.TransportError):
                client.get(draw.choice(PATHS), headers={"Authorization": f"token token-user{draw.randrange(PEOPLE)}"})
