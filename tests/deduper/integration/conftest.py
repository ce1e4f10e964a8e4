"""The whole application with the queue's workers, over an embedded database; one server a lane."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from argus.kit.clock import EPOCH
from argus.models.sct_event import SCTEvent
from argus.plugins.sct.model import SCTTestRun
from strangler.registry import Lane
from tests.deduper.labelled import labelled
from tests.serving import Server, serving

Script = Callable[[str], str]

UNCOUNTED = {"RATE_READS": "1000000/minute", "RATE_WRITES": "1000000/minute"}
SETTINGS: dict[str, Any] = {"DEDUPER_GRACE_SECONDS": 0.5, "DEDUPER_STALL_SECONDS": 30, **UNCOUNTED}


@asynccontextmanager
async def deduping(folder: Path, lane: Lane | None = "fastapi", **values: Any) -> AsyncIterator[Server]:
    """A server on which jobs run."""
    async with serving(folder, lane, **{**SETTINGS, **values}) as server:
        yield server


@pytest.fixture(scope="module", params=["flask", "fastapi"])
async def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    lane = cast("Lane", request.param)
    async with deduping(tmp_path_factory.mktemp(lane), lane) as running:
        yield running


@pytest.fixture
def run(server: Server) -> Callable[..., Awaitable[str]]:
    """Makes a run with labelled events."""

    async def make(count: int = 60, seed: int = 1) -> str:
        return await run_with_events(server, count, seed)

    return make


async def run_with_events(server: Server, count: int = 60, seed: int = 1) -> str:
    """A run of the cluster tests with so many ERROR events."""
    run_id = uuid.uuid4()
    await server.store.save(SCTTestRun(build_id=f"job-{run_id}", id=run_id))
    for event, _ in labelled(count, seed):
        await server.store.save(
            SCTEvent(
                run_id=run_id,
                severity=event.severity,
                ts=EPOCH + timedelta(milliseconds=event.ts),
                event_id=event.event_id,
                event_type=event.event_type,
                node=event.node,
                message=event.message,
            )
        )
    return str(run_id)


async def ended(caller: httpx.AsyncClient, job_id: str, seconds: float = 60) -> dict[str, Any]:
    """A job once it is final."""
    import asyncio

    for _ in range(int(seconds * 10)):
        job = (await caller.get(f"/deduper/jobs/{job_id}")).json()
        if job["status"] in ("completed", "failed", "cancelled"):
            return cast("dict[str, Any]", job)
        await asyncio.sleep(0.1)
    raise AssertionError(job)
