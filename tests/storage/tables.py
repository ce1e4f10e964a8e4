"""Tables of every kind that storage knows, for its own tests."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.statements import delete, eq, select
from argus.storage.store import Store
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row, Static
from argus.storage.types import Ascii, BigInt, Cql, Float32, Frozen, SmallInt, TimeUuid, TinyInt, Udt, Vector


class Disk(Udt, name="suite_disk"):
    name: str | None = None
    size: int | None = 0


class Machine(Udt, name="suite_machine"):
    name: str | None = None
    disk: Disk | None = None
    disks: list[Disk] = []
    seen: datetime | None = None
    owner: UUID | None = None


class Person(Row, table="suite_person"):
    """Found by key and by index."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    name: Annotated[str | None, Indexed()] = None
    team: Annotated[UUID | None, Indexed()] = None
    age: int | None = None
    active: bool | None = True
    roles: list[str] = []


class Sample(Row, table="suite_sample"):
    """A series: two clustering columns, the first one descending."""

    series: Annotated[str, PartitionKey()]
    at: Annotated[datetime, ClusteringKey("desc")]
    number: Annotated[int, ClusteringKey()] = 0
    kind: Annotated[str | None, Indexed()] = None
    value: float | None = None
    note: str | None = None


class Cell(Row, table="suite_cell"):
    """A partition key of two columns."""

    sheet: Annotated[UUID, PartitionKey()]
    page: Annotated[int, PartitionKey()]
    row: Annotated[str, ClusteringKey()]
    column: Annotated[Ascii, ClusteringKey()]
    value: int | None = None


class Notice(Row, table="suite_notice"):
    """Ordered by time within a receiver."""

    receiver: Annotated[UUID, PartitionKey()]
    id: Annotated[TimeUuid, ClusteringKey("desc")]
    state: SmallInt | None = 1


class Member(Row, table="suite_member"):
    """Ordered by a uuid."""

    group: Annotated[UUID, PartitionKey()]
    user: Annotated[UUID, ClusteringKey()]
    level: int | None = None


class Bag(Row, table="suite_bag"):
    """Collections of every kind."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    words: list[str] = []
    people: Annotated[list[UUID], Indexed()] = []
    numbers: set[int] = set()
    counts: dict[str, int] = {}
    fields: Annotated[
        dict[str, str],
        Indexed("values", "suite_bag_fields_value_idx"),
        Indexed("keys", "suite_bag_fields_key_idx"),
        Indexed("entries", "suite_bag_fields_entries_idx"),
    ] = {}
    mapping: dict[UUID, UUID] = {}
    times: dict[int, datetime] = {}
    machines: list[Machine] = []
    machine: Machine | None = None
    links: list[tuple[str | None, str | None]] = []
    rules: dict[Ascii, Annotated[list[Disk], Frozen()]] = {}
    fixed: Annotated[list[float], Frozen()] | None = None
    plain: str | None = None


class Everything(Row, table="suite_everything"):
    """A column of every scalar type."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    a_text: str | None = None
    an_ascii: Ascii | None = None
    a_tinyint: TinyInt | None = None
    a_smallint: SmallInt | None = None
    an_int: int | None = None
    a_bigint: BigInt | None = None
    a_float: Float32 | None = None
    a_double: float | None = None
    a_boolean: bool | None = None
    a_uuid: UUID | None = None
    a_timeuuid: TimeUuid | None = None
    a_timestamp: datetime | None = None
    a_date: date | None = None
    a_time: time | None = None
    a_blob: bytes | None = None
    an_inet: Annotated[str, Cql("inet")] | None = None


class Ledger(Row, table="suite_ledger"):
    """A static column."""

    account: Annotated[UUID, PartitionKey()]
    entry: Annotated[int, ClusteringKey()] = 0
    owner: Annotated[str | None, Static()] = None
    amount: int | None = None


class Session(Row, table="suite_session", uses_ttl=True):
    """Rows that expire."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    user: Annotated[str | None, Indexed()] = None
    note: str | None = None


class Embedding(Row, table="suite_embedding", keyspace="tablets"):
    run_id: Annotated[UUID, PartitionKey()]
    ts: Annotated[datetime, ClusteringKey("desc")]
    embedding: Annotated[list[float] | None, Vector(3), Indexed("vector")] = None


MODELS: list[type[Row]] = [Person, Sample, Cell, Notice, Member, Bag, Everything, Ledger, Session, Embedding]
TYPES: list[type[Udt]] = [Disk, Machine]


async def emptied(store: Store, model: type[Row]) -> None:
    """Take every row out of a table."""
    key = model.__table__.partition_key
    for row in await store.all(select(model, *key).distinct()):
        await store.write(delete(model).where(*(eq(name, getattr(row, name)) for name in key)))
