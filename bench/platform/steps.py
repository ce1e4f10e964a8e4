"""How long the steps of an event loop take."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def steps() -> Iterator[list[float]]:
    """Each step of the loops of this process, in seconds of its thread's processor time: what else the machine does is nobody's fault.

    The garbage collector waits meanwhile: it has all objects of a test session to look through, and a server has not.
    """
    run, taken = asyncio.Handle._run, list[float]()

    def measured(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        try:
            run(handle)
        finally:
            taken.append(time.thread_time() - began)

    asyncio.Handle._run = measured  # type: ignore[method-assign, assignment]
    gc.disable()
    try:
        yield taken
    finally:
        gc.enable()
        asyncio.Handle._run = run  # type: ignore[method-assign]
