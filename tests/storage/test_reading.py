"""Which rows a read gives, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid1, uuid4

import pytest
from cassandra.metadata import Murmur3Token

from argus.storage.statements import eq, ge, gt, is_in, le, lt, select
from argus.storage.store import Store
from tests.storage.tables import Cell, Member, Notice, Person, Sample, emptied

pytestmark = pytest.mark.anyio

DAY = datetime(2024, 1, 1)


@pytest.fixture(scope="module", autouse=True)
async def _samples(store: Store) -> None:
    for series in ("a", "b", "c"):
        for hours in range(3):
            for number in range(2):
                await store.save(
                    Sample(series=series, at=DAY + timedelta(hours=hours), number=number, kind=f"k{number}", value=float(hours))
                )


def shown(rows: list[Sample]) -> str:
    return " ".join(f"{row.series}{row.at.hour}{row.number}" for row in rows)


async def test_a_partition_comes_in_clustering_order(store: Store) -> None:
    assert shown(await store.all(select(Sample).where(series="a"))) == "a20 a21 a10 a11 a00 a01"


async def test_values_are_those_of_the_columns_that_were_selected_page_after_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus.storage.store.PAGE", 2)
    found = await store.values(select(Sample, "at", "number", "kind", "note").where(series="a"))
    assert [row["number"] for row in found] == [0, 1] * 3
    assert found[0] == {"at": DAY + timedelta(hours=2), "number": 0, "kind": "k0", "note": None}


async def test_an_order_turns_all_clustering_columns_round(store: Store) -> None:
    read = select(Sample).where(series="a")
    assert shown(await store.all(read.ordered("asc"))) == "a01 a00 a11 a10 a21 a20"
    assert shown(await store.all(read.ordered("desc"))) == "a20 a21 a10 a11 a00 a01"
    assert shown(await store.all(read.ordered("asc").limit(2))) == "a01 a00"


async def test_ranges_of_a_clustering_column(store: Store) -> None:
    noon = DAY + timedelta(hours=1)
    read = select(Sample).where(series="a")
    assert shown(await store.all(read.where(gt("at", noon)))) == "a20 a21"
    assert shown(await store.all(read.where(ge("at", noon)))) == "a20 a21 a10 a11"
    assert shown(await store.all(read.where(lt("at", noon)))) == "a00 a01"
    assert shown(await store.all(read.where(gt("at", DAY), le("at", noon)))) == "a10 a11"
    assert shown(await store.all(read.where(gt("number", 0), at=noon))) == "a11"


async def test_in_on_the_partition_key_answers_by_key(store: Store) -> None:
    found = await store.all(select(Sample).where(is_in("series", ["c", "a", "c", "nothing"]), at=DAY))
    assert shown(found) == "a00 a01 c00 c01"


async def test_in_on_clustering_columns_answers_in_clustering_order(store: Store) -> None:
    read = select(Sample).where(is_in("at", [DAY, DAY + timedelta(hours=2)]), series="b")
    assert shown(await store.all(read)) == "b20 b21 b00 b01"
    assert shown(await store.all(read.where(is_in("number", [1])))) == "b21 b01"


async def test_an_empty_in_finds_nothing(store: Store) -> None:
    assert await store.all(select(Sample).where(is_in("series", []))) == []


async def test_limits(store: Store) -> None:
    assert shown(await store.all(select(Sample).where(series="a").limit(3))) == "a20 a21 a10"
    found = await store.all(select(Sample).where(is_in("series", ["a", "b", "c"])).per_partition(2))
    assert shown(found) == "a20 a21 b20 b21 c20 c21"
    found = await store.all(select(Sample).where(is_in("series", ["a", "b", "c"])).per_partition(2).limit(3))
    assert shown(found) == "a20 a21 b20"


async def test_a_scan_goes_by_token(store: Store) -> None:
    by_token = sorted("abc", key=lambda key: Murmur3Token.hash_fn(key.encode()))
    assert [row.series for row in await store.all(select(Sample).per_partition(1))] == by_token
    assert [row.series for row in await store.all(select(Sample, "series").distinct())] == by_token
    assert [row.series for row in await store.all(select(Sample))] == [s for s in by_token for _ in range(6)]


async def test_distinct_gives_partitions(store: Store) -> None:
    sheets = {uuid4() for _ in range(5)}
    await emptied(store, Cell)
    for sheet in sheets:
        for page in range(2):
            for row in "ab":
                await store.save(Cell(sheet=sheet, page=page, row=row, column="c"))
    found = await store.all(select(Cell, "sheet", "page").distinct())
    assert len(found) == 10
    assert {row.sheet for row in found} == sheets


async def test_filtering_reads_what_no_index_finds(store: Store) -> None:
    read = select(Sample).where(series="a").allow_filtering()
    assert shown(await store.all(read.where(value=1.0))) == "a10 a11"
    assert shown(await store.all(read.where(number=1))) == "a21 a11 a01"
    assert shown(await store.all(read.where(gt("value", 0.5), kind="k0"))) == "a20 a10"
    assert len(await store.all(select(Sample).where(value=1.0).allow_filtering())) == 6


async def test_a_null_never_matches(store: Store) -> None:
    await store.save(Sample(series="null", at=DAY))
    read = select(Sample).where(series="null").allow_filtering()
    assert await store.all(read.where(lt("value", 100.0))) == []
    assert await store.all(read.where(eq("note", ""))) == []


async def test_text_orders_by_its_bytes(store: Store) -> None:
    words = ["", "A", "Z", "a", "b", "ba", "é", "ﬀ", "🙂"]
    sheet = uuid4()
    for word in reversed(words):
        await store.save(Cell(sheet=sheet, page=0, row=word, column="c"))
    assert [row.row for row in await store.all(select(Cell).where(sheet=sheet, page=0))] == words


async def test_uuids_order_by_version_and_time(store: Store) -> None:
    group = uuid4()
    timed = [uuid1() for _ in range(3)]
    late = UUID("00000000-ffff-1fff-8000-000000000000")
    random = sorted((uuid4() for _ in range(5)), key=lambda u: u.bytes)
    for user in [*random, late, *reversed(timed)]:
        await store.save(Member(group=group, user=user))
    assert [row.user for row in await store.all(select(Member).where(group=group))] == [*timed, late, *random]


async def test_timeuuids_order_by_time(store: Store) -> None:
    receiver = uuid4()
    ids = [uuid1(node=n) for n in (5, 3, 200, 1)]
    for each in (ids[2], ids[0], ids[3], ids[1]):
        await store.save(Notice(receiver=receiver, id=each))
    assert [row.id for row in await store.all(select(Notice).where(receiver=receiver))] == ids[::-1]
    assert [row.id for row in await store.all(select(Notice).where(le("id", ids[1]), receiver=receiver))] == ids[1::-1]


async def test_timeuuids_of_one_time_order_by_signed_bytes(store: Store) -> None:
    receiver = uuid4()
    low, middle, high = (UUID(f"13814000-1dd2-11b2-{node}-000000000001") for node in ("8080", "80ff", "8001"))
    for each in (middle, high, low):
        await store.save(Notice(receiver=receiver, id=each))
    assert [row.id for row in await store.all(select(Notice).where(receiver=receiver))] == [high, middle, low]


async def test_rows_found_by_index_come_in_token_order(store: Store) -> None:
    people = [Person(team=UUID(int=1), name=f"p{n}") for n in range(30)]
    for person in people:
        await store.save(person)
    people.sort(key=lambda p: Murmur3Token.hash_fn(p.id.bytes))
    assert await store.all(select(Person).where(team=UUID(int=1))) == people
    assert await store.all(select(Person).where(team=UUID(int=1)).limit(3)) == people[:3]


async def test_an_index_within_a_partition(store: Store) -> None:
    assert shown(await store.all(select(Sample).where(series="a", kind="k1"))) == "a21 a11 a01"
    assert shown(await store.all(select(Sample).where(ge("at", DAY + timedelta(hours=1)), series="a", kind="k1"))) == "a21 a11"


async def test_an_index_follows_changes(store: Store) -> None:
    person = Person(name="old name")
    await store.save(person)
    await store.save(person.changed(name="new name"))
    assert await store.find(Person, name="old name") is None
    assert await store.find(Person, name="new name") == person.changed(name="new name")
