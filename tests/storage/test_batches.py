"""Several writes as one."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from argus.storage.errors import WrongValue
from argus.storage.statements import batch, delete, insert, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag, Person, Sample

pytestmark = pytest.mark.anyio


async def test_a_batch_writes_to_several_tables(store: Store) -> None:
    person, bag, gone = Person(name="batch"), Bag(words=["a"]), Person(name="gone")
    await store.save(gone)
    await store.write(
        batch(insert(person), insert(bag), update(Person, id=gone.id).set(age=1), delete(Person).where(id=gone.id), logged=True)
    )
    assert await store.find(Person, id=person.id) == person
    assert await store.find(Bag, id=bag.id) == bag
    assert await store.find(Person, id=gone.id) is None


async def test_a_batch_with_a_wrong_value_writes_nothing(store: Store) -> None:
    person = Person(name="half")
    with pytest.raises(WrongValue):
        await store.write(batch(insert(person), update(Person, id=uuid4()).set(age="old")))
    assert await store.find(Person, id=person.id) is None


async def test_an_empty_batch_is_nothing(store: Store) -> None:
    assert (await store.write(batch())).applied


async def test_a_batch_of_many_rows_of_one_partition(store: Store) -> None:
    rows = [Sample(series="bulk", at=datetime(2024, 1, 1), number=n) for n in range(100)]
    await store.write(batch(*map(insert, rows), logged=False))
    assert [row.number for row in await store.all(select(Sample).where(series="bulk"))] == list(range(100))
