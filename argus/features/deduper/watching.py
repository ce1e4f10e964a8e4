"""A job as its watchers are told: all of it at first and after each change of its status, in between what comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.features.deduper import announce, service
from argus.features.deduper.callers import need_reader
from argus.features.deduper.shell import Call
from argus.features.deduper.views import job_view
from argus.platform.context import Caller
from argus.platform.sockets import Watched
from argus.runtime import Runtime


def of_job(job_id: str, standalone: bool) -> Watched:
    """What the socket of a job shows.

    Args:
        standalone: whether the deduper is served alone, so that its shared token counts.
    """

    async def read(runtime: Runtime, caller: Caller) -> tuple[str, Mapping[str, Any]]:
        call = Call(caller.head, caller.session, {}, "fastapi", standalone=standalone, counted=False)
        who = await need_reader(runtime, call)
        return who.id, job_view(await service.get(runtime, job_id))

    return Watched(announce.topic(job_id), read, announce.STATUS, announce.STATUS, frozenset({announce.PROGRESS, announce.LOG}))
