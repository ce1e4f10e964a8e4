"""Nearest neighbours by cosine similarity."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from argus.storage.errors import InvalidRequest, WrongValue
from argus.storage.statements import insert, select, update
from argus.storage.store import Store
from tests.storage.tables import Embedding, Person

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)
VECTORS = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0], [-1.0, 0.0, 0.0], [5.0, 1.0, 0.5]]


async def test_the_nearest_come_first(store: Store) -> None:
    run = uuid4()
    for n, vector in enumerate(VECTORS):
        await store.save(Embedding(run_id=run, ts=DAY + timedelta(seconds=n), embedding=vector))
    await store.save(Embedding(run_id=run, ts=DAY + timedelta(seconds=99)))
    read = select(Embedding).where(run_id=run).near("embedding", [1.0, 0.02, 0.0])
    assert [row.ts.second for row in await store.all(read.limit(3))] == [0, 2, 4]
    assert [row.ts.second for row in await store.all(read.limit(100))] == [0, 2, 4, 1, 3]


async def test_a_vector_comes_back_in_32_bits(store: Store) -> None:
    row = Embedding(run_id=uuid4(), ts=DAY, embedding=[0.1, 1.0, -2.5])
    await store.save(row)
    assert (await store.get(Embedding, run_id=row.run_id)).embedding == [0.10000000149011612, 1.0, -2.5]


@pytest.mark.parametrize("vector", [[0.0, 0.0, 0.0], [float("nan"), 1.0, 1.0], [float("inf"), 1.0, 1.0]])
async def test_a_vector_without_direction_is_refused(store: Store, vector: list[float]) -> None:
    run = uuid4()
    with pytest.raises(WrongValue):
        await store.write(insert(Embedding(run_id=run, ts=DAY, embedding=vector)))
    with pytest.raises(WrongValue):
        await store.write(update(Embedding, run_id=run, ts=DAY).set(embedding=vector))
    with pytest.raises(WrongValue):
        await store.all(select(Embedding).near("embedding", vector).limit(3))
    assert await store.all(select(Embedding).where(run_id=run)) == []


async def test_a_search_needs_a_limit_and_an_index(store: Store) -> None:
    with pytest.raises(InvalidRequest):
        await store.page(select(Embedding).near("embedding", [1.0, 0.0, 0.0]))
    with pytest.raises(InvalidRequest):
        await store.page(select(Embedding).near("embedding", [1.0, 0.0, 0.0]).limit(1001))
    with pytest.raises(InvalidRequest):
        await store.page(select(Person).near("age", [1.0, 0.0, 0.0]).limit(1))
