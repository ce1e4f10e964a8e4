"""Where a context says so, a store reads and does not write."""

from __future__ import annotations

from uuid import uuid4

import pytest

from argus.storage.statements import Batch, insert, update
from argus.storage.store import Store, read_only
from tests.storage.tables import Person

pytestmark = pytest.mark.anyio


class Refused(Exception):
    pass


class Asked:
    def refused(self, what: str) -> Exception:
        return Refused(what)


async def test_every_write_is_refused_and_reads_are_not(store: Store) -> None:
    person = Person(age=5)
    await store.save(person)
    other = Person(id=uuid4(), age=7)
    token = read_only.set(Asked())
    try:
        for write in (
            store.save(other),
            store.create(other),
            store.write(update(Person, id=person.id).set(age=6)),
            store.write(Batch((insert(other), update(Person, id=person.id).set(age=6)))),
        ):
            with pytest.raises(Refused, match=r"^Person$"):
                await write
        assert (await store.get(Person, id=person.id)).age == 5
    finally:
        read_only.reset(token)
    assert await store.find(Person, id=other.id) is None
    await store.save(other)
    assert (await store.get(Person, id=other.id)).age == 7
