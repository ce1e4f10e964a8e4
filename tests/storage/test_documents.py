"""Documents in and out: whole rows, parts of rows, single lookups."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from uuid import UUID, uuid1, uuid4

import pytest

from argus.storage.errors import DocumentNotFound, MultipleDocumentsFound
from argus.storage.statements import eq, insert, select, update
from argus.storage.store import Store
from tests.storage.tables import Bag, Disk, Everything, Machine, Person, Sample, emptied

pytestmark = pytest.mark.anyio

NOON = datetime(2024, 5, 6, 12, 30, 15, 123000)


async def test_a_row_comes_back_as_it_was_saved(store: Store) -> None:
    person = Person(name="Ada", team=uuid4(), age=36, roles=["admin", "user"])
    await store.save(person)
    assert await store.get(Person, id=person.id) == person


async def test_every_scalar_type_comes_back(store: Store) -> None:
    row = Everything(
        a_text="größer ∑ 🙂 \x00 end",
        an_ascii="plain",
        a_tinyint=-128,
        a_smallint=32767,
        an_int=-(2**31),
        a_bigint=2**63 - 1,
        a_float=0.5,
        a_double=1e300,
        a_boolean=False,
        a_uuid=uuid4(),
        a_timeuuid=uuid1(),
        a_timestamp=NOON,
        a_date=date(1969, 7, 20),
        a_time=time(23, 59, 59, 999999),
        a_blob=b"\x00\xff",
        an_inet="2001:db8::1",
    )
    await store.save(row)
    assert await store.get(Everything, id=row.id) == row


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), -0.0, 5e-324])
async def test_odd_floats_come_back(store: Store, value: float) -> None:
    row = Everything(a_double=value)
    await store.save(row)
    found = await store.get(Everything, id=row.id)
    assert found.a_double is not None
    assert str(found.a_double) == str(value)


async def test_not_a_number_comes_back(store: Store) -> None:
    row = Everything(a_double=float("nan"), a_float=float("nan"))
    await store.save(row)
    found = await store.get(Everything, id=row.id)
    assert str(found.a_double) == str(found.a_float) == "nan"


async def test_a_float_is_stored_in_32_bits(store: Store) -> None:
    row = Everything(a_float=0.1, a_double=0.1)
    await store.save(row)
    found = await store.get(Everything, id=row.id)
    assert (found.a_float, found.a_double) == (0.10000000149011612, 0.1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (datetime(2024, 1, 1, 0, 0, 0, 999999), datetime(2024, 1, 1, 0, 0, 0, 999000)),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1)),
        (datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=2))), datetime(2023, 12, 31, 22)),
        (datetime(1901, 2, 3, 4, 5, 6, 7000), datetime(1901, 2, 3, 4, 5, 6, 7000)),
    ],
)
async def test_timestamps_are_naive_utc_of_whole_milliseconds(store: Store, given: datetime, kept: datetime) -> None:
    row = Everything(a_timestamp=given)
    await store.save(row)
    assert (await store.get(Everything, id=row.id)).a_timestamp == kept


async def test_collections_and_nested_types_come_back(store: Store) -> None:
    disk = Disk(name="ssd", size=5)
    bag = Bag(
        words=["b", "a", "b"],
        people=[uuid4(), uuid4()],
        numbers={3, -1, 2},
        counts={"z": 1, "a": 2, "ä": 3},
        fields={"k": "v"},
        mapping={uuid4(): uuid4(), uuid1(): uuid4()},
        times={2: NOON, 1: NOON},
        machines=[Machine(name="m", disk=disk, disks=[disk, Disk()], seen=NOON, owner=uuid4()), Machine()],
        machine=Machine(name="one", disks=[]),
        links=[("log", "http://x"), ("other", None)],
        rules={"b": [disk], "a": []},
        fixed=[1.5, 2.5],
    )
    await store.save(bag)
    found = await store.get(Bag, id=bag.id)
    assert found == bag
    assert list(found.counts) == ["a", "z", "ä"], "maps come in the order of their keys"
    assert isinstance(found.machines[0].disks[0], Disk)


async def test_a_null_collection_is_read_as_empty(store: Store) -> None:
    bag = Bag(plain="x")
    await store.save(bag)
    found = await store.get(Bag, id=bag.id)
    assert (found.words, found.numbers, found.counts) == ([], set(), {})


async def test_a_null_scalar_stays_null(store: Store) -> None:
    person = Person(name="x", active=None)
    await store.save(person)
    assert (await store.get(Person, id=person.id)).active is None


async def test_columns_that_are_not_selected_take_their_defaults(store: Store) -> None:
    sample = Sample(series="partial", at=NOON, kind="k", value=2.0, note="n")
    await store.save(sample)
    [found] = await store.all(select(Sample, "value").where(series="partial"))
    assert found.value == 2.0
    assert (found.note, found.number) == (None, 0)


async def test_a_row_that_misses_a_value_its_model_wants_is_still_read(store: Store) -> None:
    key = uuid4()
    await store.write(update(Person, id=key).set(age=3))
    assert (await store.get(Person, id=key)).active is None


async def test_an_insert_of_some_columns_leaves_the_others_alone(store: Store) -> None:
    person = Person(name="before", age=1)
    await store.save(person)
    await store.write(insert(person.changed(name="after", age=2), fields=["name"]))
    assert await store.get(Person, id=person.id) == person.changed(name="after")


async def test_saving_again_overwrites_with_nulls(store: Store) -> None:
    person = Person(name="x", age=1, roles=["a"])
    await store.save(person)
    await store.save(Person(id=person.id))
    assert await store.get(Person, id=person.id) == Person(id=person.id)


async def test_a_lookup_without_a_row_names_entity_and_filter(store: Store) -> None:
    key = UUID(int=7)
    with pytest.raises(DocumentNotFound) as raised:
        await store.get(Person, id=key)
    assert str(raised.value) == "No Person found matching {'id': UUID('00000000-0000-0000-0000-000000000007')}"
    assert await store.find(Person, id=key) is None


async def test_a_lookup_with_two_rows_says_so(store: Store) -> None:
    await store.save(Person(name="twin"))
    await store.save(Person(name="twin"))
    with pytest.raises(MultipleDocumentsFound) as raised:
        await store.get(Person, name="twin")
    assert str(raised.value) == "Expected one Person but found multiple matching {'name': 'twin'}"


async def test_first_gives_a_row_or_none(store: Store) -> None:
    await emptied(store, Person)
    assert await store.first(select(Person)) is None
    person = Person(name="first")
    await store.save(person)
    assert await store.first(select(Person).where(eq("name", "first"))) == person


async def test_any_number_of_values_can_be_looked_up(store: Store) -> None:
    people = [Person(name=f"many-{n}") for n in range(250)]
    for person in people:
        await store.save(person)
    found = await store.all_in(select(Person), "id", [p.id for p in people] * 2)
    assert {p.id for p in found} == {p.id for p in people}
    assert len(found) == 250


async def test_create_refuses_a_taken_key(store: Store) -> None:
    person = Person(name="one")
    assert await store.create(person)
    assert not await store.create(person.changed(name="two"))
    assert (await store.get(Person, id=person.id)).name == "one"
