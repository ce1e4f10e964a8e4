"""The same job where the queue's engine is Celery on Redis: a worker of its own runs the program, the server only shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.deduper.forms import deduper_settings
from tests.deduper.integration.conftest import ended
from tests.deduper.integration.plays import begin, left_behind
from tests.redis import redis_server
from tests.serving import Server, serving
from tests.workers import worker

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]
PATIENCE = 120.0  # seconds


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def celery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    """A server that leaves its jobs to a worker."""
    folder: Path = tmp_path_factory.mktemp(f"celery-{request.param}")
    with ExitStack() as stack:
        settings: dict[str, Any] = {
            **deduper_settings(folder),
            "STORAGE": f"sqlite:///{folder}/argus.sqlite",
            "SECRET_KEY": "a-key-for-tests-only",
            "DATA_DIR": folder,
            "EMAIL_ENABLED": False,
            "QUEUE_ENGINE": "celery",
            "CELERY_BROKER_URL": stack.enter_context(redis_server()),
        }
        async with serving(folder, request.param, **settings) as server:
            environment = {**settings, "DEDUPER_ALLOWED_DIRS": "/"}
            stack.enter_context(worker(folder, "worker", environment))
            yield server


@pytest.mark.parametrize(("play", "status", "code"), [("completes", "completed", None), ("exits 3", "failed", "exit_3")])
async def test_a_worker_runs_the_program(celery: Server, play: str, status: str, code: str | None) -> None:
    async with celery.client("alice") as caller:
        job_id = await begin(celery, caller, play)
        job = await ended(caller, job_id, PATIENCE)
        assert (job["status"], job["error"] and job["error"]["code"], job["attempt"]) == (status, code, 1)
        assert left_behind(celery, job_id) == []


async def test_what_a_worker_runs_is_cancelled_by_any_server(celery: Server) -> None:
    async with celery.client("alice") as caller:
        job_id = await begin(celery, caller, "forks")
        while (await caller.get(f"/deduper/jobs/{job_id}")).json()["pid"] is None:
            await asyncio.sleep(0.1)
        assert (await caller.post(f"/deduper/jobs/{job_id}/cancel")).status_code == 202
        assert (await ended(caller, job_id, PATIENCE))["status"] == "cancelled"
        assert left_behind(celery, job_id) == []
