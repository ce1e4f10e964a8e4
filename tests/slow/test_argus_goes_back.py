"""Argus itself under a canary of 50 %, whose FastAPI lane fails inside of a service. Such failures are answered with status 200 and the
envelope of errors: they are counted all the same, and every worker goes back to Flask within the window."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from tests.cassandra_fixture import cassandra_or_skip
from tests.process import GOLDEN, ROOT, server
from tests.slow.wire import FAILURES, Connection

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

WINDOW = 20.0  # seconds
FAULT = '''\
"""One answer of ten fails where FastAPI serves."""
import random

from argus.features.tracker.catalogue import service
from argus.kit import logs

right = service.releases


async def wrong(runtime, everything):
    if logs.serving().get("lane") == "fastapi" and random.random() < 0.1:
        raise RuntimeError("this lane is broken")
    return await right(runtime, everything)


service.releases = wrong
'''
"""Imported by whoever imports `sitecustomize`: every process of the server."""


@pytest.fixture(params=["sqlite", pytest.param("cassandra", marks=pytest.mark.cassandra)])
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of Argus with two workers, its catalogue with Flask but for a canary of FastAPI."""
    registry = yaml.safe_load((ROOT / "migration_status.yaml").read_text())
    guard = {"max_error_rate": 0.02, "min_requests": 50, "window": WINDOW}
    registry["blueprints"]["catalogue"] |= {"owner": "flask", "canary": {"percent": 50}, "guard": guard}
    registry["unlisted"] = registry.pop("unlisted")  # it stays the last key
    (tmp_path / "registry.yaml").write_text(yaml.safe_dump(registry, sort_keys=False))
    (tmp_path / "sitecustomize.py").write_text(FAULT)
    settings = {"ARGUS_REGISTRY": str(tmp_path / "registry.yaml"), "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    with ExitStack() as stack:
        storage = f"sqlite:///{tmp_path}/argus.sqlite"
        if request.param == "cassandra":
            node = cassandra_or_skip()
            main, tablets = stack.enter_context(node.keyspaces())
            storage = f"cql://{node.host}:{node.port}/{main}"
            settings["ARGUS_SCYLLA_TABLETS_KEYSPACE_NAME"] = tablets
        yield stack.enter_context(server(None, storage, tmp_path, "--workers", "2", **settings))


class Load:
    """Callers, each on connections of his own, and what they were answered."""

    def __init__(self, url: str) -> None:
        self.port = urlsplit(url).port or 80
        token = yaml.safe_load((GOLDEN / "actors.yaml").read_text())["bob"]["token"]
        self.headers = {"Authorization": f"token {token}"}
        self.answers: Counter[tuple[str, str]] = Counter()
        self.last_of_fastapi = time.monotonic()
        self.lost: list[str] = []

    async def call(self, until: float) -> None:
        while time.monotonic() < until:
            await self.ask()
            await asyncio.sleep(0.02)

    async def ask(self) -> str:
        """The lane that answered; on a connection of its own, so that every worker gets some."""
        asked = time.monotonic()
        try:
            answer = await Connection(self.port, self.headers, keep_alive=False).ask("GET", "/api/v1/releases")
        except FAILURES as problem:
            self.lost.append(repr(problem))
            return ""
        lane = answer.headers["x-argus-lane"]
        self.answers[lane, json.loads(answer.body)["status"]] += 1
        if answer.status != 200:
            self.lost.append(f"{answer.status} from {lane}")
        if lane == "fastapi":
            self.last_of_fastapi = max(self.last_of_fastapi, asked)
        return lane


async def test_a_service_that_fails_with_status_200_sends_every_worker_back(broken: str) -> None:
    load, began = Load(broken), time.monotonic()
    await asyncio.gather(*(load.call(began + WINDOW + 15) for _ in range(6)))
    print(f"\ngone back after {load.last_of_fastapi - began:.1f} s; {dict(load.answers)}")
    assert load.answers["fastapi", "error"] > 0, "the lane was tried"
    assert load.answers["flask", "ok"] > load.answers["fastapi", "ok"] > 0
    assert load.answers["flask", "error"] == 0
    assert load.last_of_fastapi - began < WINDOW
    assert Counter([await load.ask() for _ in range(200)]) == {"flask": 200}, "both workers have gone back, and stay"
    assert load.lost == []
