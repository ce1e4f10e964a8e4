"""count, min, max and avg with CQL's types."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid1, uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import Aggregate, gt, is_in, select
from argus.storage.store import Store
from tests.storage.tables import Bag, Cell, Everything, Machine, Sample

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)
EVERY_TYPE: dict[str, Any] = {
    "a_text": "t", "an_ascii": "a", "a_tinyint": 1, "a_smallint": 1, "an_int": 1, "a_bigint": 1, "a_float": 1.0, "a_double": 1.0,
    "a_boolean": False, "a_uuid": uuid4(), "a_timeuuid": uuid1(), "a_timestamp": DAY, "a_date": date(2024, 1, 1), "a_time": time(1),
    "a_blob": b"", "an_inet": "10.0.0.1",
}  # fmt: skip
ALL = (Aggregate("count"), Aggregate("count", "value"), Aggregate("min", "value"), Aggregate("max", "value"), Aggregate("avg", "value"))


async def test_of_floats(store: Store) -> None:
    for n, value in enumerate((1.0, 2.0, 4.5, None)):
        await store.save(Sample(series="agg", at=DAY, number=n, value=value))
    assert await store.aggregate(select(Sample).where(series="agg").aggregate(*ALL)) == {
        "count": 4,
        "count_value": 3,
        "min_value": 1.0,
        "max_value": 4.5,
        "avg_value": 2.5,
    }


async def test_the_average_of_integers_is_cut_towards_zero(store: Store) -> None:
    sheet = uuid4()
    for n, value in enumerate((-1, -2, -2)):
        await store.save(Cell(sheet=sheet, page=0, row=str(n), column="c", value=value))
    read = select(Cell).where(sheet=sheet, page=0).aggregate(Aggregate("avg", "value"), Aggregate("min", "row"), Aggregate("max", "row"))
    assert await store.aggregate(read) == {"avg_value": -1, "min_row": "0", "max_row": "2"}


async def test_of_nothing(store: Store) -> None:
    found = await store.aggregate(select(Sample).where(series="no such").aggregate(*ALL))
    assert found == {"count": 0, "count_value": 0, "min_value": None, "max_value": None, "avg_value": 0.0}


async def test_over_conditions_and_several_partitions(store: Store) -> None:
    for series, value in (("agg1", 1.0), ("agg2", 3.0), ("agg3", 100.0)):
        await store.save(Sample(series=series, at=DAY, value=value))
        await store.save(Sample(series=series, at=DAY - timedelta(days=1), value=value))
    read = select(Sample).where(is_in("series", ["agg1", "agg2"]), gt("at", DAY - timedelta(hours=1)))
    found = await store.aggregate(read.aggregate(*ALL, Aggregate("max", "at")))
    assert found == {"count": 2, "count_value": 2, "min_value": 1.0, "max_value": 3.0, "avg_value": 2.0, "max_at": DAY}


async def test_not_a_number_is_the_largest(store: Store) -> None:
    for n, value in enumerate((1.0, float("nan"))):
        await store.save(Sample(series="nan", at=DAY, number=n, value=value))
    found = await store.aggregate(select(Sample).where(series="nan").aggregate(*ALL))
    assert (found["min_value"], str(found["max_value"]), str(found["avg_value"])) == (1.0, "nan", "nan")


async def test_a_text_has_no_average(store: Store) -> None:
    with pytest.raises(InvalidRequest):
        await store.aggregate(select(Sample).where(series="agg").aggregate(Aggregate("avg", "note")))


async def test_whatever_is_counted_the_count_is_a_number(store: Store) -> None:
    """Of every type that a column may have, as columns and as elements."""
    rows = [Everything(**EVERY_TYPE), Everything(**EVERY_TYPE), Everything()]
    for row in rows:
        await store.save(row)
    read = select(Everything).where(is_in("id", [row.id for row in rows]))
    counts = [Aggregate("count", name) for name in EVERY_TYPE]
    assert await store.aggregate(read.aggregate(*counts, Aggregate("count", "id"))) == {
        **{aggregate.label: 2 for aggregate in counts},
        "count_id": 3,
    }
    bags = [Bag(words=["a"], people=[uuid4()], times={1: DAY}, machine=Machine(name="m"), fixed=[]), Bag()]
    for bag in bags:
        await store.save(bag)
    found = await store.aggregate(
        select(Bag)
        .where(is_in("id", [bag.id for bag in bags]))
        .aggregate(*(Aggregate("count", name) for name in ("words", "people", "times", "machine", "fixed")))
    )
    assert found == {"count_words": 1, "count_people": 1, "count_times": 1, "count_machine": 1, "count_fixed": 1}


OLD, NEW = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), UUID("00000000-0000-4000-8000-000000000000")  # version 1 comes before version 4
BAGS: list[dict[str, Any]] = [
    {"words": ["b", "a"], "people": [NEW], "numbers": {31, 10}, "counts": {"a": 1}, "links": [("a", "b")], "fixed": [1.0, 2.0]},
    {"words": ["a", "z", "q"], "people": [OLD], "numbers": {1, 9}, "counts": {"a": 1, "b": 0}, "links": [("a", None)], "fixed": [-1.0]},
    {"words": ["a", "z"], "people": [OLD, OLD], "numbers": {20, 9}, "counts": {"b": -5}, "links": [("b", "a")], "fixed": []},
    {"words": ["é"], "people": [NEW, OLD], "numbers": {-4}, "counts": {"": 7}, "links": [(None, "z")]},
    {},
]
MACHINES = (Machine(name="a", owner=NEW), Machine(name="a", owner=OLD), Machine(name="b"), Machine(seen=DAY), None)


async def test_collections_are_compared_element_by_element(store: Store) -> None:
    bags = [Bag(**values, machine=machine) for values, machine in zip(BAGS, MACHINES, strict=True)]
    for bag in bags:
        await store.save(bag)
    names = ("words", "people", "numbers", "counts", "links", "fixed")
    read = select(Bag).where(is_in("id", [bag.id for bag in bags]))
    least = await store.aggregate(read.aggregate(*(Aggregate("min", name) for name in (*names, "machine"))))
    most = await store.aggregate(read.aggregate(*(Aggregate("max", name) for name in (*names, "machine"))))
    assert {name: least[f"min_{name}"] for name in names} == {
        "words": ["a", "z"], "people": [OLD], "numbers": {-4}, "counts": {"": 7}, "links": [(None, "z")], "fixed": [],
    }  # fmt: skip
    assert {name: most[f"max_{name}"] for name in names} == {
        "words": ["é"], "people": [NEW, OLD], "numbers": {10, 31}, "counts": {"b": -5}, "links": [("b", "a")], "fixed": [1.0, 2.0],
    }  # fmt: skip
    assert (least["min_machine"]["seen"], most["max_machine"]["name"]) == (DAY, "b")


async def test_the_extremes_of_no_collection_are_null(store: Store) -> None:
    read = select(Bag).where(id=uuid4()).aggregate(Aggregate("min", "words"), Aggregate("max", "machine"), Aggregate("max", "counts"))
    assert await store.aggregate(read) == {"min_words": None, "max_machine": None, "max_counts": None}
