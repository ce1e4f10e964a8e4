"""Two workers under sixty-four connections while the registry is edited, well and badly: no request fails, and each worker follows within a
second."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from argus.web.app import create_gateway
from strangler import edit, registry
from strangler.registry import Lane
from tests.process import ROOT, server_process
from tests.serving import ACTORS, settings_for
from tests.slow.wire import FAILURES, Connection, Neighbours, children, one_for_each

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds out below /proc which worker serves a connection"),
]

EDITS = 50
WITHIN = 1.0  # seconds
SETTLED = 0.3
LOOKED = 0.6  # seconds in which a bad file would have been taken
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}
PIPELINES, READERS, PASSERS_BY = 28, 28, 8
PAUSE = 0.2  # seconds between two requests of a caller, on average
READS = ["/api/v1/releases", "/api/v1/version", "/api/v1/users", "/api/v1/user/token", "/workspace", "/nowhere", "/s/app.css"]


class Load:
    """What callers sent and saw."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.ended = False
        self.failed: list[str] = []
        self.lanes: Counter[str] = Counter()
        self.asked: dict[str, float] = {}
        """By table: when the last request was sent that it has served."""

    async def ask(self, connection: Connection, method: str, path: str, body: object = None, status: int = 200) -> None:
        await asyncio.sleep(random.expovariate(1 / PAUSE))
        asked = time.monotonic()
        try:
            answer = await connection.ask(method, path, None if body is None else json.dumps(body).encode())
        except FAILURES as problem:
            self.failed.append(f"{method} {path}: {problem!r}")
            return
        self.lanes[answer.headers["x-argus-lane"]] += 1
        table = answer.headers["x-argus-table"]
        self.asked[table] = max(asked, self.asked.get(table, 0))
        wrong = answer.status != status or (path.startswith("/api/") and json.loads(answer.body)["status"] != "ok")
        if wrong:
            self.failed.append(f"{method} {path}: {answer.status} {answer.body[:200]!r}")

    async def pipeline(self) -> None:
        """A run that is written to and read."""
        base, run_id = "/api/v1/client/testrun/generic", str(uuid4())
        connection = Connection(self.port, TOKEN)
        body = {"run_id": run_id, "build_id": f"job-{run_id}", "build_url": "https://j/1/", "started_by": "me", "sub_type": "x"}
        await self.ask(connection, "POST", f"{base}/submit", body)
        while not self.ended:
            await self.ask(connection, "POST", f"{base}/{run_id}/logs/submit", {"logs": [{"log_name": "a.log", "log_link": "x"}]})
            await self.ask(connection, "GET", f"{base}/{run_id}/get")
            await self.ask(connection, "POST", f"{base}/{run_id}/heartbeat", {})
        connection.close()

    async def reader(self, number: int, keep_alive: bool) -> None:
        """Somebody who looks at pages, lists, files and what is not there."""
        draw = random.Random(number)
        connection = Connection(self.port, TOKEN, keep_alive=keep_alive)
        while not self.ended:
            path = draw.choice(READS)
            await self.ask(connection, "GET", path, status=404 if path == "/nowhere" else 200)
        connection.close()


class Worker:
    """One worker, looked at all the time over a connection of its own: which table serves in it, and by which lanes."""

    PATHS = {"catalogue": "/api/v1/version", "client": f"/api/v1/client/{uuid4()}/config/all"}

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.table = ""
        self.lanes: dict[tuple[str, str], str] = {}

    async def look(self, load: Load) -> None:
        while not load.ended:
            for blueprint, path in self.PATHS.items():
                answer = await self.connection.ask("GET", path)
                self.table = answer.headers["x-argus-table"]
                self.lanes[self.table, blueprint] = answer.headers["x-argus-lane"]
            await asyncio.sleep(0.01)


class Edit(NamedTuple):
    """A text for the file, how it is saved, and the table that is to serve then; None where it is to be refused."""

    text: str
    save: Callable[[Path, str], object]
    table: str | None


def in_place(file: Path, text: str) -> None:
    """As an editor saves that does not rename."""
    file.write_text(text)


