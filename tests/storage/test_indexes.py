"""Indexes on collections and on map keys, values and entries."""

from __future__ import annotations

from uuid import uuid4

import pytest

from argus.storage.statements import contains, contains_key, delete, entry, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag

pytestmark = pytest.mark.anyio


async def test_rows_are_found_by_an_element_of_a_list(store: Store) -> None:
    ada, bob = uuid4(), uuid4()
    both, one, none = Bag(people=[ada, bob]), Bag(people=[ada]), Bag(people=[])
    for bag in (both, one, none):
        await store.save(bag)
    assert {b.id for b in await store.all(select(Bag).where(contains("people", ada)))} == {both.id, one.id}
    assert [b.id for b in await store.all(select(Bag).where(contains("people", bob)))] == [both.id]
    assert await store.all(select(Bag).where(contains("people", uuid4()))) == []


async def test_rows_are_found_by_map_key_value_and_entry(store: Store) -> None:
    mark = uuid4().hex
    bag = Bag(fields={f"k{mark}": f"v{mark}", "quote'\"\\ü": f"odd{mark}"})
    await store.save(bag)
    for condition in (
        contains_key("fields", f"k{mark}"),
        contains("fields", f"v{mark}"),
        entry("fields", f"k{mark}", f"v{mark}"),
        entry("fields", "quote'\"\\ü", f"odd{mark}"),
    ):
        assert [b.id for b in await store.all(select(Bag).where(condition))] == [bag.id], condition
    assert await store.all(select(Bag).where(entry("fields", f"k{mark}", "other"))) == []


async def test_element_changes_are_seen_by_the_index(store: Store) -> None:
    ada, bag = uuid4(), Bag()
    await store.save(bag)
    await store.write(update(Bag, id=bag.id).append("people", [ada]))
    assert [b.id for b in await store.all(select(Bag).where(contains("people", ada)))] == [bag.id]
    await store.write(update(Bag, id=bag.id).discard("people", [ada]))
    assert await store.all(select(Bag).where(contains("people", ada))) == []


async def test_deleted_rows_leave_the_index(store: Store) -> None:
    ada, bag = uuid4(), Bag()
    await store.save(bag.changed(people=[ada]))
    await store.write(delete(Bag).where(id=bag.id))
    assert await store.all(select(Bag).where(contains("people", ada))) == []


async def test_collections_without_index_are_filtered(store: Store) -> None:
    bag = Bag(words=["needle", "other"], numbers={7_000_001}, counts={"needle": 5})
    await store.save(bag)
    for condition in (
        contains("words", "needle"),
        contains("numbers", 7_000_001),
        contains_key("counts", "needle"),
        entry("counts", "needle", 5),
    ):
        assert [b.id for b in await store.all(select(Bag).where(condition).allow_filtering())] == [bag.id], condition
