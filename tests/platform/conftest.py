"""A runtime with a relational database on each engine, and handlers that tests name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from argus.db.database import Database, open_database
from argus.db.revisions import upgrade
from argus.platform import kinds
from argus.run_types import registry_of, schema_with
from argus.runtime import Runtime, store_at
from tests.postgres import postgres_server, url  # noqa: F401
from tests.serving import settings_for


@pytest.fixture
async def runtime(url: str, tmp_path: Path) -> AsyncIterator[Runtime]:  # noqa: F811
    await asyncio.to_thread(upgrade, url)
    settings = settings_for(tmp_path, DATABASE_URL=url)
    plugins = registry_of(settings)
    store = store_at(settings.storage_url, settings, *schema_with(plugins))
    await store.start()
    runtime = Runtime(settings, store, plugins)
    yield runtime
    await runtime.close()


@pytest.fixture
async def database(runtime: Runtime) -> Database:
    return await open_database(runtime)


@pytest.fixture(autouse=True)
def kinds_of_this_test() -> Iterator[None]:
    """Kinds that a test adds are gone after it."""
    kinds.load_handlers()  # modules are loaded once, so what they register must be there before
    kept = dict(kinds._kinds)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(kept)
