"""What Cassandra refuses is refused, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import (
    Aggregate,
    Assignment,
    Insert,
    Select,
    batch,
    contains,
    contains_key,
    delete,
    entry,
    eq,
    ge,
    gt,
    insert,
    is_in,
    lt,
    select,
    update,
)
from argus.storage.store import Store
from tests.storage.tables import Bag, Cell, Ledger, Person, Sample

pytestmark = pytest.mark.anyio

ID = UUID(int=99)
DAY = datetime(2024, 1, 1)
SAMPLES = select(Sample).where(series="s")

READS: dict[str, Select[Any]] = {
    "an unknown column": select(Person, "nothing"),
    "a condition on an unknown column": select(Person).where(nothing=1),
    "filtering without saying so": select(Person).where(age=1),
    "a range over an index": select(Person).where(gt("name", "a")),
    "IN over an index": select(Person).where(is_in("name", ["a", "b"])),
    "two indexes without filtering": select(Person).where(name="a", team=ID),
    "a part of the partition key": select(Cell).where(sheet=ID),
    "a range of the partition key": select(Sample).where(gt("series", "a")),
    "a clustering column without partition": select(Sample).where(at=DAY),
    "a clustering column behind an open one": SAMPLES.where(number=1),
    "a clustering column behind a range": SAMPLES.where(gt("at", DAY), number=1),
    "a filter beside an index": SAMPLES.where(kind="k", number=1),
    "an index and a clustering column without partition": select(Sample).where(kind="k", at=DAY),
    "a null key": select(Person).where(id=None),
    "a null in a filter": select(Person).where(age=None).allow_filtering(),
    "a null in an IN": select(Person).where(is_in("id", [None])),
    "an empty key": select(Sample).where(series=""),
    "a column twice": SAMPLES.where(eq("at", DAY), gt("at", DAY)),
    "equal twice": SAMPLES.where(eq("series", "t")),
    "two starts": SAMPLES.where(gt("at", DAY), ge("at", DAY)),
    "a limit of nothing": SAMPLES.limit(0),
    "a limit beyond 32 bits": SAMPLES.limit(1 << 31),
    "no rows a partition": SAMPLES.per_partition(0),
    "an order of a scan": select(Sample).ordered("asc"),
    "an order over an index": select(Sample).where(kind="k").ordered("asc"),
    "an order over several partitions": select(Sample).where(is_in("series", ["a", "b"])).ordered("asc"),
    "distinct rows": select(Sample, "series", "at").distinct(),
    "distinct without the key": select(Cell, "sheet").distinct(),
    "distinct by a clustering column": select(Sample, "series").distinct().where(at=DAY).allow_filtering(),
    "distinct with rows a partition": select(Sample, "series").distinct().per_partition(1),
    "an aggregate with rows a partition": select(Sample).per_partition(1).aggregate(Aggregate("count")),
    "CONTAINS of a scalar": select(Person).where(contains("age", 1)).allow_filtering(),
    "CONTAINS KEY of a set": select(Bag).where(contains_key("numbers", 1)).allow_filtering(),
    "an entry of a list": select(Bag).where(entry("words", "a", "b")).allow_filtering(),
    "a whole collection": select(Bag).where(words=["a"]).allow_filtering(),
    "an index beside IN on the partition key": select(Sample).where(is_in("series", ["a"]), kind="k").allow_filtering(),
    "distinct aggregates": select(Sample, "series").distinct().aggregate(Aggregate("count")),
    "an element without index or filtering": select(Bag).where(contains("words", "a")),
}


@pytest.mark.parametrize("what", READS)
async def test_reads_that_are_refused(store: Store, what: str) -> None:
    with pytest.raises(InvalidRequest):
        await store.page(READS[what])


BAG, PERSON = update(Bag, id=ID), update(Person, id=ID)

WRITES: dict[str, Callable[[], Any]] = {
    "an unknown column": lambda: PERSON.set(nothing=1),
    "a part of the key in SET": lambda: PERSON.set(id=ID),
    "nothing to set": lambda: PERSON,
    "no clustering key": lambda: update(Sample, series="s").set(value=1.0),
    "no partition key": lambda: update(Sample, at=DAY, number=1).set(value=1.0),
    "another column in the key": lambda: update(Person, id=ID, age=1).set(name="x"),
    "a null in the key": lambda: update(Person, id=None).set(age=1),
    "an insert with a null in the key": lambda: Insert(Sample, {"series": "s", "at": None, "number": 1}),
    "an insert without its key": lambda: Insert(Sample, {"series": "s", "value": 1.0}),
    "an empty partition key": lambda: insert(Sample(series="", at=DAY)),
    "a partition key of more than 64 KiB": lambda: insert(Sample(series="x" * 65_536, at=DAY)),
    "two values for one column": lambda: PERSON.set(age=1)._with(Assignment("set", "age", 2)),
    "a value and an append": lambda: BAG.set(words=["a"]).append("words", ["b"]),
    "an append to a scalar": lambda: PERSON.append("age", [1]),
    "an append to a frozen list": lambda: BAG.append("fixed", [1.0]),
    "an entry of a set": lambda: BAG.put("numbers", 1, 1),
    "a prepend to a map": lambda: BAG.prepend("counts", ["a"]),
    "a static column by row": lambda: update(Ledger, account=ID, entry=1).set(owner="x"),
    "deleting the key": lambda: delete(Person, "id").where(id=ID),
    "deleting by another column": lambda: delete(Person).where(name="x"),
    "deleting without partition": lambda: delete(Sample).where(at=DAY),
    "deleting behind an open clustering column": lambda: delete(Sample).where(series="s", number=1),
    "deleting columns of many rows": lambda: delete(Sample, "value").where(series="s"),
    "deleting columns of a range": lambda: delete(Sample, "value").where(gt("at", DAY), series="s"),
    "a conditional delete of many rows": lambda: delete(Sample).where(series="s", at=DAY).if_exists(),
    "a condition on the key": lambda: PERSON.set(age=1).only_if(id=ID),
    "a condition on an unknown column": lambda: PERSON.set(age=1).only_if(nothing=1),
    "an order of null": lambda: PERSON.set(age=1).only_if(lt("age", None)),
}


@pytest.mark.parametrize("what", WRITES)
async def test_writes_that_are_refused(store: Store, what: str) -> None:
    with pytest.raises(InvalidRequest):
        await store.write(WRITES[what]())
    with pytest.raises(InvalidRequest):
        await store.write(batch(insert(Person(id=ID)), WRITES[what]()))
    assert await store.find(Person, id=ID) is None


async def test_more_than_a_hundred_keys_in_one_read_are_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest):
        await store.page(select(Person).where(is_in("id", [uuid4() for _ in range(101)])))
    with pytest.raises(InvalidRequest):
        await store.page(select(Sample).where(is_in("at", [DAY]), is_in("number", range(101)), series="s"))
    assert (await store.page(select(Person).where(is_in("id", [uuid4() for _ in range(100)])))).rows == []
