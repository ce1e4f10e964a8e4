"""The database is down at start, dies under load, comes back: clear errors meanwhile, no restart, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from argus.storage.cql import DriverName, open_cql
from argus.storage.cql.live import SchemaConnection
from argus.storage.errors import NoHostAvailable, StorageError
from argus.storage.statements import insert, is_in, select, update
from argus.storage.store import Store
from tests.cassandra_node import CannotRun, Node, free_port
from tests.storage.tables import Person
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.cassandra, pytest.mark.timeout(240)]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A node of this test's own, not yet started."""
    made = Node(tmp_path, heap="384M")
    try:
        yield made
    finally:
        made.kill()


async def until_it_answers(store: Store) -> float:
    """Seconds until a ping is answered; every failure before is one of ours."""
    begun = time.monotonic()
    while time.monotonic() - begun < 30:
        try:
            await store.ping()
        except StorageError:
            await asyncio.sleep(0.05)
        else:
            return time.monotonic() - begun
    raise AssertionError("it never answered")


class Load:
    """Writers that go on whatever happens, and note what was acknowledged and what failed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.acknowledged: list[UUID] = []
        self.failures: list[StorageError] = []
        self.slowest_failure = 0.0
        self.stopped = False

    async def write(self) -> None:
        while not self.stopped:
            person = Person(name="load", age=1)
            begun = time.monotonic()
            try:
                await self.store.write(insert(person))
                await self.store.write(update(Person, id=person.id).append("roles", ["a"]))
            except StorageError as error:
                self.failures.append(error)
                self.slowest_failure = max(self.slowest_failure, time.monotonic() - begun)
                await asyncio.sleep(0.02)
            else:
                self.acknowledged.append(person.id)


@pytest.mark.parametrize("driver", ["acsylla", "scylla-driver"])
async def test_down_at_start_then_killed_under_load(node: Node, driver: DriverName) -> None:
    store = Store(open_cql([node.host], node.port, "faults", driver=driver))
    with pytest.raises(NoHostAvailable):
        await store.start()
    with pytest.raises(NoHostAvailable):
        await store.page(select(Person))
    try:
        await asyncio.to_thread(node.start)
    except CannotRun as reason:
        pytest.skip(str(reason))
    assert await until_it_answers(store) < 5

    assert hasattr(store.engine, "target")
    schema = SchemaConnection(store.engine.target)
    for keyspace in ("faults", "argus_tablets"):
        await schema.apply([f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"])
    await schema.close()
    await store.engine.apply(await store.engine.schema([Person], []))

    load = Load(store)
    writers = [asyncio.create_task(load.write()) for _ in range(8)]
    await until(lambda: len(load.acknowledged) > 100)
    assert load.failures == []
    await asyncio.to_thread(node.kill)
    await until(lambda: load.failures)
    begun = time.monotonic()
    with pytest.raises(NoHostAvailable):
        await store.ping()
    assert time.monotonic() - begun < 0.5

    before = len(load.acknowledged)
    await asyncio.to_thread(node.start)
    assert await until_it_answers(store) < 5
    await until(lambda: len(load.acknowledged) > before)
    load.stopped = True
    await asyncio.gather(*writers)
    assert load.slowest_failure < 5

    found = await store.all_in(select(Person), "id", load.acknowledged)
    assert {row.id for row in found} == set(load.acknowledged)
    assert all(row.roles == ["a"] for row in found)
    await store.close()


@pytest.mark.parametrize("driver", ["acsylla", "scylla-driver"])
async def test_calls_while_nobody_answers_fail_together_and_at_once(driver: DriverName) -> None:
    store = Store(open_cql(["127.0.0.1"], free_port(), "nowhere", driver=driver))
    begun = time.monotonic()
    answers = await asyncio.gather(*(store.page(select(Person).where(is_in("id", [uuid4()]))) for _ in range(200)), return_exceptions=True)
    assert all(isinstance(answer, NoHostAvailable) for answer in answers)
    assert time.monotonic() - begun < 5
    await store.close()
    with pytest.raises(NoHostAvailable, match="closed"):
        await store.ping()
