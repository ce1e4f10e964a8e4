"""Another session changes the schema while we read and write: never a wrong value, never a lost field."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

import pytest

from argus.storage.cql import DriverName
from argus.storage.errors import InvalidRequest
from argus.storage.statements import batch, insert, select, update
from argus.storage.store import Store
from argus.storage.table import PartitionKey, Row
from argus.storage.types import Udt
from tests.cassandra_fixture import Cassandra
from tests.cql.conftest import engine_of
from tests.storage.engines import on_cassandra
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.cassandra]


class Part(Udt, name="alter_part"):
    name: str | None = None
    size: int | None = None


class Whole(Row, table="alter_whole"):
    id: Annotated[UUID, PartitionKey()]
    label: str | None = None
    parts: list[Part] = []
    part: Part | None = None
    number: int | None = None


@pytest.fixture(params=["acsylla", "scylla-driver"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    driver: DriverName = request.param
    made, cleanup = await on_cassandra(driver)([Whole], [Part])
    yield made
    await cleanup()


@pytest.fixture
def other(cassandra: Cassandra, store: Store) -> Callable[..., Any]:
    """Another writer, of another program: `other("INSERT INTO {} …", values)` in the store's keyspace."""
    keyspace = engine_of(store).keyspaces["main"]

    def execute(text: str, *values: Any) -> Any:
        return cassandra.session.execute(text.format(keyspace), values)

    return execute


async def reading_and_writing(store: Store, keys: list[UUID], stop: asyncio.Event) -> int:
    """Reads every row and changes its number, over and over; the rest must stay as it was."""
    rounds = 0
    while not stop.is_set():
        for key in keys:
            row = await store.get(Whole, id=key)
            assert (row.label, row.part, row.parts) == (f"label {key}", Part(name="p", size=7), [Part(name="p", size=7)] * 2)
            assert row.number in (rounds, rounds - 1)
            await store.write(update(Whole, id=key).set(number=rounds))
        rounds += 1
    return rounds


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE {}.alter_whole ADD aaa text", "ALTER TABLE {}.alter_whole ADD nnn int", "ALTER TABLE {}.alter_whole ADD zzz text"],
        ["ALTER TYPE {}.alter_part ADD aaa text", "ALTER TYPE {}.alter_part ADD zzz text"],
    ],
    ids=["table", "type"],
)
async def test_reads_and_partial_updates_go_on_while_the_schema_changes(
    store: Store, other: Callable[..., Any], statements: list[str]
) -> None:
    keys = [uuid4() for _ in range(20)]
    part = Part(name="p", size=7)
    await asyncio.gather(*(store.save(Whole(id=key, label=f"label {key}", part=part, parts=[part, part], number=0)) for key in keys))
    stop = asyncio.Event()
    work = asyncio.create_task(reading_and_writing(store, keys, stop))
    for statement in statements:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(other, statement)
    await asyncio.sleep(0.5)
    stop.set()
    assert await work > 2


async def test_a_field_that_another_version_added_is_never_lost(store: Store, other: Callable[..., Any]) -> None:
    key = uuid4()
    row = Whole(id=key, parts=[Part(name="old", size=1)], part=Part(name="old", size=1))
    await store.save(row)
    read_before = await store.get(Whole, id=key)
    await asyncio.to_thread(other, "ALTER TYPE {}.alter_part ADD colour text")
    value = "{{name: 'new', size: 2, colour: 'red'}}"
    other(f"UPDATE {{}}.alter_whole SET parts = [{value}], part = {value} WHERE id = %s", key)

    # at once, before any driver can have heard of it
    for write in (
        insert(read_before),
        update(Whole, id=key).set(parts=read_before.parts),
        update(Whole, id=key).set(part=read_before.part, number=3),
        batch(update(Whole, id=key).set(number=3), update(Whole, id=key).set(part=read_before.part)),
    ):
        with pytest.raises(InvalidRequest, match=r"alter_part has fields .*colour"):
            await store.write(write)

    # what adds without overwriting goes on, and so does everything else
    await store.write(update(Whole, id=key).append("parts", [Part(name="ours", size=3)]).set(number=4))
    await store.write(insert(Whole(id=uuid4(), label="no parts")))
    await store.create(Whole(id=uuid4(), part=Part(name="new row")))
    kept = other("SELECT parts, part, number FROM {}.alter_whole WHERE id = %s", key).one()
    assert [(p.name, p.size, p.colour) for p in kept.parts] == [("new", 2, "red"), ("ours", 3, None)]
    assert (kept.part.colour, kept.number) == ("red", 4)
    found = await store.get(Whole, id=key)
    assert [p.name for p in found.parts] == ["new", "ours"]


async def refused(store: Store, key: UUID) -> bool:
    """Whether a plain read is an error."""
    try:
        await store.get(Whole, id=key)
    except InvalidRequest:
        return True
    return False


async def test_a_column_that_is_gone_and_comes_back_is_an_error_only_meanwhile(store: Store, other: Callable[..., Any]) -> None:
    key = uuid4()
    await store.save(Whole(id=key, label="x", number=1))
    await asyncio.to_thread(other, "ALTER TABLE {}.alter_whole DROP label")
    await until(lambda: refused(store, key))  # until the driver has heard of it a plain read may be answered
    await asyncio.to_thread(other, "ALTER TABLE {}.alter_whole ADD label text")
    found = await store.get(Whole, id=key)
    assert (found.number, found.label) == (1, None)
    assert await store.all(select(Whole, "id", "number")) == [Whole(id=key, number=1)]
