"""Keeps a worker in step with the others: twice a second it follows overrides, lets the guards judge, and tells what it reports.

When the shared state does not answer, the last overrides stay in force and requests do not notice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable

from strangler.ending import end
from strangler.file_journal import FileJournal
from strangler.guarding import Guarding
from strangler.overrides import Overrides
from strangler.reports import Reports
from strangler.state import SharedState
from strangler.table import Table

TURN_SECONDS = 0.5

log = logging.getLogger(__name__)


class Control:
    """One for each gateway. On the event loop, but for what its parts say."""

    def __init__(self, state: SharedState, table: Callable[[], Table], *, every: float = TURN_SECONDS) -> None:
        """`table` gives the one that serves; a turn is taken `every` so many seconds."""
        self._table = table
        self.every = every
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self.state = state
        """What is shared with the other workers. Not to be changed while turns are taken."""
        self.files = FileJournal(self._shared)
        self.overrides = Overrides(self._shared, table)
        self.reports = Reports(self._shared, self.worker)
        self._guarding = Guarding(self._shared, self.worker, self.overrides)
        self._task: asyncio.Task[None] | None = None
        self._down = False

    def _shared(self) -> SharedState:
        return self.state

    def start(self) -> None:
        """Take turns until `stop`."""
        self.files.start()
        self._task = asyncio.get_running_loop().create_task(self._turns())

    async def stop(self) -> None:
        """Take no more turns."""
        await self.files.stop()
        task, self._task = self._task, None
        if task is not None:
            await end(task)

    async def _turns(self) -> None:
        while True:
            try:
                await self.turn()
                if self._down:
                    log.warning("gateway: the shared state answers again")
                self._down = False
            except Exception as error:
                if not self._down:
                    log.error("gateway: the shared state does not answer, the last overrides stay in force: %r", error)
                self._down = True
            await asyncio.sleep(self.every)

    async def turn(self) -> None:
        """Tell what was counted, follow the overrides, judge, report."""
        guarded = await self._guarding.tell(self._table())
        await self.overrides.refresh()
        await self._guarding.judge(guarded)
        await self.reports.tell()
