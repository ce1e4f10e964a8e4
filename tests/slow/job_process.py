"""A process that does one job: `python -m tests.slow.job_process STORAGE FILE SECONDS` notes each turn as a line of FILE.

The line is written twice: when the turn begins, outside the store, and when its write into the store was accepted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from argus.cli.stores import open_at
from argus.jobs.catalogue import Job
from argus.jobs.schedule import Every
from argus.jobs.scheduler import Jobs
from argus.kit.settings import load_settings
from argus.models.runtime import RuntimeStore
from argus.run_types import registry_of
from argus.runtime import Runtime


async def main(storage: str, path: Path, seconds: int) -> None:
    schedule = Every(seconds)

    def note(what: str) -> None:
        with path.open("a") as file:
            file.write(f"{what} {os.getpid()} {time.time():.3f}\n")

    async def work(runtime: Runtime) -> str:
        note("began")
        await asyncio.sleep(0.2)
        await runtime.store.save(RuntimeStore(key=f"turn-{os.getpid()}-{time.time_ns()}", value_int=os.getpid()))
        note("wrote")
        return "done"

    settings = load_settings(STORAGE=storage)
    async with open_at(storage, settings) as store:
        jobs = Jobs(Runtime(settings, store, registry_of(settings)), [Job("minutely", "is counted", schedule, lambda: work, 30)])
        jobs.start()
        note("ready")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
