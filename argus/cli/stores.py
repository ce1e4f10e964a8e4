"""Opening stores for one command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from argus.cli.terminal import Failure
from argus.kit.settings import Settings, load_settings
from argus.models import ALL_MODELS, ALL_TYPES
from argus.plugins.schema import PLUGIN_MODELS, PLUGIN_TYPES
from argus.storage.open import open_store
from argus.storage.store import Store
from argus.storage.table import Row

MODELS = (*ALL_MODELS, *PLUGIN_MODELS)
TYPES = (*ALL_TYPES, *PLUGIN_TYPES)


@asynccontextmanager
async def open_at(url: str, settings: Settings, models: Sequence[type[Row]] = MODELS) -> AsyncIterator[Store]:
    """The store at a URL. A URL without credentials gets those of the settings.

    Args:
        models: the tables that it knows; an embedded database makes those that are missing.

    Raises:
        Failure: the URL names no store.
        NoHostAvailable: the database does not answer.
    """
    try:
        store = open_store(url, models, TYPES, **(_cql_options(settings, url) if url.startswith("cql:") else {}))
    except ValueError as error:
        raise Failure(str(error)) from error
    try:
        await store.start()
        yield store
    finally:
        await store.close()


def _cql_options(settings: Settings, url: str) -> dict[str, Any]:
    from argus.storage.cql.driver import Tls

    options: dict[str, Any] = {
        "tablets_keyspace": settings.SCYLLA_TABLETS_KEYSPACE_NAME,
        "driver": settings.SCYLLA_DRIVER,
        "datacenter": settings.SCYLLA_DATACENTER,
        "connect_timeout": settings.SCYLLA_CONNECT_TIMEOUT,
        "request_timeout": settings.SCYLLA_REQUEST_TIMEOUT,
        "tls": Tls(ca=settings.SCYLLA_TLS_CA_FILE) if settings.SCYLLA_TLS else None,
    }
    if "@" not in url:
        options |= {"username": settings.SCYLLA_USERNAME, "password": settings.SCYLLA_PASSWORD}
    return options


@asynccontextmanager
async def open_configured() -> AsyncIterator[Store]:
    """The store that the settings name."""
    settings = load_settings()
    async with open_at(settings.storage_url, settings) as store:
        yield store
