"""A database copied into another one: the laptop's file to a cluster, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.storage.copy import CopyDiffers, CopyProgress, Progress, copy
from argus.storage.engine import Page
from argus.storage.errors import OperationTimedOut
from argus.storage.open import open_store
from argus.storage.statements import TTL, Insert, insert, select, update
from argus.storage.store import Store
from tests.storage.engines import ENGINES, Cleanup
from tests.storage.tables import MODELS, TYPES, Bag, Disk, Embedding, Ledger, Machine, Member, Person, Sample, Session

pytestmark = pytest.mark.anyio

ON_CASSANDRA = pytest.mark.cassandra
DAY = datetime(2024, 1, 1)


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Store]:
    """The laptop's file, with rows of every kind."""
    store = open_store(f"sqlite:///{tmp_path}/a.db", MODELS, TYPES)
    await store.start()
    await filled(store)
    yield store
    await store.close()


async def filled(store: Store) -> None:
    writes: list[Any] = [insert(Person(name=f"p{n}", team=uuid4(), roles=["a"] * (n % 3))) for n in range(1200)]
    writes += [insert(Sample(series=f"s{n % 3}", at=DAY + timedelta(seconds=n), number=n, value=n / 7)) for n in range(700)]
    machine = Machine(name="m", disk=Disk(name="d"), disks=[Disk()], seen=DAY, owner=uuid4())
    for n in range(20):
        bag = Bag(words=["a", "b"], numbers={1, 2}, counts={"x": n}, machines=[machine], machine=machine, links=[("a", None)], fixed=[0.1])
        writes.append(insert(bag))
        writes.append(update(Bag, id=uuid4()).set(plain="a row without marker"))
    account = uuid4()
    writes.append(update(Ledger, account=uuid4()).set(owner="static alone"))
    writes += [insert(Ledger(account=account, entry=n, owner="both", amount=n)) for n in range(3)]
    writes.append(insert(Member(group=uuid4(), user=uuid4()), fields=()))  # nothing but a key
    writes += [insert(Session(user="expires"), ttl=5000), insert(Session(user="stays"))]
    writes.append(insert(Embedding(run_id=uuid4(), ts=DAY, embedding=[0.5, 0.25, 1.0])))
    await asyncio.gather(*map(store.write, writes))


async def dump(store: Store) -> dict[str, list[Any]]:
    """Every row of every table as models, in the store's order, and which of them expire."""
    dumped: dict[str, list[Any]] = {}
    for model in MODELS:
        rows = dumped[model.__table__.name] = []
        statement, start = select(model).with_ttl() if model.__table__.uses_ttl else select(model), None
        while True:
            page = await store.engine.read(statement, 500, start)
            for row in page.rows:
                left = row.pop(TTL, None)
                rows.append((row if None in row.values() else model.model_validate(row), left is not None and left > 4000))
            if page.next is None:
                break
            start = page.next
    return dumped


async def emptied_target(name: str) -> tuple[Store, Cleanup]:
    return await ENGINES[name]([], [])


TARGETS = ["sqlite", pytest.param("acsylla", marks=ON_CASSANDRA), pytest.param("scylla-driver", marks=ON_CASSANDRA)]


@pytest.mark.parametrize("name", TARGETS)
async def test_a_copy_there_and_back_is_equal(file: Store, name: str) -> None:
    there, cleanup = await emptied_target(name)
    back, cleanup_back = await emptied_target("sqlite")
    seen: list[Progress] = []
    counts = await copy(file, there, MODELS, TYPES, seen.append)
    assert counts["suite_person"] == 1200
    assert counts["suite_ledger"] == 4
    assert [(p.table, p.phase) for p in seen][-1] == (MODELS[-1].__table__.name, "done")
    assert {p.tables for p in seen} == {len(MODELS)}
    assert max(p.rows for p in seen if p.table == "suite_person" and p.phase == "copying") >= 1000

    expected = await dump(file)
    assert await dump(there) == expected
    await copy(there, back, MODELS, TYPES)
    assert await dump(back) == expected
    await cleanup()
    await cleanup_back()


class Ended(Exception):
    """The process that copies is ended."""


@pytest.mark.parametrize("name", TARGETS)
async def test_a_copy_that_was_ended_goes_on_where_it_was(file: Store, name: str) -> None:
    there, cleanup = await emptied_target(name)
    written: list[UUID] = []
    write = there.engine.write

    async def counting(statement: Any) -> Any:
        if isinstance(statement, Insert) and statement.model is Person:
            written.append(statement.values["id"])
            if len(written) == 700:
                raise Ended
        return await write(statement)

    there.engine.write = counting  # type: ignore[method-assign]
    with pytest.raises(Ended):
        await copy(file, there, MODELS, TYPES)
    before = len(written)
    await copy(file, there, MODELS, TYPES)
    assert 1200 <= len(written) < 1200 + before - 400, "the pages that were noted are not copied again"
    there.engine.write = write  # type: ignore[method-assign]
    assert await dump(there) == await dump(file)

    written.clear()
    await copy(file, there, MODELS, TYPES)
    assert written == [], "what is done is not done again"
    assert {row.phase for row in await there.all(select(CopyProgress))} == {"done"}
    await cleanup()


async def test_a_difference_is_found_and_mended_next_time(file: Store) -> None:
    there, cleanup = await emptied_target("sqlite")
    person = (await file.all(select(Person).limit(1)))[0]
    read = file.engine.read

    async def changing(statement: Any, size: int, start: bytes | None) -> Page:
        page = await read(statement, size, start)
        if statement.model is Sample:  # Person is copied and noted by now; Sample comes after it
            raise OperationTimedOut
        return page

    file.engine.read = changing  # type: ignore[method-assign]
    with pytest.raises(OperationTimedOut):
        await copy(file, there, MODELS, TYPES)
    file.engine.read = read  # type: ignore[method-assign]

    # as if it had been ended between copying and comparing, and somebody wrote meanwhile
    await there.write(update(CopyProgress, table_name="suite_person").set(phase="verifying"))
    await file.write(update(Person, id=person.id).set(name=None, age=77))
    with pytest.raises(CopyDiffers, match=f"suite_person, row id={person.id!r}: age, name".replace("(", r"\(").replace(")", r"\)")):
        await copy(file, there, MODELS, TYPES)
    await copy(file, there, MODELS, TYPES)
    assert (await there.get(Person, id=person.id)) == await file.get(Person, id=person.id)
    await cleanup()


async def test_an_expired_row_is_no_difference(tmp_path: Path) -> None:
    source = open_store("sqlite://", MODELS, TYPES)
    await source.start()
    await source.write(insert(Session(user="soon"), ttl=1))
    there, cleanup = await emptied_target("sqlite")
    write = there.engine.write

    async def slow(statement: Any) -> Any:
        if isinstance(statement, Insert) and statement.model is Session:
            await asyncio.sleep(1.2)
        return await write(statement)

    there.engine.write = slow  # type: ignore[method-assign]
    await copy(source, there, MODELS, TYPES)
    await cleanup()
    await source.close()
