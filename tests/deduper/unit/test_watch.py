"""A program comes to one end, however often it is tried: time-outs and cancels are decided by what was recorded, not by who is faster."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from argus.features.deduper import bootstrap, launch, watch
from argus.features.deduper.joblog import JobLog
from argus.features.deduper.processes import MARK, of_job
from argus.kit.ulids import new_ulid
from tests.serving import settings_for

pytestmark = pytest.mark.anyio

TIMES = 50
AT_ONCE = 10
GRACE = 0.3
NEVER = 600.0

SILENT = "import time; time.sleep(600)"
CHATTY = "import time\nwhile True: print('x', flush=True); time.sleep(0.02)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
LATE = """
import signal, sys, time
def result(*_):
    print('{"type":"result","events":1}', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, result)
print('ready', flush=True)
time.sleep(600)
"""


@pytest.fixture
def slot() -> Iterator[int]:
    descriptor = os.open(os.devnull, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


async def ended(
    folder: Path, slot: int, code: str, limits: watch.Limits, cancel_after: float | None = None
) -> tuple[watch.Ended, list[str], float]:
    """What a program comes to, which causes were recorded, and how long it took after the first of them."""
    job_id, stop, recorded = new_ulid(), asyncio.Event(), list[tuple[str, float]]()
    told = watch.Told(JobLog(folder / f"{job_id}.log"), structured=True)

    async def record(cause: watch.Cause) -> None:
        assert of_job(job_id), "the cause is recorded before the first signal"
        recorded.append((cause, time.monotonic()))

    async def tick() -> None: ...

    program = await watch.start([sys.executable, "-I", "-S", "-c", code], folder, {MARK: job_id}, slot)
    if cancel_after is not None:
        asyncio.get_running_loop().call_later(cancel_after, stop.set)
    found = await watch.watch(program, job_id, told, limits, stop, record, tick)
    assert of_job(job_id) == []
    return found, [cause for cause, _ in recorded], time.monotonic() - recorded[0][1] if recorded else 0.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("code", "limits", "cancel_after", "cause"),
    [
        (SILENT, watch.Limits(0.2, NEVER, GRACE), None, "timeout"),
        (CHATTY, watch.Limits(0.2, NEVER, GRACE), None, "timeout"),
        (DEAF, watch.Limits(0.2, NEVER, GRACE), None, "timeout"),
        (SILENT, watch.Limits(NEVER, 0.2, GRACE), None, "stalled"),
        (SILENT, watch.Limits(NEVER, NEVER, GRACE), 0.2, "stop"),
        (DEAF, watch.Limits(NEVER, NEVER, GRACE), 0.2, "stop"),
        (LATE, watch.Limits(NEVER, NEVER, 5), 0.2, "stop"),
    ],
    ids=["silent", "chatty", "deaf", "stalled", "cancelled", "cancelled and deaf", "cancelled, with a result all the same"],
)
async def test_an_end_is_the_same_each_time(
    tmp_path: Path, slot: int, code: str, limits: watch.Limits, cancel_after: float | None, cause: str
) -> None:
    outcomes, longest = set(), 0.0
    for _ in range(TIMES // AT_ONCE):
        for found, recorded, took in await asyncio.gather(*(ended(tmp_path, slot, code, limits, cancel_after) for _ in range(AT_ONCE))):
            outcomes.add((found.cause, *recorded))
            longest = max(longest, took)
    assert outcomes == {(cause, cause)}
    assert longest < limits.grace + 2, "from the first signal to the last process"


async def test_a_program_that_cannot_be_started_says_why(tmp_path: Path, slot: int) -> None:
    settings = settings_for(tmp_path, DEDUPER_COMMAND=f"{tmp_path}/no-such-script")
    vector = launch.vector(settings, new_ulid(), 1)
    program = await watch.start(vector, tmp_path, dict(os.environ), slot)
    assert await program.wait() == bootstrap.NOT_STARTED
    assert launch.why_not_started(tmp_path) == "No such file or directory"


async def test_a_program_whose_parent_has_gone_does_not_begin(tmp_path: Path, slot: int) -> None:
    settings = settings_for(tmp_path)
    vector = launch.vector(settings, new_ulid(), 1)
    vector[vector.index(str(os.getpid()))] = "1"  # whoever is meant, it is not the parent
    program = await watch.start(vector, tmp_path, dict(os.environ), slot)
    assert await program.wait() == bootstrap.GONE
