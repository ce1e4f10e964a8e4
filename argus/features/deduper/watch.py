"""A started program: what it prints, how long it may take, and that it ends (docs/deduper.md#time-outs-and-cancelling).

Why it is to end is recorded before the first signal: so what a job comes to depends on the record, never on how the program ends.
"""

from __future__ import annotations

import asyncio
import json
import math
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from argus.features.deduper import processes
from argus.features.deduper.joblog import LONGEST, JobLog

Cause = Literal["stop", "timeout", "stalled", "disk_full"]
Record = Callable[[Cause], Awaitable[None]]
Tick = Callable[[], Awaitable[None]]

TICK = 1.0  # seconds between two looks at time, log and row
DRAINED_WITHIN = 1.0  # seconds for the last lines, when a process that was forked holds the pipes open
LOOKED_EVERY = 0.02  # seconds, while a process is ending
LONGEST_MESSAGE = 500  # characters


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: for the whole, without output, from SIGTERM to SIGKILL."""

    whole: float
    stall: float
    grace: float


@dataclass(slots=True)
class Told:
    """What the program has said so far."""

    log: JobLog
    structured: bool
    progress: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    last_output: float = field(default_factory=time.monotonic)

    def hear(self, line: str) -> None:
        """Take in a line of standard output: a message, or a line of the log."""
        message = _message(line) if self.structured else None
        kind = message.get("type") if message else None
        if message is not None and kind == "progress" and isinstance(message.get("percent"), int):
            said = str(message.get("message", ""))[:LONGEST_MESSAGE]
            self.progress = {"percent": min(100, max(0, message["percent"])), "message": said, "at": time.time()}
        elif message is not None and kind == "result":
            self.result = {key: value for key, value in message.items() if key != "type"}
        elif message is not None and kind == "error" and isinstance(message.get("code"), str):
            self.error = {"code": message["code"], "message": str(message.get("message", ""))[:LONGEST_MESSAGE]}
        else:
            self.log.add(line)


def _message(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: why it was told to, if it was, and its exit code, negative for a signal."""

    cause: Cause | None
    code: int


async def start(vector: Sequence[str], folder: Path, environment: Mapping[str, str], slot: int) -> Process:
    """Start a program as the leader of a group of its own. Its standard input stays open as long as this process lives.

    Args:
        slot: a file descriptor that it keeps, and with it the lock of this host's slot.

    Raises:
        OSError: it cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *vector, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=folder, env=dict(environment), start_new_session=True, pass_fds=(slot,)
    )


async def watch(process: Process, job_id: str, told: Told, limits: Limits, stop: asyncio.Event, record: Record, tick: Tick) -> Ended:
    """Stay with a program until it and everything that it forked is gone.

    Args:
        stop: set when somebody wants the end.
        record: told the cause before the first signal.
        tick: called every `TICK` seconds; an `OSError` of it (the disk is full) ends the program.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        asyncio.create_task(_lines(process.stdout, told, told.hear)),
        asyncio.create_task(_lines(process.stderr, told, told.log.add)),
    ]
    exiting = asyncio.create_task(process.wait())
    stopping = asyncio.create_task(stop.wait())
    cause: Cause | None = None
    try:
        cause = await _until_over(process, exiting, stopping, told, limits, tick)
        if cause is not None:
            await record(cause)
    finally:
        stopping.cancel()
        await _end(process, limits.grace, asked=cause is not None)
        await asyncio.to_thread(processes.end_job, job_id, None, None)
        await asyncio.wait([exiting, *readers], timeout=DRAINED_WITHIN)
        for task in (exiting, *readers):
            task.cancel()
    assert process.returncode is not None
    return Ended(cause, process.returncode)


async def _until_over(
    process: Process, exiting: asyncio.Task[int], stopping: asyncio.Task[Any], told: Told, limits: Limits, tick: Tick
) -> Cause | None:
    began = time.monotonic()
    while True:
        now = time.monotonic()
        deadline = min(began + limits.whole, told.last_output + limits.stall)
        await asyncio.wait({exiting, stopping}, timeout=max(0.0, min(TICK, deadline - now)), return_when=asyncio.FIRST_COMPLETED)
        if process.returncode is not None:  # `wait` goes on as long as something that was forked holds the pipes
            return None
        if stopping.done():
            return "stop"
        now = time.monotonic()
        if now - began >= limits.whole:
            return "timeout"
        if now - told.last_output >= limits.stall:
            return "stalled"
        try:
            await tick()
        except OSError:
            return "disk_full"


async def _end(process: Process, grace: float, asked: bool) -> None:
    """SIGTERM to the group, SIGKILL after the grace, until the process is gone."""
    if asked and process.returncode is None:
        processes.signal_group(process.pid, signal.SIGTERM)
        await _exit(process, grace)
    if process.returncode is None:
        processes.signal_group(process.pid, signal.SIGKILL)
        await _exit(process, math.inf)
    if process.stdin is not None:
        process.stdin.close()


async def _exit(process: Process, seconds: float) -> None:
    until = time.monotonic() + seconds
    while process.returncode is None and time.monotonic() < until:  # noqa: ASYNC110 - the loop tells of it by nothing else
        await asyncio.sleep(LOOKED_EVERY)


async def _lines(stream: asyncio.StreamReader, told: Told, hear: Callable[[str], None]) -> None:
    """Line by line; of one that is longer than `LONGEST` the rest is dropped."""
    kept, dropping = b"", False
    while block := await stream.read(LONGEST):
        told.last_output = time.monotonic()
        *lines, rest = (kept + block).split(b"\n")
        for line in lines:
            if not dropping:
                hear(line[:LONGEST].decode("utf-8", "replace").rstrip("\r"))
            dropping = False
        if len(rest) > LONGEST:
            if not dropping:
                hear(rest[:LONGEST].decode("utf-8", "replace"))
            rest, dropping = b"", True
        kept = b"" if dropping else rest
        await asyncio.sleep(0)  # a program that prints without end does not hold the loop
    if kept and not dropping:
        hear(kept.decode("utf-8", "replace"))
