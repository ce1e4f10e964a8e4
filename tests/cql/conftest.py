"""A store on a real node, by either driver."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from argus.storage.cql.acsylla_driver import AcsyllaDriver
from argus.storage.cql.engine import CqlEngine
from argus.storage.store import Store
from tests.cassandra_fixture import cassandra
from tests.storage.engines import on_cassandra
from tests.storage.tables import MODELS, TYPES

__all__ = ["cassandra"]


@pytest.fixture(scope="module", params=["acsylla", "scylla-driver"])
async def store(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Store]:
    made, cleanup = await on_cassandra(request.param)(MODELS, TYPES)
    yield made
    await cleanup()


def engine_of(store: Store) -> CqlEngine:
    assert isinstance(store.engine, CqlEngine)
    return store.engine


def driver_name(store: Store) -> str:
    return "acsylla" if isinstance(engine_of(store).driver, AcsyllaDriver) else "scylla-driver"
