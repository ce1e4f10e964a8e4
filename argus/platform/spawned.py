"""The parent's side of a spawned process (`argus.platform.child`): starts it, hands on what it says, ends it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from argus.kit.ending import end
from argus.kit.interpreter import interpreter
from argus.platform.child import HEAD, LONGEST
from argus.platform.stops import ChildFailed, Permanent, WorkCancelled

log = logging.getLogger("argus.queue")

ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "SYSTEMROOT")
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
KEPT = 4096  # bytes of its last words


async def spawned(function: str, argument: Any, *, memory: int, cpu: int, stop: asyncio.Event | None = None) -> AsyncIterator[Any]:
    """Call `function(argument, send)` in a process of its own, and give what it sends.

    Args:
        stop: ends the process when it is set.

    Raises:
        WorkCancelled: it was set.
        Permanent, ChildFailed: as the process ended.
    """
    process = await asyncio.create_subprocess_exec(
        interpreter(),
        "-m",
        "argus.platform.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
        start_new_session=True,
    )
    words = asyncio.create_task(_last_words(process))
    try:
        await _ask(process, {"function": function, "argument": argument, "memory": memory, "cpu": cpu})
        while True:
            frame = await _frame(process, stop)
            if "message" in frame:
                yield frame["message"]
            elif "done" in frame:
                return
            elif "permanent" in frame:
                raise Permanent(frame["permanent"]["code"], frame["permanent"]["message"])
            else:
                raise ChildFailed(frame["failed"])
    finally:
        await _end(process)
        if text := await words:
            log.info("%s said: %s", function, text)


async def _ask(process: asyncio.subprocess.Process, request: dict[str, Any]) -> None:
    assert process.stdin is not None
    body = json.dumps(request).encode()
    process.stdin.write(HEAD.pack(len(body)) + body)
    with suppress(ConnectionError):  # it has ended already; what it said is read below
        await process.stdin.drain()


async def _frame(process: asyncio.subprocess.Process, stop: asyncio.Event | None) -> dict[str, Any]:
    reading = asyncio.ensure_future(_read(process))
    stopping = asyncio.ensure_future(stop.wait()) if stop else None
    try:
        await asyncio.wait([reading, *([stopping] if stopping else [])], return_when=asyncio.FIRST_COMPLETED)
        if stop is not None and stop.is_set():
            raise WorkCancelled
        return reading.result()
    finally:
        await end(reading, *([stopping] if stopping else []))


async def _read(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    try:
        (length,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        if length > LONGEST:
            raise ChildFailed("it sent what is no message")
        frame: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    except asyncio.IncompleteReadError:
        raise await _without_a_word(process) from None
    return frame


async def _without_a_word(process: asyncio.subprocess.Process) -> Exception:
    code = await process.wait()
    if sys.platform != "win32" and code == -signal.SIGXCPU:
        return Permanent("time_limit", "it needs more processor time than it may have")
    return ChildFailed(f"it ended with {signal.Signals(-code).name if code < 0 else f'exit code {code}'}")


async def _last_words(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    kept = b""
    while piece := await process.stderr.read(KEPT):
        kept = (kept + piece)[-KEPT:]
    return kept.decode("utf-8", "replace").strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and what it started: first asked, then made to."""
    if process.stdin is not None:
        process.stdin.close()
    for how in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        if process.returncode is not None:
            break
        _signal(process, how)
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await process.wait()


def _signal(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
