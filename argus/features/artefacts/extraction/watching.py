"""A job as its watchers are told: its state at first and after each change, its progress as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.features.artefacts.extraction import service
from argus.platform.access import Access
from argus.platform.context import ServiceContext
from argus.platform.sockets import Watched, for_access


def of_job(job_id: str) -> Watched:
    """What the socket of a job shows."""

    async def state(context: ServiceContext) -> Mapping[str, Any]:
        job = await service.get(context, job_id)
        return (await service.views_of(context, [job]))[0].model_dump(mode="json")

    read = for_access(Access("jobs:read", workspace=True), state)
    return Watched(f"{service.ENTITY}:{job_id}", read, "job.status", "job.status", frozenset({"job.progress"}))
