"""The engines that the common suite runs on: name → a factory of a started store, empty, with the tables that it is given.

A factory that cannot run here calls `pytest.skip` with the reason.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack

from argus.storage.cql import DriverName, open_cql
from argus.storage.open import open_store
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt
from tests.cassandra_fixture import Cassandra, cassandra_or_skip

Cleanup = Callable[[], Coroutine[None, None, None]]
Factory = Callable[[Sequence[type[Row]], Sequence[type[Udt]]], Coroutine[None, None, tuple[Store, Cleanup]]]


async def sqlite(models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> tuple[Store, Cleanup]:
    store = open_store("sqlite://", models, types)
    await store.start()
    return store, store.close


def on_cassandra(driver: DriverName) -> Factory:
    """A factory of stores with keyspaces of their own."""

    async def factory(models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> tuple[Store, Cleanup]:
        node, keyspaces = cassandra_or_skip(), ExitStack()
        main, tablets = keyspaces.enter_context(node.keyspaces())
        store = Store(open_cql([node.host], node.port, main, tablets_keyspace=tablets, driver=driver))
        await store.engine.apply(await store.engine.schema(models, types))
        await _until_indexes_serve(node, main, tablets)
        await store.start()

        async def cleanup() -> None:
            await store.close()
            keyspaces.close()

        return store, cleanup

    return factory


async def _until_indexes_serve(node: Cassandra, *keyspaces: str) -> None:
    """An index of vectors that was just made answers with an error until it is built, also that of an empty table."""
    give_up = time.monotonic() + 30
    for keyspace in keyspaces:
        ask = "SELECT is_queryable FROM system_views.sai_column_indexes WHERE keyspace_name = %s"
        while not all(row.is_queryable for row in node.session.execute(ask, [keyspace])):
            assert time.monotonic() < give_up, f"the indexes of {keyspace} are not built"
            await asyncio.sleep(0.05)


ENGINES: dict[str, Factory] = {"sqlite": sqlite, "acsylla": on_cassandra("acsylla"), "scylla-driver": on_cassandra("scylla-driver")}
