"""What is particular to the embedded engine: its file, its threads, its failures."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import pytest

from argus.storage.errors import InvalidRequest, NoHostAvailable, OperationTimedOut, Overloaded
from argus.storage.open import open_store
from argus.storage.sqlite import SqliteEngine
from argus.storage.statements import Aggregate, insert, select, update
from argus.storage.store import Store
from argus.storage.table import Indexed, PartitionKey, Row
from tests.storage.tables import MODELS, TYPES, Person

pytestmark = pytest.mark.anyio

WRITER = """
import asyncio, sys
from argus.storage.open import open_store
from argus.storage.statements import update
from tests.storage.tables import MODELS, TYPES, Person

async def main():
    store = open_store(f"sqlite:///{sys.argv[1]}", MODELS, TYPES)
    await store.start()

    async def write(lane):
        for n in range(int(sys.argv[2])):
            person = Person(name=f"{sys.argv[3]}-{lane}", age=n)
            await store.save(person)
            print(person.id, flush=True)

    await asyncio.gather(*(write(lane) for lane in range(8)))
    await store.close()

asyncio.run(main())
"""


def writing(path: Path, rows: int, name: str) -> subprocess.Popen[str]:
    """Another process that writes rows in 8 lanes and prints the key of each one that is acknowledged."""
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(rows), name]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])


async def opened(path: Path) -> Store:
    store = open_store(f"sqlite:///{path}", MODELS, TYPES)
    await store.start()
    return store


async def test_no_acknowledged_write_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    with writing(path, 1_000_000, "killed") as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(300)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [line.strip() for line in process.stdout.read().splitlines() if len(line.strip()) == 36]
    store = await opened(path)
    there = {str(row.id) async for row in store.rows(select(Person, "id"))}
    assert set(acknowledged) <= there
    await store.close()


async def test_several_processes_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    processes = [writing(path, 40, f"p{n}") for n in range(3)]  # all of them find no file yet
    store = await opened(path)
    ours = [Person(name="ours") for _ in range(100)]
    for person in ours:
        await store.save(person)
    for process in processes:
        _, errors = await asyncio.to_thread(process.communicate)
        assert process.returncode == 0, errors
    found = await store.aggregate(select(Person).aggregate(Aggregate("count")))
    assert found["count"] == 3 * 8 * 40 + 100
    await store.close()


async def test_a_file_is_kept_between_starts_and_its_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "argus.db"
    store = await opened(path)
    person = Person(name="kept")
    await store.save(person)
    await store.close()
    store = await opened(path)
    assert await store.get(Person, id=person.id) == person
    await store.close()


class Before(Row, table="growing"):
    id: Annotated[UUID, PartitionKey()]
    name: str | None = None


class After(Row, table="growing"):
    id: Annotated[UUID, PartitionKey()]
    name: Annotated[str | None, Indexed()] = None
    added: Annotated[str | None, Indexed()] = None


async def test_columns_and_indexes_that_are_new_are_added(tmp_path: Path) -> None:
    url, key = f"sqlite:///{tmp_path / 'argus.db'}", uuid4()
    store = open_store(url, [Before], [])
    await store.start()
    await store.save(Before(id=key, name="old"))
    assert await store.engine.schema([Before], []) == []
    assert len(await store.engine.schema([After], [])) == 3
    await store.close()
    store = open_store(url, [After], [])
    await store.start()
    assert await store.engine.schema([After], []) == []
    assert await store.get(After, name="old") == After(id=key, name="old")
    await store.write(update(After, id=key).set(added="new"))
    assert (await store.get(After, added="new")).id == key
    await store.close()


async def test_differences_between_file_and_models_are_told(tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    store = await opened(path)
    engine = store.engine
    assert isinstance(engine, SqliteEngine)
    assert await engine.drift(MODELS, TYPES) == []
    await engine.apply(
        [
            'DROP TABLE "suite_bag"',
            'DROP INDEX "suite_person_name_idx"',
            'ALTER TABLE "suite_person" ADD COLUMN "stranger" TEXT',
            'ALTER TABLE "suite_person" RENAME COLUMN "age" TO "years"',
            'DROP TABLE "suite_cell"',
            'CREATE TABLE "suite_cell" ("#token" INTEGER NOT NULL, "sheet" BLOB NOT NULL, "page" INTEGER NOT NULL, "row" TEXT NOT NULL, '
            '"column" TEXT NOT NULL, "value" TEXT, "#live" INTEGER NOT NULL DEFAULT 0, '
            'PRIMARY KEY ("#token", "sheet", "page", "row" DESC, "column")) WITHOUT ROWID',
            'CREATE TABLE "other" (a)',
        ]
    )
    assert {str(finding) for finding in await engine.drift(MODELS, TYPES)} == {
        "missing table suite_bag",
        "missing index suite_person_name_idx",
        "unknown column suite_person.stranger",
        "missing column suite_person.age",
        "unknown column suite_person.years",
        "different column suite_cell.row: TEXT, key 4 asc in the model, TEXT, key 4 desc in the database",
        "different column suite_cell.value: INTEGER in the model, TEXT in the database",
        "unknown table other",
    }
    await store.close()


async def test_a_table_that_nobody_announced_is_made_when_first_used() -> None:
    store = open_store("sqlite://", [], [])
    await store.start()
    person = Person(name="late")
    assert await store.find(Person, id=person.id) is None
    await store.save(person)
    assert await store.find(Person, name="late") == person
    await store.close()


async def test_too_much_at_once_is_refused(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "argus.db", MODELS, bound=20)
    store = Store(engine)
    await store.start()
    outcomes = await asyncio.gather(*(store.save(Person(name="many")) for _ in range(50)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 30
    assert all(isinstance(outcome, Overloaded) for outcome in refused)
    found = await store.aggregate(select(Person).aggregate(Aggregate("count")))
    assert found["count"] == 20
    await store.close()


async def test_a_read_that_takes_too_long_is_stopped() -> None:
    store = open_store("sqlite://", MODELS, TYPES)
    await store.start()
    rows = [insert(Person(name=f"{n}", roles=["r"] * 50)) for n in range(20_000)]
    await asyncio.gather(*(store.write(row) for row in rows[:9000]))
    before = time.perf_counter()
    with pytest.raises(OperationTimedOut):
        await store.page(select(Person).where(age=-1).allow_filtering().within(0.000_1))
    assert time.perf_counter() - before < 1
    assert (await store.page(select(Person).where(age=-1).allow_filtering())).rows == []
    await store.close()


async def test_a_file_that_another_program_locks_is_an_error_not_a_hang(tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    store = Store(SqliteEngine(path, MODELS, timeout=0.2))
    await store.start()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationTimedOut):
        await store.save(Person(name="waits"))
    assert await store.all(select(Person)) == [], "readers do not wait for a writer"
    other.execute("ROLLBACK")
    other.close()
    await store.save(Person(name="again"))
    await store.close()


async def test_what_is_no_database_is_an_error_until_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "argus.db"
    path.write_bytes(b"this is not a database, " * 100)
    store = open_store(f"sqlite:///{path}", MODELS, TYPES)
    with pytest.raises(NoHostAvailable):
        await store.start()
    with pytest.raises(NoHostAvailable):
        await store.ping()
    path.unlink()
    await store.ping()
    await store.save(Person(name="now"))
    await store.close()
    with pytest.raises(NoHostAvailable):
        await store.ping()


async def test_a_caller_that_goes_away_harms_nobody() -> None:
    store = open_store("sqlite://", MODELS, TYPES)
    await store.start()
    tasks = [asyncio.create_task(store.save(Person(name=f"t{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(outcome is None for outcome in done) == 25
    assert len(await store.all(select(Person))) >= 25
    await store.close()


async def test_one_job_of_a_group_fails_alone() -> None:
    engine = SqliteEngine(None, MODELS)
    store = Store(engine)
    await store.start()
    _, writer = await engine._threads()

    def half_done(db: sqlite3.Connection) -> None:
        db.execute('DELETE FROM "suite_person"')
        raise RuntimeError("in the middle")

    jobs = [store.save(Person(name="good")) if n % 2 else writer.run(half_done) for n in range(20)]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert sum(isinstance(outcome, RuntimeError) for outcome in outcomes) == 10
    assert len(await store.all(select(Person).where(name="good"))) == 10
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/db",
        "sqlite",
        "cql://",
        "cql://host",
        "cql://host/",
        "cql://host/a/b",
        "cql://host:port/ks",
        "cql://a:1,b:2/ks",
        "sqlite://relative.db",
        "",
    ],
)
def test_a_url_that_names_no_store_is_explained(url: str) -> None:
    with pytest.raises(ValueError, match=r"names|no port"):
        open_store(url, [], [])


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="names no keyspace") as raised:
        open_store("cql://user:secret@host", [], [])
    assert "secret" not in str(raised.value)


def test_what_only_a_cluster_has_is_ignored_by_the_embedded_engine() -> None:
    open_store("sqlite://", [], [], username="u", password="p", tablets_keyspace="t")


async def test_an_index_query_uses_the_index() -> None:
    """The plan of the SQL that a read by index becomes: a search of that index, without sorting."""
    engine = SqliteEngine(None, MODELS)
    store = Store(engine)
    await store.start()
    await store.all(select(Person).where(name="x"))
    [shape] = engine._selects.values()
    with pytest.raises(InvalidRequest):
        await store.all(select(Person).where(age=1))

    sql, params = next(shape.segments(shape.scopes(select(Person).where(name="x"))[0], None))
    rows = await (await engine._threads())[0].run(lambda db: db.execute(f"EXPLAIN QUERY PLAN {sql}", params).fetchall())
    assert len(rows) == 1
    assert "SEARCH suite_person USING INDEX suite_person_name_idx (name=?)" in rows[0][3].replace('"', "")
    await store.close()


async def test_only_the_owner_reads_the_file_and_what_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "argus.db"
    for _ in range(2):  # a new file, and one that an earlier version left open to all
        store = open_store(f"sqlite:///{path}", MODELS, TYPES)
        await store.start()
        await store.save(Person(id=uuid4()))
        beside = sorted(each.name for each in path.parent.iterdir())
        assert beside == ["argus.db", "argus.db-shm", "argus.db-wal"]
        assert {each.name for each in path.parent.iterdir() if each.stat().st_mode & 0o077} == set()
        await store.close()
        path.chmod(0o644)
    assert path.parent.stat().st_mode & 0o077 == 0
