"""Opening stores for one command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from argus.cli.terminal import Failure
from argus.kit.settings import Settings, load_settings
from argus.models import ALL_MODELS, ALL_TYPES
from argus.plugins.schema import PLUGIN_MODELS, PLUGIN_TYPES
from argus.runtime import store_at
from argus.storage.store import Store
from argus.storage.table import Row

MODELS = (*ALL_MODELS, *PLUGIN_MODELS)
TYPES = (*ALL_TYPES, *PLUGIN_TYPES)


@asynccontextmanager
async def open_at(url: str, settings: Settings, models: Sequence[type[Row]] = MODELS) -> AsyncIterator[Store]:
    """The store at a URL, with what the settings say of its engine.

    Args:
        models: the tables that it knows; an embedded database makes those that are missing.

    Raises:
        Failure: the URL names no store.
        NoHostAvailable: the database does not answer.
    """
    try:
        store = store_at(url, settings, models, TYPES)
    except ValueError as error:
        raise Failure(str(error)) from error
    try:
        await store.start()
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_configured() -> AsyncIterator[Store]:
    """The store that the settings name."""
    settings = load_settings()
    async with open_at(settings.storage_url, settings) as store:
        yield store
