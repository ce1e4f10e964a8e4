"""What a database lacks and where it differs, as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

import pytest

from argus.storage.errors import InvalidRequest
from argus.storage.schema import ColumnState, Existing, IndexState, TableState, drift, index_target, nested_first, normal_type, plan
from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row
from argus.storage.types import Udt, Vector

KEYSPACES: dict[Literal["main", "tablets"], str] = {"main": "m", "tablets": "t"}


class Inner(Udt, name="plan_inner"):
    a: int | None = None


class Outer(Udt, name="plan_outer"):
    inners: list[Inner] = []
    b: str | None = None


class Thing(Row, table="plan_thing"):
    id: Annotated[UUID, PartitionKey()]
    at: Annotated[int, ClusteringKey("desc")]
    name: Annotated[str | None, Indexed()] = None
    outers: list[Outer] = []


class Near(Row, table="plan_near", keyspace="tablets"):
    id: Annotated[UUID, PartitionKey()]
    embedding: Annotated[list[float] | None, Vector(3), Indexed("vector")] = None


def complete() -> Existing:
    return Existing(
        "cassandra",
        KEYSPACES,
        {"main": {"plan_inner": {"a": "int"}, "plan_outer": {"inners": "list<frozen<plan_inner>>", "b": "text"}}, "tablets": {}},
        {
            "main": {
                "plan_thing": TableState(
                    {
                        "id": ColumnState("uuid", "partition", 0, "asc"),
                        "at": ColumnState("int", "clustering", 0, "desc"),
                        "name": ColumnState("text", "regular", -1, "asc"),
                        "outers": ColumnState("list<frozen<plan_outer>>", "regular", -1, "asc"),
                    },
                    {"any_name": IndexState("name", "values")},
                )
            },
            "tablets": {
                "plan_near": TableState(
                    {"id": ColumnState("uuid", "partition", 0, "asc"), "embedding": ColumnState("vector<float, 3>", "regular", -1, "asc")},
                    {"plan_near_embedding_idx": IndexState("embedding", "vector")},
                )
            },
        },
    )


def empty(server: Literal["cassandra", "scylladb"] = "cassandra") -> Existing:
    return Existing(server, KEYSPACES, {"main": {}, "tablets": {}}, {"main": {}, "tablets": {}})


def test_an_empty_database_gets_everything_nested_types_first() -> None:
    assert plan([Thing, Near], [Outer, Inner], empty()) == [
        'CREATE TYPE IF NOT EXISTS "m"."plan_inner" ("a" int)',
        'CREATE TYPE IF NOT EXISTS "m"."plan_outer" ("inners" list<frozen<plan_inner>>, "b" text)',
        'CREATE TABLE IF NOT EXISTS "m"."plan_thing" ("id" uuid, "at" int, "name" text, "outers" list<frozen<plan_outer>>, '
        'PRIMARY KEY (("id"), "at")) WITH CLUSTERING ORDER BY ("at" DESC)',
        'CREATE INDEX IF NOT EXISTS "plan_thing_name_idx" ON "m"."plan_thing" ("name")',
        'CREATE TABLE IF NOT EXISTS "t"."plan_near" ("id" uuid, "embedding" vector<float, 3>, PRIMARY KEY (("id")))',
        'CREATE CUSTOM INDEX IF NOT EXISTS "plan_near_embedding_idx" ON "t"."plan_near" ("embedding") '
        "USING 'StorageAttachedIndex' WITH OPTIONS = {'similarity_function': 'COSINE'}",
    ]


def test_a_vector_index_is_of_the_server_s_own_kind() -> None:
    assert "USING 'vector_index'" in plan([Near], [], empty("scylladb"))[-1]


def test_a_complete_database_needs_nothing_and_does_not_differ() -> None:
    assert plan([Thing, Near], [Outer], complete()) == []
    assert drift([Thing, Near], [Outer], complete()) == []


def test_what_is_missing_is_added_and_what_is_unknown_is_left_alone() -> None:
    existing = complete()
    del existing.types["main"]["plan_inner"]["a"]
    existing.types["main"]["plan_inner"]["z"] = "int"
    thing = existing.tables["main"]["plan_thing"]
    del thing.columns["name"]
    thing.columns["z"] = ColumnState("text", "regular", -1, "asc")
    thing.indexes.clear()
    thing.indexes["plan_thing_z_idx"] = IndexState("z", "values")
    existing.tables["main"]["other"] = TableState({}, {})
    assert plan([Thing, Near], [Outer], existing) == [
        'ALTER TYPE "m"."plan_inner" ADD "a" int',
        'ALTER TABLE "m"."plan_thing" ADD "name" text',
        'CREATE INDEX IF NOT EXISTS "plan_thing_name_idx" ON "m"."plan_thing" ("name")',
    ]
    assert [str(finding) for finding in drift([Thing, Near], [Outer], existing)] == [
        "missing field plan_inner.a",
        "unknown field plan_inner.z",
        "missing column plan_thing.name",
        "unknown column plan_thing.z",
        "missing index plan_thing_name_idx",
        "unknown index plan_thing_z_idx",
        "unknown table other",
    ]


def test_other_types_keys_and_orders_are_differences() -> None:
    existing = complete()
    columns = existing.tables["main"]["plan_thing"].columns
    columns["name"] = replace(columns["name"], type="ascii")
    columns["at"] = replace(columns["at"], order="asc")
    existing.types["main"]["plan_inner"]["a"] = "bigint"
    assert plan([Thing, Near], [Outer], existing) == []
    assert [str(finding) for finding in drift([Thing, Near], [Outer], existing)] == [
        "different field plan_inner.a: int in the model, bigint in the database",
        "different column plan_thing.at: clustering key 1 desc in the model, clustering key 1 asc in the database",
        "different column plan_thing.name: text in the model, ascii in the database",
    ]


def test_a_keyspace_is_never_created() -> None:
    existing = complete()
    del existing.tables["tablets"]
    assert plan([Thing], [Outer], existing) == []
    with pytest.raises(InvalidRequest, match="Keyspace t does not exist"):
        plan([Thing, Near], [Outer], existing)
    assert [str(finding) for finding in drift([Thing, Near], [Outer], existing)] == ["missing keyspace t"]


def test_types_come_after_those_they_hold() -> None:
    assert nested_first([Outer]) == nested_first([Outer, Inner]) == [Inner, Outer]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("list<tuple<text,text>>", "list<frozen<tuple<text, text>>>"),
        ("frozen<list<frozen<list<int>>>>", "frozen<list<list<int>>>"),
        ('map<ascii, frozen<list<frozen<"x">>>>', "map<ascii,frozen<list<frozen<x>>>>"),
        ("vector<float, 3>", "vector<float,3>"),
    ],
)
def test_types_are_the_same_however_they_are_written(one: str, other: str) -> None:
    assert normal_type(one) == normal_type(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("list<int>", "frozen<list<int>>"), ("list<int>", "set<int>"), ("map<int, text>", "map<text, int>"), ("int", "bigint")],
)
def test_types_that_differ_are_not_the_same(one: str, other: str) -> None:
    assert normal_type(one) != normal_type(other)


@pytest.mark.parametrize(
    ("options", "column", "target"),
    [
        ({"target": "name"}, "name", "values"),
        ({"target": '"group"'}, "group", "values"),
        ({"target": "values(fields)"}, "fields", "values"),
        ({"target": 'keys("fields")'}, "fields", "keys"),
        ({"target": "entries(fields)"}, "fields", "entries"),
        ({"target": "full(fields)"}, "fields", "full"),
        ({"target": "embedding", "class_name": "StorageAttachedIndex"}, "embedding", "vector"),
        ({"target": "embedding", "class_name": "vector_index"}, "embedding", "vector"),
    ],
)
def test_what_an_index_is_of(options: dict[str, str], column: str, target: str) -> None:
    assert index_target(options) == (column, target)
