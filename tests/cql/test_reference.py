"""An installation that another program made and filled: nothing is missing, every row reads, every write leaves the rest alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from argus.kit.settings import Settings
from argus.run_types import registry_of, schema_with
from argus.storage.cql import open_cql
from argus.storage.cql.engine import CqlEngine
from argus.storage.cql.live import SchemaConnection
from argus.storage.schema import Existing
from argus.storage.statements import select, update
from argus.storage.store import Store
from argus.storage.table import Row
from argus.storage.types import CqlType, ListOf, MapOf, Scalar, SetOf, TupleOf, UdtOf, VectorOf
from tests.cassandra_fixture import Cassandra
from tests.cql.conftest import engine_of

pytestmark = [pytest.mark.anyio, pytest.mark.cassandra]

MODELS, TYPES = schema_with(registry_of(Settings()))
REFERENCE = (Path(__file__).parents[1] / "storage" / "reference_schema.cql").read_text()
NAMES = {line.split("}.")[1].split(" (")[0] for line in REFERENCE.splitlines() if line.startswith("CREATE TABLE")}
THEIRS = [model for model in MODELS if model.__table__.name in {name.strip('"') for name in NAMES}]
SCALARS: dict[str, Any] = {
    "ascii": "plain",
    "bigint": 1 << 40,
    "blob": "0x00ff",
    "boolean": True,
    "double": 0.1,
    "float": 0.5,
    "int": 7,
    "smallint": 2,
    "text": "tëxt",
    "time": "12:34:56.789000000",
    "timestamp": "2024-02-29 12:34:56.789Z",
    "timeuuid": "b2d3e0a0-d6f1-11ee-8000-000000000001",
    "tinyint": -3,
    "uuid": "11111111-2222-4333-8444-555555555555",
}


def in_json(kind: CqlType) -> Any:
    """A value of the type, as the other writer's JSON."""
    match kind:
        case Scalar(name):
            return SCALARS[name]
        case ListOf(item) | SetOf(item):
            return [in_json(item)]
        case MapOf(key, value):
            return {str(in_json(key)): in_json(value)}
        case TupleOf(items):
            return [in_json(item) for item in items]
        case VectorOf(size):
            return [0.5] * size
        case UdtOf(model):
            return {name: in_json(field) for name, field in model.fields_of().items()}


@pytest.fixture(scope="module")
async def store(cassandra: Cassandra, anyio_backend: str) -> AsyncIterator[Store]:
    """The reference's schema, made by the other writer."""
    with cassandra.keyspaces() as (main, tablets):
        for statement in REFERENCE.split(";\n"):
            text = "\n".join(line for line in statement.splitlines() if not line.startswith("--")).strip().removesuffix(";")
            if text:
                await asyncio.to_thread(cassandra.session.execute, text.replace("{main}", main).replace("{tablets}", tablets))
        store = Store(open_cql([cassandra.host], cassandra.port, main, tablets_keyspace=tablets))
        await store.start()
        yield store
        await store.close()


def place(store: Store, model: type[Row]) -> str:
    return f'{engine_of(store).keyspaces[model.__table__.keyspace]}."{model.__table__.name}"'


def stored(cassandra: Cassandra, store: Store, model: type[Row]) -> list[dict[str, Any]]:
    """The table's rows as the other writer reads them."""
    return [json.loads(row[0]) for row in cassandra.session.execute(f"SELECT JSON * FROM {place(store, model)}")]


async def existing(engine: CqlEngine) -> Existing:
    schema = SchemaConnection(engine.target)
    try:
        return await schema.existing(engine.keyspaces)
    finally:
        await schema.close()


def test_all_tables_are_there() -> None:
    assert len(THEIRS) == len(NAMES) == 47


async def test_nothing_is_missing_and_nothing_differs(store: Store) -> None:
    assert await engine_of(store).drift(THEIRS, TYPES) == []
    for statement in await store.engine.schema(MODELS, TYPES):
        table = statement.split('"."')[1].split('"')[0]
        assert table not in {model.__table__.name for model in THEIRS}, "only tables of our own are added"


async def test_a_synced_keyspace_has_the_same_schema(cassandra: Cassandra, store: Store) -> None:
    theirs = await existing(engine_of(store))
    with cassandra.keyspaces() as (main, tablets):
        engine = open_cql([cassandra.host], cassandra.port, main, tablets_keyspace=tablets)
        statements = await engine.schema(MODELS, TYPES)
        await engine.apply(statements)
        assert await engine.schema(MODELS, TYPES) == []
        ours = await existing(engine)
        await engine.close()
    assert ours.types == theirs.types
    for role, tables in theirs.tables.items():
        assert {name: ours.tables[role].get(name) for name in tables} == tables


@pytest.mark.parametrize("model", THEIRS, ids=[model.__table__.name for model in THEIRS])
async def test_rows_of_another_writer_read_and_stay_as_they_are(cassandra: Cassandra, store: Store, model: type[Row]) -> None:
    table = model.__table__
    full = {name: in_json(column.type) for name, column in table.columns.items()}
    bare = {name: full[name] for name in table.primary_key}
    last = table.primary_key[-1]
    other = {"text": "other", "ascii": "other", "int": 8, "timestamp": "2024-03-01 00:00:00.000Z"}
    bare[last] = other.get(str(table.columns[last].type), "b2d3e0a0-d6f1-11ee-8000-000000000002")
    for row in (full, bare):
        text = json.dumps({f'"{name}"': value for name, value in row.items()})
        cassandra.session.execute(f"INSERT INTO {place(store, model)} JSON %s DEFAULT UNSET", (text,))
    before = stored(cassandra, store, model)

    rows = await store.all(select(model))
    assert len(rows) == len(before) == 2
    written = next(row for row in rows if all(getattr(row, name) not in (None, [], {}) for name in table.columns))

    # written back as it was read, column by column: nothing changes
    regular = [column.name for column in table.columns.values() if column.kind == "regular"]
    for name in regular:
        await store.write(update(model, **written.primary_key_values()).set(**{name: getattr(written, name)}))
    assert stored(cassandra, store, model) == before

    # one column changed: exactly that one changes
    for name in regular[:1]:
        await store.write(update(model, **written.primary_key_values()).set(**{name: None}))
        after = stored(cassandra, store, model)
        changed = [{k for k in a if a[k] != b[k]} for a, b in zip(after, before, strict=True)]
        assert sorted(changed, key=len) == [set(), {name}]


async def test_nested_types_survive_append(cassandra: Cassandra, store: Store) -> None:
    from argus.plugins.driver_matrix.model import DriverTestRun

    before = next(row for row in stored(cassandra, store, DriverTestRun) if row["test_collection"])
    run = next(row for row in await store.all(select(DriverTestRun)) if row.test_collection)
    await store.write(update(DriverTestRun, **run.primary_key_values()).append("test_collection", run.test_collection))
    after = next(row for row in stored(cassandra, store, DriverTestRun) if row["test_collection"])
    assert after["test_collection"] == before["test_collection"] * 2
    assert {k: v for k, v in after.items() if k != "test_collection"} == {k: v for k, v in before.items() if k != "test_collection"}
