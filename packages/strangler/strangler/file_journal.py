"""Edits of the registry's file get into the journal, whoever made them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from strangler.changes import changes, entries
from strangler.ending import end
from strangler.registry import Registry
from strangler.state import Entry, SharedState

AUTHOR_SECONDS = 1.0  # in which the command that edits the file writes the journal itself

log = logging.getLogger(__name__)


class FileJournal:
    """Writes what the watch of the file has read, unless the command that made the edit has done so."""

    def __init__(self, state: Callable[[], SharedState]) -> None:
        self._state = state
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Take edits from now on. On the event loop."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Take no more, and forget what is not written yet."""
        self._loop = None
        await end(*self._writing)

    def edited(self, file: Path, before: Registry, after: Registry) -> None:
        """The watch has read an edit. From any thread."""
        loop, found = self._loop, changes(before, after)
        if loop is None or not found:
            return
        made = entries(file, found, who="", source="file")
        loop.call_soon_threadsafe(self._write_later, made)

    def _write_later(self, made: list[Entry]) -> None:
        task = asyncio.get_running_loop().create_task(self._write(made))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, made: list[Entry]) -> None:
        await asyncio.sleep(AUTHOR_SECONDS)
        try:
            await asyncio.gather(*(self._state().write(entry) for entry in made))
        except Exception:
            log.exception("gateway: an edit of the registry did not get into the journal")
