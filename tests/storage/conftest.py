"""Fixtures of the common suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from argus.storage.store import Store
from tests.storage.engines import ENGINES
from tests.storage.tables import MODELS, TYPES


def _engine(name: str) -> object:
    return pytest.param(name, marks=() if name == "sqlite" else pytest.mark.cassandra)


@pytest.fixture(scope="module", params=map(_engine, ENGINES))
async def store(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Store]:
    """A store with the tables of `tables.py`, one for all tests of a module: use keys of your own, or `emptied`."""
    made, cleanup = await ENGINES[request.param](MODELS, TYPES)
    yield made
    await cleanup()
