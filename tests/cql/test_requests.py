"""How statements are asked: consistency, idempotence, timeouts, and what happens when callers go away."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.storage.cql.acsylla_driver import AcsyllaDriver
from argus.storage.cql.driver import Options
from argus.storage.errors import InvalidRequest, OperationTimedOut, StorageError
from argus.storage.statements import Aggregate, Batch, Consistency, Select, Write, batch, insert, is_in, select, update
from argus.storage.store import Store
from tests.cassandra_fixture import Cassandra
from tests.cql.conftest import engine_of
from tests.storage.tables import Person

pytestmark = [pytest.mark.anyio, pytest.mark.cassandra]

READ = select(Person).where(id=uuid4())
WRITES: list[Write | Batch] = [
    insert(Person()),
    insert(Person(), if_not_exists=True),
    update(Person, id=uuid4()).set(age=1),
    batch(insert(Person()), insert(Person())),
]


async def traced(
    cassandra: Cassandra, store: Store, statement: Select[Any] | Write | Batch, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """What the server says it was asked, of the one statement that is traced."""
    driver = engine_of(store).driver
    ids: list[UUID] = []
    if isinstance(driver, AcsyllaDriver):
        session = driver._session
        execute, execute_batch = session.execute, session.execute_batch

        class Tracing:
            """The session, with tracing switched on for what goes through it."""

            def __getattr__(self, name: str) -> Any:
                return getattr(session, name)

            async def execute(self, bound: Any) -> Any:
                bound.set_tracing(True)
                result = await execute(bound)
                ids.append(UUID(str(result.tracing_id)))
                return result

            async def execute_batch(self, bound: Any) -> Any:
                bound.set_tracing(True)
                result = await execute_batch(bound)
                ids.append(UUID(str(result.tracing_id)))
                return result

        monkeypatch.setattr(driver, "_session", Tracing())
    else:
        pytest.skip("scylla-driver's level is set in one place for all statements")
    if isinstance(statement, Select):
        await store.page(statement)
    else:
        await store.write(statement)
    for _ in range(100):
        found = cassandra.session.execute("SELECT parameters, duration FROM system_traces.sessions WHERE session_id = %s", (ids[-1],)).one()
        if found is not None and found.parameters:
            return dict(found.parameters)
        await asyncio.sleep(0.05)
    raise AssertionError("no trace")


@pytest.mark.parametrize("statement", [READ, *WRITES], ids=["read", "insert", "create", "update", "batch"])
async def test_everything_asks_for_a_quorum(
    cassandra: Cassandra, store: Store, statement: Select[Any] | Write | Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await traced(cassandra, store, statement, monkeypatch)
    assert asked["consistency_level"] == "QUORUM"
    assert asked["serial_consistency_level"] == "SERIAL"


async def test_a_read_at_one_asks_for_one(cassandra: Cassandra, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await traced(cassandra, store, READ.at(Consistency.ONE), monkeypatch))["consistency_level"] == "ONE"


async def test_what_may_be_said_twice_is_marked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[bool] = []
    driver = engine_of(store).driver
    run, run_batch = driver.run, driver.run_batch

    async def noting(prepared: Any, values: Any, options: Options) -> Any:
        marks.append(options.idempotent)
        return await run(prepared, values, options)

    async def noting_batch(parts: Any, options: Options, *, logged: bool) -> Any:
        marks.append(options.idempotent)
        return await run_batch(parts, options, logged=logged)

    monkeypatch.setattr(driver, "run", noting)
    monkeypatch.setattr(driver, "run_batch", noting_batch)
    key = uuid4()
    person = update(Person, id=key)
    await store.page(READ)
    for write in (
        person.set(age=1),
        insert(Person(id=key)),
        person.append("roles", ["a"]),
        person.prepend("roles", ["a"]),
        person.discard("roles", ["a"]),
        person.set(age=1).if_exists(),
        person.set(age=2).only_if(age=1),
        insert(Person(id=key), if_not_exists=True),
        batch(person.set(age=1), person.set(name="x")),
        batch(person.set(age=1), person.append("roles", ["a"])),
    ):
        await store.write(write)
    assert marks == [True, True, True, False, False, True, False, False, False, True, False]


async def test_a_shape_is_prepared_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    driver = engine_of(store).driver
    prepare = driver.prepare

    async def noting(text: str) -> Any:
        texts.append(text)
        return await prepare(text)

    monkeypatch.setattr(driver, "prepare", noting)
    statement = select(Person, "id", "age", "team")
    await asyncio.gather(*(store.page(statement.where(is_in("id", [uuid4()] * n)).limit(n), n) for n in range(1, 30)))
    assert len(texts) == 1


async def test_a_timeout_of_ones_own(store: Store) -> None:
    await asyncio.gather(*(store.save(Person(age=1)) for _ in range(2000)))
    with pytest.raises(OperationTimedOut):
        await store.aggregate(select(Person).aggregate(Aggregate("max", "age")).within(0.001))


async def test_callers_that_go_away_harm_nobody(store: Store) -> None:
    person = Person(name="here")
    await store.save(person)
    tasks = [asyncio.create_task(store.get(Person, id=person.id)) for _ in range(300)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(answer == person for answer in answers) >= 150
    assert all(answer == person or isinstance(answer, asyncio.CancelledError) for answer in answers)
    assert await store.get(Person, id=person.id) == person


async def test_too_many_keys_at_once_are_refused(store: Store) -> None:
    await store.page(select(Person).where(is_in("id", [uuid4() for _ in range(100)])))
    with pytest.raises(InvalidRequest, match="cartesian product size 101"):
        await store.page(select(Person).where(is_in("id", [uuid4() for _ in range(101)])))


async def test_an_unknown_table_is_a_request_that_is_refused(store: Store) -> None:
    from tests.cql.test_alter import Whole

    with pytest.raises(InvalidRequest, match="alter_whole"):
        await store.page(select(Whole))
    with pytest.raises(StorageError):
        await store.write(insert(Whole(id=uuid4())))


async def test_ten_thousand_requests_at_once_are_all_answered(store: Store) -> None:
    person = Person(name="popular")
    await store.save(person)
    answers = await asyncio.gather(*(store.get(Person, id=person.id) for _ in range(10_000)))
    assert len(answers) == 10_000
