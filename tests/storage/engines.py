"""The engines that the common suite runs on: name → a factory of a started store, empty, with the tables that it is given.

A factory that cannot run here calls `pytest.skip` with the reason.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from argus.storage.open import open_store
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import Udt

Cleanup = Callable[[], Awaitable[None]]
Factory = Callable[[Sequence[type[Row]], Sequence[type[Udt]]], Awaitable[tuple[Store, Cleanup]]]


async def sqlite(models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> tuple[Store, Cleanup]:
    store = open_store("sqlite://", models, types)
    await store.start()
    return store, store.close


ENGINES: dict[str, Factory] = {"sqlite": sqlite}