def all_edits(text: str, table_of: Callable[[str], str]) -> Iterator[Edit]:
    """Flips, canary changes, cut-overs and rollbacks; among every five a bad one and a half-written one."""
    for turn in range(EDITS // 5):
        owner: Lane = "fastapi" if turn % 2 else "flask"
        good: list[Callable[[str], str]] = [
            partial(edit.set_owner, owner=owner, blueprint="client"),
            partial(edit.roll_back, blueprint="catalogue"),
            partial(edit.set_canary, percent=5 + turn, blueprint="users"),
            partial(edit.set_owner, owner=owner, blueprint="pages"),
            lambda text: edit.cut_over(edit.set_canary(text, 0, "users"), "catalogue"),
        ]
        for number, change in enumerate(good):
            before, text = text, change(text)
            if number == 1:
                yield Edit(before.replace("owner: fastapi", "owner: django", 1), in_place, None)
            if number == 3:
                yield Edit(text[: len(text) * (turn + 1) // 12], in_place, None)
            yield Edit(text, edit.write if number % 2 else in_place, table_of(text))


async def carry_out(found: Edit, file: Path, workers: list[Worker], load: Load) -> float | None:
    """Save an edit; how many seconds later a request was sent that a worker still served by the table before. A refused edit no worker
    follows."""
    before = [worker.table for worker in workers]
    await asyncio.to_thread(found.save, file, found.text)
    saved = time.monotonic()
    if found.table is None:
        await asyncio.sleep(LOOKED)
        assert [worker.table for worker in workers] == before
        return None
    assert found.table not in before, "an edit that changes nothing proves nothing"
    load.asked.clear()
    while any(worker.table != found.table for worker in workers):
        assert time.monotonic() - saved < 10, "a worker does not follow"
        await asyncio.sleep(0.01)
    await asyncio.sleep(SETTLED)  # what was sent before is answered
    return max([asked - saved for table, asked in load.asked.items() if table != found.table], default=0)


def tables(folder: Path) -> Callable[[str], str]:
    """The table that a text of the registry makes, by a gateway aside."""
    gateway = create_gateway(settings_for(folder / "aside"))

    def table_of(text: str) -> str:
        gateway.live.registry = registry.parse(text)
        gateway.live.recompile()
        return gateway.table.hash

    return table_of


async def test_fifty_edits_and_twenty_bad_ones_under_load(tmp_path: Path) -> None:
    file = tmp_path / "migration_status.yaml"
    shutil.copy(ROOT / "migration_status.yaml", file)
    made = list(all_edits(file.read_text(), tables(tmp_path)))
    public = tmp_path / "public"
    public.mkdir()
    (public / "app.css").write_bytes(b"x" * 300_000)  # travels in pieces
    storage = f"sqlite:///{tmp_path}/argus.sqlite"
    settings = {"ARGUS_PUBLIC_DIR": str(public), "ARGUS_JOBS_ENABLED": "false"}
    with server_process(None, storage, tmp_path, "--workers", "2", "--registry", str(file), **settings) as (url, running):
        port = urlsplit(url).port
        assert port is not None
        pids = [pid for pid in children(running.pid) if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(pids) == 2
        workers = [Worker(connection) for connection in (await one_for_each(port, pids, TOKEN)).values()]
        load = Load(port)
        callers = [asyncio.create_task(load.pipeline()) for _ in range(PIPELINES)]
        callers += [asyncio.create_task(load.reader(n, n < READERS)) for n in range(READERS + PASSERS_BY)]
        callers += [asyncio.create_task(worker.look(load)) for worker in workers]
        await asyncio.sleep(1)
        neighbours = Neighbours([os.getpid(), *pids])
        try:
            outcomes = [await carry_out(each, file, workers, load) for each in made]
            others = neighbours.share
        finally:
            load.ended = True
            await asyncio.gather(*callers)
    seconds = sorted(each for each in outcomes if each is not None)
    print(f"{load.lanes.total()} requests, {dict(load.lanes)}; others used {others:.0%} of the machine")
    print("the old table served until", " ".join(f"{each:.2f}" for each in seconds), "s")
    assert load.failed == []
    assert len(seconds) == EDITS
    assert seconds[EDITS * 95 // 100] <= WITHIN
    assert seconds[-1] <= (WITHIN if others < 0.1 else 2 * WITHIN), f"others used {others:.0%} of the machine"
    for each in made:
        if each.table is not None:
            blueprints = registry.parse(each.text).blueprints
            for worker in workers:
                for name in Worker.PATHS:
                    assert worker.lanes.get((each.table, name), blueprints[name].owner) == blueprints[name].owner
    assert min(load.lanes["flask"], load.lanes["fastapi"]) > 1000
