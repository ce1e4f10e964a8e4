"""The same job where workers are processes of Celery on Redis: two of them, of which one is killed in the middle."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import anyio
import pytest
from sqlalchemy import select

from argus.db.opening import opened_database
from argus.db.revisions import upgrade
from argus.kit.settings import Settings
from argus.platform.broker import HARD_LIMIT, LEAVING, celery_app
from argus.platform.kinds import QUEUES, all_kinds
from argus.platform.tables import WorkItem
from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.postgres import new_database, postgres_server  # noqa: F401
from tests.redis import redis_server
from tests.serving import Server, serving
from tests.workers import worker

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]
ROWS = 60_000
PATIENCE = 180.0  # seconds


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
async def several(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[tuple[Server, list[subprocess.Popen[bytes]]]]:
    """A server that leaves the work to two workers."""
    folder = tmp_path_factory.mktemp("celery")
    with ExitStack() as stack:
        settings: dict[str, Any] = {
            "STORAGE": f"sqlite:///{folder}/argus.sqlite",
            "SECRET_KEY": "a-key-for-tests-only",
            "DATA_DIR": folder,
            "FILE_STORE_ROOT": folder / "objects",
            "EMAIL_ENABLED": False,
            "QUEUE_ENGINE": "celery",
            "CELERY_BROKER_URL": stack.enter_context(redis_server()),
        }
        if request.param == "postgres":
            settings["DATABASE_URL"] = await new_database(request.getfixturevalue("postgres_server"))
            await anyio.to_thread.run_sync(upgrade, settings["DATABASE_URL"])
        async with serving(folder, "fastapi", **settings) as server:
            yield server, [stack.enter_context(worker(folder, name, settings)) for name in ("first", "second")]


async def item_of(server: Server, job_id: str) -> WorkItem | None:
    database = await opened_database(server.runtime)
    async with database.reading() as session:
        items = await session.scalars(select(WorkItem).where(WorkItem.kind == "jobs.process"))
        return next((item for item in items if item.payload.get("job_id") == job_id), None)


def group_of(item: WorkItem) -> int:
    """The group of the worker whose child has an item."""
    return os.getpgid(int((item.lease_owner or "").rpartition(":")[2]))


async def test_a_job_is_done_by_a_worker(several: tuple[Server, list[subprocess.Popen[bytes]]]) -> None:
    server, _ = several
    async with server.client("alice") as client:
        desk = await Desk.of(server, client, "alice")
        document = await desk.upload("a.pdf", making.two_tables())
        job = await desk.ended((await desk.job(document["document_id"]))["job_id"], PATIENCE)
        assert (job["status"], job["attempt"], len(await desk.tables(job["job_id"]))) == ("success", 1, 2)
        item = await item_of(server, job["job_id"])
        assert item is not None
        assert item.sent_at is not None


@pytest.mark.slow
async def test_after_kill_nine_of_a_worker_the_other_one_ends_the_job_once(
    several: tuple[Server, list[subprocess.Popen[bytes]]],
) -> None:
    server, workers = several
    async with server.client("alice") as client:
        desk = await Desk.of(server, client, "alice")
        lines = "\n".join(f"op{number},{number}.5,{number}" for number in range(ROWS))
        document = await desk.upload("a.csv", f"op,P99,N\n{lines}\n")
        job_id = (await desk.job(document["document_id"]))["job_id"]
        until = time.monotonic() + PATIENCE
        while (item := await item_of(server, job_id)) is None or item.state != "leased":
            assert time.monotonic() < until, item and item.state
            await asyncio.sleep(0.02)
        killed = group_of(item)
        assert killed in {each.pid for each in workers}
        os.killpg(killed, signal.SIGKILL)
        job = await desk.ended(job_id, PATIENCE)
        assert (job["status"], job["attempt"], job["metrics"]["rows"]) == ("success", 2, ROWS), job
        assert (await desk.events(f"/jobs/{job_id}")).count("job.status.success") == 1
        produced = await desk.json("GET", "/documents", params={"produced_by_job_id": job_id})
        assert len(produced["items"]) == len(await desk.tables(job_id)) == 1


def test_a_message_is_for_one_queue() -> None:
    queues = celery_app(Settings(QUEUE_ENGINE="celery", CELERY_BROKER_URL="memory://")).amqp.queues
    assert sorted((queue.name, queue.routing_key) for queue in queues.values()) == sorted((name, name) for name in QUEUES)


def test_every_attempt_ends_itself_before_celery_ends_its_process() -> None:
    longest = max(all_kinds(), key=lambda kind: kind.soft_seconds)
    assert longest.soft_seconds + LEAVING < HARD_LIMIT, longest.name


def test_an_engine_without_its_broker_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="CELERY_BROKER_URL: QUEUE_ENGINE celery needs it, or REDIS_URL"):
        Settings(QUEUE_ENGINE="celery")
