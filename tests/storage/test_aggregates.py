"""count, min, max and avg with CQL's types."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import Aggregate, gt, is_in, select
from argus.storage.store import Store
from tests.storage.tables import Cell, Sample

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)
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
