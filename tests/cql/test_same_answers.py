"""The same operations played on SQLite and on Cassandra give the same answers, order included, whatever they are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from argus.storage.errors import InvalidRequest, WrongValue
from argus.storage.statements import (
    Aggregate,
    Batch,
    Delete,
    Insert,
    Select,
    Update,
    Write,
    batch,
    contains,
    contains_key,
    delete,
    entry,
    ge,
    gt,
    insert,
    is_in,
    le,
    lt,
    select,
    update,
)
from argus.storage.store import Store
from argus.storage.table import Row
from tests.storage.engines import ENGINES
from tests.storage.tables import MODELS, TYPES, Bag, Cell, Disk, Ledger, Machine, Person, Sample

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(900)]

Operation = Select[Any] | Write | Batch
ROWS_FIRST = 12
OPERATIONS = 45  # of one example, after these rows
EXAMPLES = 60  # 2,700 operations

IDS = [UUID(int=n << 64 | 0x8000_0000_0000_0000 | n, version=4) for n in (1, 0xABCDEF)]
TIMES = [datetime(2024, 1, 1) + timedelta(milliseconds=n) for n in (-1, 0, 5000)]
ids, times, numbers = st.sampled_from(IDS), st.sampled_from(TIMES), st.integers(-1, 1)
words = st.sampled_from(["a", "é", "", "b"])
series = st.sampled_from(["x", "y"])
doubles = st.sampled_from([0.0, 1.5, -2.25, 1e300])


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


disks = st.builds(Disk, name=maybe(words), size=maybe(numbers))
machines = st.builds(Machine, name=maybe(words), disk=maybe(disks), disks=st.lists(disks, max_size=2), seen=maybe(times), owner=maybe(ids))

# -- rows and keys ---------------------------------------------------------------------------------------------------------------------

people = st.builds(Person, id=ids, name=maybe(words), team=maybe(ids), age=maybe(numbers), roles=st.lists(words, max_size=3))
samples = st.builds(Sample, series=series, at=times, number=numbers, kind=maybe(words), value=maybe(doubles), note=maybe(words))
cells = st.builds(Cell, sheet=ids, page=numbers, row=words, column=st.sampled_from(["p", "q"]), value=maybe(numbers))
ledgers = st.builds(Ledger, account=ids, entry=numbers, owner=maybe(words), amount=maybe(numbers))
bags = st.builds(
    Bag,
    id=ids,
    words=st.lists(words, max_size=3),
    people=st.lists(ids, max_size=2),
    numbers=st.sets(numbers),
    counts=st.dictionaries(words, numbers, max_size=2),
    fields=st.dictionaries(words, words, max_size=2),
    times=st.dictionaries(numbers, times, max_size=2),
    machines=st.lists(machines, max_size=2),
    machine=maybe(machines),
    links=st.lists(st.tuples(maybe(words), maybe(words)), max_size=2),
    rules=st.dictionaries(st.sampled_from(["r", "s"]), st.lists(disks, max_size=2), max_size=2),
    fixed=maybe(st.lists(doubles, max_size=2)),
    plain=maybe(words),
)
ROWS: dict[type[Row], st.SearchStrategy[Any]] = {Person: people, Sample: samples, Cell: cells, Ledger: ledgers, Bag: bags}
REGULAR = {model: [c.name for c in model.__table__.columns.values() if c.kind == "regular"] for model in ROWS}
models = st.sampled_from(list(ROWS))


def key_of(row: Row, parts: int | None = None) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__table__.primary_key[:parts]}


# -- writes ----------------------------------------------------------------------------------------------------------------------------


@st.composite
def inserts(draw: st.DrawFn) -> Insert:
    row = draw(models.flatmap(ROWS.__getitem__))
    fields = draw(st.none() | st.lists(st.sampled_from(REGULAR[type(row)]), unique=True, max_size=3))
    return insert(row, fields=fields, if_not_exists=draw(st.integers(0, 5)) == 0)


@st.composite
def updates(draw: st.DrawFn) -> Update:
    row = draw(models.flatmap(ROWS.__getitem__))
    names = draw(st.lists(st.sampled_from(REGULAR[type(row)]), unique=True, min_size=1, max_size=3))
    statement = update(type(row), **key_of(row)).set(**{name: getattr(row, name) for name in names})
    match draw(st.integers(0, 7)):
        case 0:
            return statement.if_exists()
        case 1:
            name = draw(st.sampled_from(REGULAR[type(row)]))
            if type(row) is not Bag:
                return statement.only_if(**{name: getattr(row, name)})
            return statement.only_if(plain=row.plain)
        case 2 if isinstance(row, Ledger):
            return update(Ledger, account=row.account).set(owner=row.owner)
    return statement


@st.composite
def changes(draw: st.DrawFn) -> Update:
    """Changes of elements of collections."""
    statement = update(Bag, id=draw(ids))
    match draw(st.integers(0, 11)):
        case 0:
            return statement.append("words", draw(st.lists(words, max_size=2)))
        case 1:
            return statement.prepend("words", draw(st.lists(words, max_size=2)))
        case 2:
            return statement.discard("words", draw(st.lists(words, max_size=2)))
        case 3:
            return statement.add("numbers", draw(st.lists(numbers, max_size=2)))
        case 4:
            return statement.discard("numbers", draw(st.lists(numbers, max_size=2)))
        case 5:
            return statement.put("counts", draw(words), draw(numbers))
        case 6:
            return statement.drop("counts", draw(words))
        case 7:
            return statement.add("fields", draw(st.dictionaries(words, words, max_size=2)))
        case 8:
            return statement.discard("fields", draw(st.lists(words, max_size=2)))
        case 9:
            return statement.append("machines", draw(st.lists(machines, max_size=1)))
        case 10:
            return statement.put("counts", "a", draw(numbers)).only_if(entry("counts", "a", draw(maybe(numbers))))
    return statement.put("rules", draw(st.sampled_from(["r", "s"])), draw(st.lists(disks, max_size=2))).append("words", ["b"])


@st.composite
def deletes(draw: st.DrawFn) -> Delete:
    row = draw(models.flatmap(ROWS.__getitem__))
    key = key_of(row)
    match draw(st.integers(0, 5)):
        case 0:
            return delete(type(row), draw(st.sampled_from(REGULAR[type(row)]))).where(**key)
        case 1 if len(row.__table__.clustering_key) > 0:
            return delete(type(row)).where(**key_of(row, len(row.__table__.partition_key)))
        case 2 if isinstance(row, Sample):
            return delete(Sample).where(draw(st.sampled_from([gt, ge, lt, le]))("at", row.at), series=row.series)
        case 3:
            return delete(type(row)).where(**key).if_exists()
    return delete(type(row)).where(**key)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    writes = draw(st.lists(inserts() | updates() | changes(), min_size=1, max_size=3))
    kept: dict[Any, Insert | Update] = {}
    for write in writes:  # two writes of one row in one batch have one timestamp, and the larger value wins: not offered
        conditional = write.if_not_exists if isinstance(write, Insert) else write.exists or bool(write.conditions)
        key = write.values if isinstance(write, Insert) else write.key
        if not conditional:
            kept[tuple(key[name] for name in write.model.__table__.partition_key)] = write
    return batch(*kept.values())


# -- reads -----------------------------------------------------------------------------------------------------------------------------


@st.composite
def keyed(draw: st.DrawFn) -> Select[Any]:
    row = draw(models.flatmap(ROWS.__getitem__))
    table = row.__table__
    parts = draw(st.integers(len(table.partition_key), len(table.primary_key)))
    return select(type(row)).where(**key_of(row, parts))


@st.composite
def series_reads(draw: st.DrawFn) -> Select[Any]:
    statement = select(Sample)
    many = draw(st.booleans())
    statement = statement.where(is_in("series", draw(st.lists(series, max_size=3)))) if many else statement.where(series=draw(series))
    for side in draw(st.sampled_from([(), (gt,), (ge,), (lt,), (le,), (gt, le), (ge, lt)])):
        statement = statement.where(side("at", draw(times)))
    if draw(st.integers(0, 4)) == 0:
        statement = select(Sample).where(is_in("at", draw(st.lists(times, max_size=3))), series=draw(series))
        if draw(st.booleans()):
            statement = statement.where(is_in("number", draw(st.lists(numbers, max_size=3))))
        many = False
    if not many and draw(st.booleans()):
        statement = statement.ordered(draw(st.sampled_from(["asc", "desc"])))
    if draw(st.integers(0, 3)) == 0:
        statement = statement.per_partition(draw(st.integers(1, 2)))
    if draw(st.integers(0, 3)) == 0:
        statement = statement.limit(draw(st.integers(1, 4)))
    return statement


@st.composite
def scans(draw: st.DrawFn) -> Select[Any]:
    statement: Select[Any]
    match draw(st.integers(0, 5)):
        case 0:
            statement = select(Sample, "series").distinct()
        case 1:
            statement = select(Ledger, *draw(st.sampled_from([("account", "owner"), ("account",), ("account", "amount"), ()]))).distinct()
        case 2:
            statement = select(draw(models)).per_partition(draw(st.integers(1, 2)))
        case _:
            statement = select(draw(models))
    return statement.limit(draw(st.integers(1, 5))) if draw(st.booleans()) else statement


@st.composite
def indexed(draw: st.DrawFn) -> Select[Any]:
    match draw(st.integers(0, 7)):
        case 0:
            return select(Person).where(name=draw(words))
        case 1:
            return select(Person).where(team=draw(ids))
        case 2:
            return select(Sample).where(kind=draw(words))
        case 3:
            return select(Sample).where(kind=draw(words), series=draw(series))
        case 4:
            return select(Bag).where(contains("people", draw(ids)))
        case 5:
            return select(Bag).where(contains_key("fields", draw(words)))
        case 6:
            return select(Bag).where(contains("fields", draw(words)))
    return select(Bag).where(entry("fields", draw(words), draw(words)))


@st.composite
def filtering(draw: st.DrawFn) -> Select[Any]:
    statement: Select[Any]
    match draw(st.integers(0, 6)):
        case 0:
            statement = select(Person).where(age=draw(numbers))
        case 1:
            statement = select(Sample).where(gt("value", draw(doubles)))
        case 2:
            statement = select(Sample).where(number=draw(numbers), series=draw(series))
        case 3:
            statement = select(Bag).where(contains("words", draw(words)))
        case 4:
            statement = select(Cell).where(sheet=draw(ids))
        case 5:
            statement = select(Ledger).where(owner=draw(words))
        case _:
            statement = select(Person).where(age=draw(numbers), name=draw(words))
    return statement.allow_filtering() if draw(st.integers(0, 3)) else statement


@st.composite
def aggregates(draw: st.DrawFn) -> Select[Any]:
    wanted = [Aggregate("count"), Aggregate("min", "value"), Aggregate("max", "at"), Aggregate("avg", "value"), Aggregate("avg", "number")]
    statement = select(Sample).aggregate(*draw(st.lists(st.sampled_from(wanted), unique=True, min_size=1, max_size=3)))
    return statement.where(series=draw(series)) if draw(st.booleans()) else statement


WRITES = (inserts(), inserts(), updates(), changes(), changes(), deletes(), batches())
READS = (keyed(), series_reads(), scans(), indexed(), filtering(), aggregates())
OPERATION: st.SearchStrategy[Operation] = st.one_of(*WRITES, *READS)

# -- the game --------------------------------------------------------------------------------------------------------------------------


@dataclass
class Players:
    """Both stores, on one loop."""

    runner: asyncio.Runner
    sqlite: Store
    cassandra: Store
    played: int = 0
    found: int = 0  # reads that gave rows
    refused: int = 0


@pytest.fixture(scope="module")
def players() -> Iterator[Players]:
    with asyncio.Runner() as runner:
        sqlite, close_sqlite = runner.run(ENGINES["sqlite"](MODELS, TYPES))
        cassandra, close_cassandra = runner.run(ENGINES["acsylla"](MODELS, TYPES))
        yield Players(runner, sqlite, cassandra)
        runner.run(close_sqlite())
        runner.run(close_cassandra())


async def answer(store: Store, operation: Operation) -> Any:
    """What a store says: rows as the engine gives them, an outcome, or the kind of error."""
    try:
        if not isinstance(operation, Select):
            outcome = await store.write(operation)
            return outcome.applied, dict(outcome.current) if outcome.current else None
        if operation.aggregates:
            return await store.aggregate(operation)
        rows: list[Any] = []
        start: bytes | None = None
        while True:
            page = await store.page(operation, 3, start)
            rows += page.rows
            if page.next is None:
                return rows
            start = page.next
    except (InvalidRequest, WrongValue) as error:
        return type(error)


async def emptied(store: Store) -> None:
    for model in ROWS:
        key = model.__table__.partition_key
        for row in await store.all(select(model, *key).distinct()):
            await store.write(delete(model).where(**{name: getattr(row, name) for name in key}))


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.generate],  # what was played is told in full; to shrink it takes long
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    rows=st.lists(models.flatmap(ROWS.__getitem__), min_size=ROWS_FIRST, max_size=ROWS_FIRST),
    operations=st.lists(OPERATION, min_size=OPERATIONS, max_size=OPERATIONS),
)
def test_the_same_operations_give_the_same_answers(players: Players, rows: list[Row], operations: list[Operation]) -> None:
    async def play() -> None:
        await asyncio.gather(emptied(players.sqlite), emptied(players.cassandra))
        played = [*map(insert, rows), *operations]
        for number, operation in enumerate(played):
            ours, theirs = await asyncio.gather(answer(players.sqlite, operation), answer(players.cassandra, operation))
            players.played += 1
            players.found += isinstance(operation, Select) and isinstance(theirs, list) and bool(theirs)
            players.refused += isinstance(theirs, type)
            assert ours == theirs, "\n".join(map(str, played[: number + 1]))
        for model in ROWS:
            ours, theirs = await asyncio.gather(*(answer(store, select(model)) for store in (players.sqlite, players.cassandra)))
            assert ours == theirs, model

    players.runner.run(play())


def test_enough_was_played(players: Players) -> None:
    assert players.played >= 2000
    assert players.found > players.played / 10
    assert players.refused < players.played / 10
