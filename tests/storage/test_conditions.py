"""Lightweight transactions."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import batch, delete, entry, eq, ge, gt, insert, is_in, lt, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag, Ledger, Person, Sample

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)


async def test_if_not_exists_tells_the_row_that_is_there(store: Store) -> None:
    person = Person(name="first", age=1)
    assert (await store.write(insert(person, if_not_exists=True))).applied
    refused = await store.write(insert(person.changed(name="second"), if_not_exists=True))
    assert not refused.applied
    assert refused.current is not None
    assert (refused.current["id"], refused.current["name"], refused.current["age"]) == (person.id, "first", 1)


async def test_if_not_exists_sees_a_row_that_an_update_made(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=1))
    assert not (await store.write(insert(Person(id=key), if_not_exists=True))).applied


async def test_if_exists_makes_no_row(store: Store) -> None:
    key = uuid4()
    refused = await store.write(update(Person, id=key).set(age=1).if_exists())
    assert not refused.applied
    assert not refused.current
    assert await store.find(Person, id=key) is None
    await store.save(Person(id=key))
    assert (await store.write(update(Person, id=key).set(age=1).if_exists())).applied


CASES: list[tuple[list[Any], bool]] = [
    ([eq("age", 5)], True),
    ([eq("age", 6)], False),
    ([eq("age", None)], False),
    ([eq("name", None)], True),
    ([gt("age", 4)], True),
    ([gt("age", 5)], False),
    ([ge("age", 5)], True),
    ([lt("age", 5)], False),
    ([gt("name", "a")], False),
    ([is_in("age", [1, 5])], True),
    ([is_in("age", [1, 2])], False),
    ([eq("age", 5), eq("active", False)], False),
    ([eq("roles", ["a", "b"])], True),
    ([eq("roles", ["b", "a"])], False),
]


@pytest.mark.parametrize(("conditions", "applies"), CASES)
async def test_conditions_are_judged_on_the_row_as_it_is(store: Store, conditions: list[Any], applies: bool) -> None:
    person = Person(age=5, roles=["a", "b"])
    await store.save(person)
    outcome = await store.write(update(Person, id=person.id).set(team=person.id).only_if(*conditions))
    assert outcome.applied is applies
    assert ((await store.get(Person, id=person.id)).team == person.id) is applies


async def test_a_refused_condition_tells_its_columns(store: Store) -> None:
    person = Person(name="n", age=5)
    await store.save(person)
    refused = await store.write(update(Person, id=person.id).set(age=6).only_if(age=9, name="n"))
    assert (refused.applied, dict(refused.current or {})) == (False, {"age": 5, "name": "n"})


async def test_a_null_condition_is_true_of_a_missing_row(store: Store) -> None:
    key = uuid4()
    assert (await store.write(update(Person, id=key).set(age=1).only_if(name=None))).applied
    assert (await store.get(Person, id=key)).age == 1


async def test_a_condition_on_a_missing_row_tells_nothing(store: Store) -> None:
    refused = await store.write(update(Person, id=uuid4()).set(age=1).only_if(name="x"))
    assert not refused.applied
    assert not refused.current


async def test_conditions_on_map_entries(store: Store) -> None:
    bag = Bag(counts={"total": 1})
    await store.save(bag)
    change = update(Bag, id=bag.id)
    assert not (await store.write(change.put("counts", "total", 9).only_if(entry("counts", "total", 0)))).applied
    assert (await store.write(change.put("counts", "total", 2).only_if(entry("counts", "total", 1)))).applied
    assert (await store.write(change.put("counts", "failed", 1).only_if(entry("counts", "failed", None)))).applied
    refused = await store.write(change.drop("counts", "total").only_if(entry("counts", "total", 1)))
    assert (refused.applied, dict(refused.current or {})) == (False, {"counts": {"failed": 1, "total": 2}})


async def test_clients_that_count_up_under_a_condition_lose_nothing(store: Store) -> None:
    bag = Bag(counts={"n": 0})
    await store.save(bag)

    async def one_more() -> None:
        while True:
            seen = (await store.get(Bag, id=bag.id)).counts["n"]
            if (await store.write(update(Bag, id=bag.id).put("counts", "n", seen + 1).only_if(entry("counts", "n", seen)))).applied:
                return

    await asyncio.gather(*(one_more() for _ in range(8)))
    assert (await store.get(Bag, id=bag.id)).counts == {"n": 8}


async def test_conditional_deletes(store: Store) -> None:
    person = Person(age=5)
    await store.save(person)
    refused = await store.write(delete(Person).where(id=person.id).only_if(age=6))
    assert (refused.applied, dict(refused.current or {})) == (False, {"age": 5})
    assert (await store.write(delete(Person).where(id=person.id).only_if(age=5))).applied
    assert not (await store.write(delete(Person).where(id=person.id).if_exists())).applied


async def test_a_static_column_can_be_the_condition(store: Store) -> None:
    account = uuid4()
    assert (await store.write(update(Ledger, account=account).set(owner="ann").only_if(owner=None))).applied
    assert not (await store.write(update(Ledger, account=account).set(owner="bob").only_if(owner=None))).applied


async def test_a_batch_under_conditions_happens_wholly_or_not(store: Store) -> None:
    a, b = (Sample(series="lwt", at=DAY, number=n, value=float(n)) for n in (1, 2))
    await store.save(a)
    await store.save(b)

    def change(number: int, value: float) -> Any:
        return update(Sample, series="lwt", at=DAY, number=number).set(note="changed").only_if(value=value)

    refused = await store.write(batch(change(1, 1.0), change(2, 99.0)))
    assert not refused.applied
    assert (refused.current or {})["number"] == 1
    assert {row.note for row in await store.all(select(Sample).where(series="lwt"))} == {None}
    assert (await store.write(batch(change(1, 1.0), change(2, 2.0)))).applied
    assert {row.note for row in await store.all(select(Sample).where(series="lwt"))} == {"changed"}


async def test_a_batch_under_conditions_holds_one_partition_of_one_table(store: Store) -> None:
    guarded = update(Person, id=uuid4()).set(age=1).only_if(age=None)
    with pytest.raises(InvalidRequest, match="multiple partitions"):
        await store.write(batch(guarded, update(Person, id=uuid4()).set(age=1)))
    with pytest.raises(InvalidRequest, match="multiple tables"):
        await store.write(batch(guarded, update(Bag, id=uuid4()).set(plain="x")))
