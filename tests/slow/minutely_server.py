"""`argus serve` with two jobs more, for tests: `MINUTELY=FILE python -m tests.slow.minutely_server serve …`.

Both are due each minute of the wall's clock. Each turn notes in FILE when it began and when its write was accepted, with its
process and the key of the row that it writes. `long` works for `LONG` seconds before it writes, so that a holder can be killed
or put to sleep in it.

The workers that uvicorn starts import the main module of their server again, and so have the jobs, too.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from argus.cli import main
from argus.jobs import catalogue
from argus.jobs.catalogue import Job
from argus.jobs.schedule import Every
from argus.kit.settings import Settings
from argus.models.runtime import RuntimeStore
from argus.runtime import Runtime

LONG = 20.0  # seconds that a turn of the long job works
FILE = Path(os.environ.get("MINUTELY", os.devnull))


def note(job: str, what: str, key: str) -> None:
    with FILE.open("a") as file:
        file.write(f"{job} {what} {os.getpid()} {time.time():.3f} {key}\n")


def working(job: str, seconds: float) -> Callable[[Runtime], Awaitable[str]]:
    async def work(runtime: Runtime) -> str:
        key = f"{job}-{os.getpid()}-{time.time_ns()}"
        note(job, "began", key)
        await asyncio.sleep(seconds)
        await runtime.store.save(RuntimeStore(key=key, value_int=os.getpid()))
        note(job, "wrote", key)
        return "done"

    return work


MINUTELY = (
    Job("quick", "is counted", Every(60), lambda: working("quick", 0.1), 50),
    Job("long", "is counted, too, and takes its time", Every(60), lambda: working("long", LONG), 50),
)
OWN = catalogue.jobs


def jobs(settings: Settings) -> tuple[Job, ...]:
    return (*OWN(settings), *MINUTELY)


catalogue.jobs = jobs

if __name__ == "__main__":
    main()
