"""How many jobs of one workspace a process works on at a time, so that one team's reports do not hold up another's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argus.features.artefacts.extraction.tables import Job
from argus.platform.work import Work

AT_ONCE = 2
LOOKED_EVERY = 0.5  # seconds


class _Running:
    def __init__(self) -> None:
        self.jobs: Counter[str] = Counter()


@asynccontextmanager
async def turn(work: Work, job_id: str) -> AsyncIterator[None]:
    """Wait until fewer than two jobs of the workspace are worked on here.

    Raises:
        WorkCancelled, Fenced: meanwhile the job was cancelled, or begun elsewhere.
    """
    running = work.runtime.own(_Running).jobs
    async with work.database.reading() as session:
        job = await session.get(Job, job_id)
    workspace = job.workspace_id if job is not None else ""
    while running[workspace] >= AT_ONCE:
        await work.checkpoint()
        await asyncio.sleep(LOOKED_EVERY)
    running[workspace] += 1
    try:
        yield
    finally:
        running[workspace] -= 1
