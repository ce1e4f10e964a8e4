"""Time to live."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.statements import TTL, insert, select, update
from argus.storage.store import Store
from tests.storage.tables import Session

pytestmark = pytest.mark.anyio


async def test_rows_and_columns_expire_by_themselves(store: Store) -> None:
    short, long, column, renewed, kept = (Session(user=f"u{n}-{uuid4()}", note="n") for n in range(5))
    await store.write(insert(short, ttl=2))
    assert await store.find(Session, user=short.user) == short
    await store.write(insert(long, ttl=3600))
    await store.save(column)
    await store.write(update(Session, id=column.id).set(note="soon gone").expiring(1))
    await store.write(insert(renewed, ttl=1))
    await store.save(renewed)
    await store.write(insert(kept, ttl=1))
    await store.write(update(Session, id=kept.id).set(note="stays"))
    await asyncio.sleep(3.1)
    assert await store.find(Session, id=short.id) is None
    assert await store.find(Session, user=short.user) is None
    assert await store.find(Session, id=long.id) == long
    assert await store.find(Session, id=column.id) == column.changed(note=None)
    assert await store.find(Session, id=renewed.id) == renewed
    assert await store.find(Session, id=kept.id) == kept.changed(user=None, note="stays")
    assert (await store.write(insert(short, if_not_exists=True))).applied, "an expired row does not exist"


async def test_the_remaining_time_can_be_read(store: Store) -> None:
    row, forever = Session(user="x"), Session(user="y")
    await store.write(insert(row, ttl=100))
    await store.save(forever)
    [found] = (await store.engine.read(select(Session).where(id=row.id).with_ttl(), 1, None)).rows
    assert 95 <= found[TTL] <= 100
    [found] = (await store.engine.read(select(Session).where(id=forever.id).with_ttl(), 1, None)).rows
    assert found[TTL] is None


@pytest.mark.parametrize("seconds", [-1, 0, 630_720_001])
async def test_impossible_times_are_refused(store: Store, seconds: int) -> None:
    with pytest.raises(InvalidRequest):
        await store.write(insert(Session(), ttl=seconds))
