"""Changes of single elements of lists, sets and maps."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from argus.storage.statements import Update, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag, Disk, Machine

pytestmark = pytest.mark.anyio


async def changed(store: Store, bag: Bag, change: Update) -> Bag:
    await store.save(bag)
    await store.write(change)
    return await store.get(Bag, id=bag.id)


LISTS: list[tuple[list[str], Any, list[str]]] = [
    ([], lambda u: u.append("words", ["a", "b"]), ["a", "b"]),
    (["a"], lambda u: u.append("words", ["b", "a"]), ["a", "b", "a"]),
    (["a"], lambda u: u.prepend("words", ["x", "y"]), ["x", "y", "a"]),
    (["a", "b", "a"], lambda u: u.discard("words", ["a", "z"]), ["b"]),
    (["a"], lambda u: u.discard("words", ["a"]), []),
    (["a"], lambda u: u.append("words", []), ["a"]),
    (["a"], lambda u: u.append("words", ["b"]).prepend("words", ["c"]), ["c", "a", "b"]),
    (["a"], lambda u: u.append("words", ["a"]).discard("words", ["a"]), []),
    (["a"], lambda u: u.discard("words", ["a"]).append("words", ["a"]), ["a"]),
]


@pytest.mark.parametrize(("before", "change", "after"), LISTS)
async def test_a_list_grows_at_either_end_and_loses_equal_elements(store: Store, before: list[str], change: Any, after: list[str]) -> None:
    bag = Bag(words=before)
    assert (await changed(store, bag, change(update(Bag, id=bag.id)))).words == after


async def test_a_set_gains_and_loses_elements(store: Store) -> None:
    bag = Bag(numbers={1, 2})
    found = await changed(store, bag, update(Bag, id=bag.id).add("numbers", [2, 30, -4]))
    assert found.numbers == {1, 2, 30, -4}
    await store.write(update(Bag, id=bag.id).discard("numbers", [1, 2, 99]))
    assert (await store.get(Bag, id=bag.id)).numbers == {30, -4}


async def test_a_map_gains_changes_and_loses_entries(store: Store) -> None:
    bag = Bag(counts={"a": 1, "b": 2})
    found = await changed(store, bag, update(Bag, id=bag.id).put("counts", "c", 3).put("counts", "a", 9))
    assert found.counts == {"a": 9, "b": 2, "c": 3}
    await store.write(update(Bag, id=bag.id).drop("counts", "a").drop("counts", "nothing"))
    await store.write(update(Bag, id=bag.id).add("counts", {"d": 4, "b": 0}))
    assert (await store.get(Bag, id=bag.id)).counts == {"b": 0, "c": 3, "d": 4}
    await store.write(update(Bag, id=bag.id).discard("counts", ["b", "c"]).put("counts", "d", None))
    assert (await store.get(Bag, id=bag.id)).counts == {}


async def test_maps_keyed_by_other_types(store: Store) -> None:
    key, value = uuid4(), uuid4()
    bag = Bag()
    assert (await changed(store, bag, update(Bag, id=bag.id).put("mapping", key, value))).mapping == {key: value}


async def test_element_changes_make_a_missing_row(store: Store) -> None:
    key = uuid4()
    await store.write(update(Bag, id=key).append("words", ["a"]).add("numbers", [1]).put("counts", "a", 1))
    found = await store.get(Bag, id=key)
    assert (found.words, found.numbers, found.counts) == (["a"], {1}, {"a": 1})


async def test_adding_nothing_makes_no_row(store: Store) -> None:
    key = uuid4()
    await store.write(update(Bag, id=key).append("words", []).add("numbers", []).add("counts", {}))
    assert await store.all(select(Bag).where(id=key)) == []


async def test_nested_types_survive_append_and_write_back(store: Store) -> None:
    first, second = Machine(name="1", disks=[Disk(name="a", size=1)]), Machine(name="2", disk=Disk(size=None))
    bag = Bag(machines=[first])
    found = await changed(store, bag, update(Bag, id=bag.id).append("machines", [second]))
    assert found.machines == [first, second]
    await store.write(update(Bag, id=bag.id).set(machines=found.machines, machine=found.machines[1]))
    again = await store.get(Bag, id=bag.id)
    assert (again.machines, again.machine) == ([first, second], second)


async def test_a_frozen_collection_is_replaced_whole_and_keeps_its_emptiness(store: Store) -> None:
    bag = Bag(fixed=[])
    await store.save(bag)
    assert (await store.get(Bag, id=bag.id)).fixed == []
    await store.write(update(Bag, id=bag.id).set(fixed=None))
    assert (await store.get(Bag, id=bag.id)).fixed is None


async def test_map_values_that_are_frozen_lists(store: Store) -> None:
    bag = Bag(rules={"x": [Disk(name="d")]})
    found = await changed(store, bag, update(Bag, id=bag.id).put("rules", "y", [Disk(size=7), Disk()]))
    assert found.rules == {"x": [Disk(name="d")], "y": [Disk(size=7), Disk()]}
