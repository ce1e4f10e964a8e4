"""Pages: whole, stable, bounded, and never in the event loop's way."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import Select, batch, delete, insert, is_in, select
from argus.storage.store import Store
from tests.storage.tables import Ledger, Person, Sample, emptied

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)
MANY = 20_000


async def filled(store: Store, series: str, count: int, kind: str | None = None) -> None:
    """Rows number 0…count-1, two of them at each time."""
    rows = [Sample(series=series, at=DAY + timedelta(seconds=n // 2), number=n % 2, kind=kind) for n in range(count)]
    for start in range(0, count, 500):
        await store.write(batch(*map(insert, rows[start : start + 500]), logged=False))


async def pages(store: Store, statement: Select[Sample], size: int) -> list[list[Sample]]:
    found, start = [], None
    while True:
        page = await store.page(statement, size, start)
        found.append(page.rows)
        if page.next is None:
            return found
        start = page.next


@pytest.mark.parametrize("size", [1, 3, 7, 20, 50])
async def test_pages_together_are_the_whole_answer(store: Store, size: int) -> None:
    await filled(store, "pages", 20)
    for statement in (
        select(Sample).where(series="pages"),
        select(Sample).where(series="pages").ordered("asc"),
        select(Sample).where(series="pages").limit(13),
        select(Sample).where(is_in("number", [1]), is_in("at", [DAY, DAY + timedelta(seconds=3)]), series="pages"),
    ):
        found = await pages(store, statement, size)
        assert [row for page in found for row in page] == await store.all(statement)
        assert all(len(page) == size for page in found[:-1])


@pytest.mark.parametrize("size", [1, 2, 3, 10])
async def test_pages_over_several_partitions(store: Store, size: int) -> None:
    await emptied(store, Sample)
    for series in "wxyz":
        await filled(store, series, 5)
    for statement in (
        select(Sample),
        select(Sample).limit(12),
        select(Sample).per_partition(2),
        select(Sample).per_partition(2).limit(5),
        select(Sample).where(is_in("series", list("zxw"))),
        select(Sample).where(is_in("series", list("zxw"))).per_partition(2),
        select(Sample).where(is_in("series", list("zxw"))).per_partition(3).limit(7),
        select(Sample, "series").distinct(),
    ):
        rows = [row for page in await pages(store, statement, size) for row in page]
        assert rows == (await store.page(statement, 1000)).rows


async def test_pages_with_static_rows(store: Store) -> None:
    await emptied(store, Ledger)
    for n in range(6):
        await store.save(Ledger(account=uuid4(), entry=n, owner=f"o{n}"))
    accounts = [row.account for row in await store.all(select(Ledger))]
    await store.write(delete(Ledger).where(account=accounts[2], entry=(await store.all(select(Ledger)))[2].entry))
    found, start = [], None
    while True:
        page = await store.page(select(Ledger), 1, start)
        found += page.rows
        if page.next is None:
            break
        start = page.next
    assert [row.account for row in found] == accounts
    assert sum(row.entry is None for row in found) == 1


async def test_rows_that_come_and_go_between_pages_do_not_disturb_the_others(store: Store) -> None:
    await filled(store, "moving", 10)
    statement = select(Sample).where(series="moving")
    everything = await store.all(statement)
    first = await store.page(statement, 4)
    await store.write(delete(Sample).where(series="moving", at=everything[3].at, number=everything[3].number))
    await store.save(Sample(series="moving", at=DAY + timedelta(days=1)))  # before what was read
    await store.write(delete(Sample).where(series="moving", at=everything[5].at, number=everything[5].number))
    second = await store.page(statement, 100, first.next)
    assert second.rows == [everything[4], *everything[6:]]


async def test_a_token_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest):
        await store.page(select(Person), 10, b"nonsense")


async def stalls(work: asyncio.Task[int]) -> float:
    """The longest time in seconds that a step held the loop while the task ran: processor time, so that a busy machine changes nothing."""
    longest = 0.0
    gc.freeze()  # a full collection walks over all that the test run has made so far
    while not work.done():
        before = time.thread_time()
        await asyncio.sleep(0.001)
        longest = max(longest, time.thread_time() - before)
    gc.unfreeze()
    return longest


@pytest.mark.parametrize(
    "statement",
    [select(Sample).where(series="long"), select(Sample).where(kind="long")],
    ids=["partition", "index"],
)
async def test_twenty_thousand_rows_come_whole_in_order_and_beside_other_work(store: Store, statement: Select[Sample]) -> None:
    if await store.first(select(Sample).where(series="long")) is None:
        await filled(store, "long", MANY, "long")

    async def read() -> int:
        count, previous = 0, None
        async for row in store.rows(statement):
            assert previous is None or (row.at, -row.number) < (previous.at, -previous.number)
            previous = row
            count += 1
        return count

    task = asyncio.create_task(read())
    longest = await stalls(task)
    assert await task == MANY
    assert longest < 0.020


async def test_reading_many_rows_takes_little_memory(store: Store) -> None:
    if await store.first(select(Sample).where(series="long")) is None:
        await filled(store, "long", MANY, "long")
    tracemalloc.start()
    count = 0
    async for _ in store.rows(select(Sample).where(series="long")):
        count += 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == MANY
    assert peak < 8_000_000
