"""Insert, update and delete with Cassandra's meaning."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from argus.storage.statements import Aggregate, delete, ge, gt, insert, is_in, le, lt, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag, Cell, Disk, Ledger, Machine, Person, Sample

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)


async def count(store: Store, **key: object) -> int:
    found = await store.aggregate(select(Person).where(**key).aggregate(Aggregate("count")))
    assert isinstance(found["count"], int)
    return found["count"]


async def test_an_update_of_a_missing_row_makes_one(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=5))
    assert (await store.get(Person, id=key)).age == 5


async def test_such_a_row_goes_with_its_last_value(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=5, roles=["a"]))
    await store.write(update(Person, id=key).set(age=None))
    assert await count(store, id=key) == 1
    await store.write(update(Person, id=key).discard("roles", ["a"]))
    assert await count(store, id=key) == 0


async def test_a_row_that_was_inserted_stays_without_values(store: Store) -> None:
    person = Person(age=5, active=None)
    await store.save(person)
    await store.write(update(Person, id=person.id).set(age=None))
    assert await count(store, id=person.id) == 1


async def test_an_insert_marks_a_row_that_an_update_made(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=5))
    await store.write(insert(Person(id=key), fields=["id"]))
    await store.write(update(Person, id=key).set(age=None))
    assert await count(store, id=key) == 1


async def test_an_update_to_nulls_makes_no_row(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=None, roles=[]))
    assert await count(store, id=key) == 0


async def test_an_update_changes_exactly_what_it_names(store: Store) -> None:
    bag = Bag(words=["a"], counts={"a": 1}, machines=[Machine(name="m", disks=[Disk(name="d")])], plain="p")
    await store.save(bag)
    await store.write(update(Bag, id=bag.id).set(plain="q"))
    assert await store.get(Bag, id=bag.id) == bag.changed(plain="q")


async def test_deleting_columns_leaves_the_row(store: Store) -> None:
    person = Person(name="n", age=5, roles=["r"])
    await store.save(person)
    await store.write(delete(Person, "age", "roles").where(id=person.id))
    assert await store.get(Person, id=person.id) == person.changed(age=None, roles=[])


async def test_deleting_the_last_column_of_an_unmarked_row_deletes_it(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=5))
    await store.write(delete(Person, "age").where(id=key))
    assert await count(store, id=key) == 0


async def test_deleting_what_is_not_there_does_nothing(store: Store) -> None:
    key = uuid4()
    await store.write(delete(Person).where(id=key))
    await store.write(delete(Person, "age").where(id=key))
    assert await count(store, id=key) == 0


async def numbers(store: Store, series: str) -> list[int]:
    return [row.number for row in await store.all(select(Sample).where(series=series))]


async def test_rows_are_deleted_by_key_by_range_and_by_partition(store: Store) -> None:
    for number in range(6):
        await store.save(Sample(series="del", at=DAY, number=number))
    await store.write(delete(Sample).where(series="del", at=DAY, number=0))
    assert await numbers(store, "del") == [1, 2, 3, 4, 5]
    await store.write(delete(Sample).where(gt("number", 1), le("number", 2), series="del", at=DAY))
    assert await numbers(store, "del") == [1, 3, 4, 5]
    await store.write(delete(Sample).where(is_in("number", [1, 5, 9]), series="del", at=DAY))
    assert await numbers(store, "del") == [3, 4]
    await store.write(delete(Sample).where(lt("at", DAY), series="del"))
    assert await numbers(store, "del") == [3, 4]
    await store.write(delete(Sample).where(ge("at", DAY), series="del"))
    assert await numbers(store, "del") == []


async def test_a_whole_partition_is_deleted(store: Store) -> None:
    for series in ("gone", "stays"):
        for number in range(3):
            await store.save(Sample(series=series, at=DAY, number=number))
    await store.write(delete(Sample).where(series="gone"))
    assert await numbers(store, "gone") == []
    assert await numbers(store, "stays") == [0, 1, 2]


async def test_a_key_prefix_is_deleted(store: Store) -> None:
    sheet = uuid4()
    for row in "ab":
        for column in "xy":
            await store.save(Cell(sheet=sheet, page=1, row=row, column=column))
    await store.write(delete(Cell).where(sheet=sheet, page=1, row="a"))
    assert [(c.row, c.column) for c in await store.all(select(Cell).where(sheet=sheet, page=1))] == [("b", "x"), ("b", "y")]


async def test_a_static_column_is_one_for_its_partition(store: Store) -> None:
    account = uuid4()
    await store.save(Ledger(account=account, entry=1, owner="ann", amount=10))
    await store.save(Ledger(account=account, entry=2, owner="bob", amount=20))
    assert [(r.entry, r.owner) for r in await store.all(select(Ledger).where(account=account))] == [(1, "bob"), (2, "bob")]
    await store.write(update(Ledger, account=account).set(owner="cy"))
    assert {r.owner for r in await store.all(select(Ledger).where(account=account))} == {"cy"}


async def test_a_partition_with_a_static_value_only_is_one_row_without_key(store: Store) -> None:
    account = uuid4()
    await store.write(update(Ledger, account=account).set(owner="ann"))
    [row] = await store.all(select(Ledger).where(account=account))
    assert [getattr(row, name) for name in ("owner", "entry", "amount")] == ["ann", None, None]
    assert await store.all(select(Ledger).where(account=account, entry=1)) == []
    await store.write(delete(Ledger, "owner").where(account=account))
    assert await store.all(select(Ledger).where(account=account)) == []


async def test_deleting_a_row_leaves_the_static_value(store: Store) -> None:
    account = uuid4()
    await store.save(Ledger(account=account, entry=1, owner="ann", amount=10))
    await store.write(delete(Ledger).where(account=account, entry=1))
    [row] = await store.all(select(Ledger).where(account=account))
    assert row.owner == "ann"
    await store.write(delete(Ledger).where(account=account))
    assert await store.all(select(Ledger).where(account=account)) == []
