"""Opening what services need, for commands that call them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argus.cli.stores import open_at
from argus.kit.settings import load_settings
from argus.run_types import registry_of
from argus.runtime import Runtime


@asynccontextmanager
async def open_runtime() -> AsyncIterator[Runtime]:
    """A runtime over the store that the settings name."""
    settings = load_settings()
    async with open_at(settings.storage_url, settings) as store:
        runtime = Runtime(settings, store, registry_of(settings))
        try:
            yield runtime
        finally:
            await runtime.release()
