"""Opening stores for one command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from argus.cli.terminal import Failure
from argus.kit.settings import Settings, load_settings
from argus.run_types import registry_of, schema_with
from argus.runtime import store_at
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt


def schema_of(settings: Settings) -> tuple[tuple[type[Row], ...], tuple[type[Udt], ...]]:
    """The tables and user-defined types of Argus and of the run types that are served.

    Raises:
        NoRunType: one cannot be loaded.
    """
    return schema_with(registry_of(settings))


@asynccontextmanager
async def open_at(url: str, settings: Settings, models: Sequence[type[Row]] | None = None) -> AsyncIterator[Store]:
    """The store at a URL, with what the settings say of its engine.

    Args:
        models: the tables that it knows, by default all; an embedded database makes those that are missing.

    Raises:
        Failure: the URL names no store.
        NoHostAvailable: the database does not answer.
    """
    everything, types = schema_of(settings)
    try:
        store = store_at(url, settings, everything if models is None else models, types)
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
