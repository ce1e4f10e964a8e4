"""The runtime of this process: opened once, on the loop that serves, on first use."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from typing import TYPE_CHECKING

from argus.domain.announce import announce_writes
from argus.integrations.smtp import missing_settings
from argus.kit.pools import take_turns
from argus.kit.settings import Settings
from argus.run_types import registry_of, schema_with
from argus.runtime import Runtime, store_at
from argus.storage.errors import NoHostAvailable
from argus.storage.sharing import SharedReads
from argus.storage.store import Store

if TYPE_CHECKING:
    from argus.web.tracing import Tracing

log = logging.getLogger("argus.worker")

NEW_OBJECTS = 10_000  # that outlive others, before the collector looks for circles among them (Python's 700 are those of a few requests)


def _tell_of_mail(settings: Settings) -> None:
    """At the start, not when the first notification is lost: the reference falls back to plain SMTP where a setting is missing."""
    missing = missing_settings(settings)
    if missing:
        names = ", ".join(missing)
        log.warning(
            "no mail will be sent: %s not set (EMAIL_ENABLED: false says that none is wanted, EMAIL_LOGIN: false needs no account)", names
        )


class Worker:
    """Opens and closes the runtime. A fork gets one of its own: what the parent opened belongs to the parent's loop."""

    def __init__(self, settings: Settings, tracing: Tracing | None = None) -> None:
        self.settings = settings
        self.tracing = tracing
        self.plugins = registry_of(settings)
        self._runtime: Runtime | None = None
        self._pid = 0
        self._opening: asyncio.Lock | None = None

    async def open(self) -> Runtime:
        """The runtime; a database that is down is no obstacle, it is connected when it is back."""
        if self._runtime is not None and self._pid == os.getpid():
            return self._runtime
        if self._opening is None or self._pid != os.getpid():
            self._opening, self._pid, self._runtime = asyncio.Lock(), os.getpid(), None
        async with self._opening:
            if self._runtime is None:
                store = store_at(self.settings.storage_url, self.settings, *schema_with(self.plugins))
                store.engine = SharedReads(store.engine)
                if self.tracing:  # outside: each caller's trace tells of his statement, and of how long he waited
                    system = "sqlite" if self.settings.storage_url.startswith("sqlite:") else "cassandra"
                    store.engine = self.tracing.engine(store.engine, system)
                try:
                    await store.start()
                except NoHostAvailable as down:
                    log.error("the database does not answer yet: %s", down)
                self._runtime = Runtime(self.settings, store, self.plugins)
                announce_writes(self._runtime)
                _tell_of_mail(self.settings)
                take_turns()
                gc.freeze()  # what is loaded stays: full collections, which hold the loop, need not look at it again
                gc.set_threshold(NEW_OBJECTS, 10, 10)
            return self._runtime

    async def store(self) -> Store:
        """The runtime's store."""
        return (await self.open()).store

    async def close(self) -> None:
        """Release the runtime, if it was opened."""
        runtime, self._runtime = self._runtime, None
        if runtime is not None and self._pid == os.getpid():
            await runtime.close()
