"""The jobs of this process, by APScheduler on the server's own loop. Of several processes the one with a job's lease does it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from argus.jobs import embedding
from argus.jobs.lease import Lease
from argus.runtime import Runtime
from argus.storage.errors import StorageError

log = logging.getLogger("argus.jobs")

Job = Callable[[Runtime], Awaitable[object]]

EVERY: dict[str, tuple[int, Callable[[], Job]]] = {
    "embedding": (2, lambda: embedding.Settling().work_off),
}
"""Job → seconds between two looks, and what makes what it does, once a process."""


class Jobs:
    """Starts the jobs with the server and ends them with it."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.leases = {name: Lease(runtime.store, name) for name in EVERY}
        self._scheduler = AsyncIOScheduler()

    def start(self) -> None:
        for name, (seconds, make) in EVERY.items():
            self._scheduler.add_job(self.run, "interval", (name, make()), seconds=seconds, id=name, max_instances=1, coalesce=True)
        self._scheduler.start()

    async def run(self, name: str, job: Job) -> None:
        """One turn of a job, if it is ours. What goes wrong is logged; the next turn comes all the same."""
        try:
            if await self.leases[name].held():
                await job(self.runtime)
        except StorageError as problem:
            log.warning("job %s waits for the database: %r", name, problem)
        except Exception:
            log.exception("job %s failed", name)

    async def stop(self) -> None:
        """No further turns; let others take over at once."""
        self._scheduler.shutdown(wait=False)
        for name, lease in self.leases.items():
            try:
                await lease.give_back()
            except StorageError as problem:
                log.warning("job %s keeps its lease until it runs out: %r", name, problem)
