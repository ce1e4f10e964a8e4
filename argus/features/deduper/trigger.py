"""Starts a job by itself when a run ends with many failures, where `DEDUPER_AUTO` says so. Loads nothing before it has to."""

from __future__ import annotations

import logging
from importlib import import_module
from uuid import UUID

from argus.features.deduper import source
from argus.kit.pools import HOUSEKEEPING
from argus.kit.ulids import new_ulid
from argus.runtime import Runtime

log = logging.getLogger("argus.deduper")

MANY = 50  # ERROR and CRITICAL events
BY = "auto"
"""Who has started a job that nobody asked for."""


async def run_ended(runtime: Runtime, run_id: UUID) -> None:
    """Look at the failures of a run that has ended, if there are many. What goes wrong is logged: the run has ended all the same."""
    try:
        if await source.count(runtime, [run_id], ["CRITICAL", "ERROR"]) < MANY:
            return
        service = await runtime.blocking(HOUSEKEEPING, import_module, "argus.features.deduper.service")
        await service.start(runtime, BY, str(run_id), {}, new_ulid())
    except Exception as problem:
        log.warning("no job was started for run %s: %r", run_id, problem)
