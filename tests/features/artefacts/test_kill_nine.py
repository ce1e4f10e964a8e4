"""Servers that are killed -9: between commit and queue, in an upload, in a job. Nothing is lost, stuck, or left over."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from argus.db.revisions import upgrade
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.postgres import new_database, postgres_server, url  # noqa: F401
from tests.process import GOLDEN, ROOT, environment, free_port, wait_for
from tests.redis import redis_server
from tests.serving import ACTORS
from tests.workers import worker

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(400)]
FOUND_WITHIN = 60.0  # seconds from a server's start until it has seen to what the dead one left (the contract's bound)
JOB_ENDS = 150.0  # seconds, with the lease of the dead one, or the minute after which the broker is told again
AGED = 25 * 3600  # seconds


@dataclass
class Place:
    """Where servers keep everything, one after the other."""

    folder: Path
    settings: dict[str, str]
    workspace: str = ""

    @contextmanager
    def server(self, *command: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """A server's address and process; `command` stands before `serve`."""
        port, log = free_port(), self.folder / "server.log"
        env = {**environment(self.folder, f"sqlite:///{self.folder}/argus.sqlite", 9), **self.settings}
        with log.open("ab") as output:
            running = subprocess.Popen(
                [sys.executable, "-m", *command, "serve", "--port", str(port)], env=env, cwd=ROOT, stdout=output, stderr=output
            )
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", running, log)
            yield f"http://127.0.0.1:{port}", running
        finally:
            running.terminate()
            running.wait(60)

    @asynccontextmanager
    async def desk(self, *command: str) -> AsyncIterator[tuple[Desk, subprocess.Popen[bytes]]]:
        """Alice at a server, in the one workspace; with the process of the server."""
        headers = {"Authorization": f"token {ACTORS['alice']['token']}"}
        with self.server(*(command or ("argus.cli",))) as (address, running):
            async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
                if not self.workspace:
                    made = await client.post("/workspaces", json={"name": "killed"})
                    self.workspace = made.json()["workspace_id"]
                client.headers["X-Workspace-ID"] = self.workspace
                yield Desk(client, self.workspace), running

    def dying(self, point: str) -> Any:
        """As `desk`, of a server that dies at a point of `dying.py`."""
        return self.desk("tests.features.artefacts.dying", point)

    @property
    def objects(self) -> list[Path]:
        return [path for path in (self.folder / "objects").glob("??/??/*") if path.is_file()]

    @property
    def drafts(self) -> list[Path]:
        return list((self.folder / "objects/drafts").glob("*"))


