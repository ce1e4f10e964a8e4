"""A server whose program plays what a test wants, and what is looked at afterwards."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from argus.features.deduper.processes import of_job
from argus.plugins.sct.model import SCTTestRun
from strangler.registry import Lane
from tests.deduper.integration.conftest import deduping
from tests.serving import Server

ACTOR = Path(__file__).parents[1] / "fixtures" / "actor.py"


@asynccontextmanager
async def playing(folder: Path, lane: Lane | None = "fastapi", **values: Any) -> AsyncIterator[Server]:
    """A server with `fixtures/actor.py` as its program."""
    (folder / "plays").mkdir()
    command = {"DEDUPER_COMMAND": f"{sys.executable} {ACTOR}", "DEDUPER_ALLOWED_DIRS": ["/"]}
    async with deduping(folder, lane, **{**command, "DEDUPER_MAX_CONCURRENT": 4, "QUEUE_CONCURRENCY": 4, **values}) as server:
        yield server


async def report(server: Server, play: str) -> str:
    """A run whose job plays something."""
    run_id = uuid.uuid4()
    await server.store.save(SCTTestRun(build_id=f"job-{run_id}", id=run_id))
    (Path(server.runtime.settings.DATA_DIR) / "plays" / str(run_id)).write_text(play)
    return str(run_id)


async def begin(server: Server, caller: httpx.AsyncClient, play: str, **parameters: Any) -> str:
    """Start a job that plays something.

    Returns:
        Its id.
    """
    answer = await caller.post("/deduper/jobs", json={"reportId": await report(server, play), "parameters": parameters})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["job"]["jobId"])


def left_behind(server: Server, job_id: str) -> list[str]:
    """Processes and files of a job, but for the log that is kept for a day."""
    folder = Path(server.runtime.settings.DATA_DIR) / "deduper" / job_id
    files = [entry.name for entry in folder.iterdir() if entry.name != "job.log"] if folder.exists() else []
    return [*files, *(f"process {pid}" for pid in of_job(job_id))]
