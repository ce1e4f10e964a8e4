"""What `argus worker` runs where the engine is Celery: children that each hold a runtime, and do one item at a time."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from celery.signals import worker_process_init, worker_process_shutdown

from argus.db.database import Database, open_database
from argus.kit.settings import Settings
from argus.platform import queue
from argus.platform.attempt import Attempt
from argus.platform.broker import TASK, celery_app
from argus.platform.kinds import load_handlers
from argus.platform.worker import this_host
from argus.runtime import Runtime

CLOSING = 10.0  # seconds

OpenRuntime = Callable[[], AbstractAsyncContextManager[Runtime]]


class Child:
    """The event loop of a child, in a thread of its own: leases are renewed and changes told while Celery's own thread waits."""

    def __init__(self, open_runtime: OpenRuntime) -> None:
        self._open_runtime = open_runtime
        self._stack = AsyncExitStack()
        self._opened: tuple[Runtime, Database] | None = None
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="argus", daemon=True).start()

    def do(self, item_id: str) -> str:
        """Do an item, unless somebody has it already."""
        return asyncio.run_coroutine_threadsafe(self._do(item_id), self._loop).result()

    def close(self) -> None:
        """Release what was opened."""
        asyncio.run_coroutine_threadsafe(self._stack.aclose(), self._loop).result(CLOSING)

    async def _do(self, item_id: str) -> str:
        if self._opened is None:
            runtime = await self._stack.enter_async_context(self._open_runtime())
            self._opened = runtime, await open_database(runtime)
        runtime, database = self._opened
        async with database.transaction() as session:
            item = await queue.claim_one(session, f"{this_host()}:{os.getpid()}", item_id)
        return await Attempt(runtime, database, item, asyncio.Event()).run() if item else "taken"


def serve(settings: Settings, open_runtime: OpenRuntime, queues: Collection[str], concurrency: int) -> None:
    """Work until the process is told to end.

    Args:
        open_runtime: opens what services need, in each child.
    """
    load_handlers()
    app = celery_app(settings)
    children: list[Child] = []

    def begun(**_: Any) -> None:
        children.append(Child(open_runtime))

    def ended(**_: Any) -> None:
        for child in children:
            child.close()

    def work(item_id: str) -> None:
        children[0].do(item_id)

    worker_process_init.connect(begun, weak=False)
    worker_process_shutdown.connect(ended, weak=False)
    app.task(work, name=TASK)
    name = f"argus-{os.getpid()}@{this_host()}"
    app.Worker(queues=",".join(queues), concurrency=concurrency, pool_cls="prefork", hostname=name, optimization="fair").start()