@pytest.fixture
def place(tmp_path: Path, url: str) -> Place:  # noqa: F811
    """An empty one, over each of the two databases."""
    upgrade(url)
    settings = {"ARGUS_DATABASE_URL": url, "ARGUS_FILE_STORE_ROOT": str(tmp_path / "objects"), "ARGUS_RATE_READS": "100000/minute"}
    env = {**environment(tmp_path, f"sqlite:///{tmp_path}/argus.sqlite", 9), **settings}
    command = [sys.executable, "-m", "argus.cli", "users", "import", str(GOLDEN / "actors.yaml")]
    subprocess.run(command, env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return Place(tmp_path, settings)


async def ask_the_dying(place: Place, point: str, path: str, **request: Any) -> None:
    """Ask a server something of which it dies; whether an answer came before does not count."""
    async with place.dying(point) as (desk, running):
        if path == "/jobs":
            request = {"json": {"document_id": (await desk.upload("a.pdf", making.two_tables()))["document_id"]}}
        with contextlib.suppress(httpx.HTTPError):
            await desk.client.post(path, **request)
        assert await asyncio.to_thread(running.wait, JOB_ENDS) == -signal.SIGKILL


async def purged(desk: Desk) -> dict[str, int]:
    """What a purge removed."""
    asked = await desk.json("POST", "/maintenance/purge", 202, json={"dry_run": False, "older_than_days": 1})
    give_up = time.monotonic() + JOB_ENDS
    while True:
        last = (await desk.json("GET", "/maintenance/status"))["last_purge"]
        if last and last["work_id"] == asked["work_id"] and last["state"] in ("done", "failed"):
            assert last["state"] == "done", last
            return dict(last["removed"])
        assert time.monotonic() < give_up, last
        await asyncio.sleep(0.05)


def age(*paths: Path) -> None:
    """Let files have stood for a day and an hour."""
    for path in paths:
        os.utime(path, (time.time() - AGED,) * 2)


async def done_once(desk: Desk, attempt: int, seconds: float) -> None:
    """There is one job, it succeeds, and its tables are there once."""
    (job,) = (await desk.json("GET", "/jobs"))["items"]
    job = await desk.ended(job["job_id"], seconds)
    assert (job["status"], job["attempt"]) == ("success", attempt), job
    tables = await desk.tables(job["job_id"])
    assert [await desk.rows(table) for table in tables] == [[list(row) for row in rows[1:]] for rows in (making.WRITES, making.READS)]
    produced = await desk.json("GET", "/documents", params={"produced_by_job_id": job["job_id"]})
    assert len(produced["items"]) == 2
    events = await desk.events(f"/jobs/{job['job_id']}")
    for once in ("job.created", "job.status.running", "job.exports.persisted", "job.status.success"):
        assert events.count(once) == 1, events


async def nothing_left_over(place: Place, desk: Desk) -> None:
    """After the collector every object is some document's, and there are no drafts."""
    age(*place.objects, *place.drafts)
    await purged(desk)
    documents = (await desk.json("GET", "/documents", params={"limit": 200}))["items"]
    assert {path.name for path in place.objects} == {document["sha256"] for document in documents}
    assert place.drafts == []
    for document in documents:
        answer = await desk.client.get(document["download_url"])
        assert (answer.status_code, len(answer.content)) == (200, document["byte_size"])


async def test_between_commit_and_queue_a_job_is_not_forgotten(place: Place) -> None:
    await ask_the_dying(place, "behind_the_commit", "/jobs")
    async with place.desk() as (desk, _):
        await done_once(desk, 1, FOUND_WITHIN)
        await nothing_left_over(place, desk)


async def test_between_commit_and_broker_a_job_is_not_forgotten(place: Place) -> None:
    with redis_server() as broker, redis.Redis.from_url(broker) as messages:
        place.settings |= {"ARGUS_QUEUE_ENGINE": "celery", "ARGUS_CELERY_BROKER_URL": broker}
        await ask_the_dying(place, "before_the_broker", "/jobs")
        assert messages.llen("extraction") == 0, "nobody was told"
        env = {**environment(place.folder, f"sqlite:///{place.folder}/argus.sqlite", 9), **place.settings}
        settings = {name.removeprefix("ARGUS_"): value for name, value in env.items() if name.startswith("ARGUS_")}
        with worker(place.folder, "worker", settings):
            async with place.desk() as (desk, _):
                await done_once(desk, 1, JOB_ENDS)
                await nothing_left_over(place, desk)


async def test_in_an_upload_nothing_of_it_counts_and_what_came_goes(place: Place) -> None:
    async with place.desk() as (desk, running):
        kept = await desk.upload("kept.csv", "a,b\n1,2\n")

        async def endless() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
            while True:
                yield b"op,1,2\n" * 20_000
                await asyncio.sleep(0.01)

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        sending = asyncio.create_task(desk.client.post("/documents", content=endless(), headers=headers))
        while not any(path.stat().st_size > 1 << 20 for path in place.drafts):
            assert not sending.done(), sending
            await asyncio.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        with pytest.raises(httpx.HTTPError):
            await sending
    assert len(place.drafts) == 1
    async with place.desk() as (desk, _):
        assert [each["document_id"] for each in (await desk.json("GET", "/documents"))["items"]] == [kept["document_id"]]
        await purged(desk)
        assert len(place.drafts) == 1, "a young one may be somebody's"
        await nothing_left_over(place, desk)


async def test_between_object_and_row_an_upload_is_none_and_can_be_repeated(place: Place) -> None:
    upload = {"files": {"file": ("a.csv", b"a,b\n1,2\n")}}
    await ask_the_dying(place, "behind_the_object", "/documents", **upload)
    assert len(place.objects) == 1
    async with place.desk() as (desk, _):
        assert (await desk.json("GET", "/documents"))["items"] == []
        await desk.upload("other.csv", "c,d\n3,4\n")
        assert (await purged(desk))["objects"] == 0, "a young one may be somebody's"
        age(*place.objects)
        assert (await purged(desk))["objects"] == 1
        await desk.json("POST", "/documents", 201, **upload)
        await nothing_left_over(place, desk)


async def test_in_a_job_another_attempt_begins_anew(place: Place) -> None:
    await ask_the_dying(place, "in_the_job", "/jobs")
    assert len(place.drafts) == 1, "the copy that was read"
    async with place.desk() as (desk, _):
        await done_once(desk, 2, JOB_ENDS)
        await nothing_left_over(place, desk)
