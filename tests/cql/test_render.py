"""Statements as CQL text."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from argus.storage.cql.render import aggregated_type, is_idempotent, raw_values, render, shape
from argus.storage.errors import InvalidRequest, WrongValue
from argus.storage.statements import Aggregate, Select, Write, contains, contains_key, delete, entry, gt, insert, is_in, select, update
from argus.storage.types import Scalar
from tests.storage.tables import Bag, Embedding, Ledger, Person, Sample, Session

ID = uuid4()
AT = datetime(2024, 1, 1)
PERSON = '"id", "name", "team", "age", "active", "roles"'


def text(statement: Select[Any] | Write) -> str:
    return render(statement, "ks", lambda _: None).text


TEXTS: list[tuple[Select[Any] | Write, str]] = [
    (select(Person), f'SELECT {PERSON} FROM "ks"."suite_person"'),
    (select(Person, "id", "age").where(id=ID).limit(3), 'SELECT "id", "age" FROM "ks"."suite_person" WHERE "id" = ? LIMIT ?'),
    (
        select(Sample, "at").where(is_in("series", ["a"]), gt("at", AT)).ordered("asc").per_partition(2).limit(5).allow_filtering(),
        'SELECT "at" FROM "ks"."suite_sample" WHERE "series" IN ? AND "at" > ? '
        'ORDER BY "at" ASC PER PARTITION LIMIT ? LIMIT ? ALLOW FILTERING',
    ),
    (select(Ledger, "account", "owner").distinct(), 'SELECT DISTINCT "account", "owner" FROM "ks"."suite_ledger"'),
    (
        select(Bag, "id").where(contains("words", "a"), contains_key("fields", "k"), entry("fields", "k", "v")),
        'SELECT "id" FROM "ks"."suite_bag" WHERE "words" CONTAINS ? AND "fields" CONTAINS KEY ? AND "fields"[?] = ?',
    ),
    (
        select(Sample).aggregate(Aggregate("count"), Aggregate("avg", "value")),
        'SELECT count(*) AS "count", avg("value") AS "avg_value" FROM "ks"."suite_sample"',
    ),
    (
        select(Embedding, "ts").near("embedding", [1.0, 2.0, 3.0]).limit(2),
        'SELECT "ts" FROM "ks"."suite_embedding" ORDER BY "embedding" ANN OF ? LIMIT ?',
    ),
    (
        select(Session, "id").with_ttl(),
        'SELECT "id", TTL("user") AS "ttl()user", TTL("note") AS "ttl()note" FROM "ks"."suite_session"',
    ),
    (
        insert(Session(id=ID), ttl=60),
        'INSERT INTO "ks"."suite_session" ("id", "user", "note") VALUES (?, ?, ?) USING TTL ?',
    ),
    (
        insert(Person(id=ID), if_not_exists=True),
        f'INSERT INTO "ks"."suite_person" ({PERSON}) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS',
    ),
    (
        update(Bag, id=ID)
        .set(plain="x")
        .append("words", ["a"])
        .prepend("words", ["b"])
        .put("counts", "k", 1)
        .drop("counts", "l")
        .if_exists(),
        'UPDATE "ks"."suite_bag" SET "plain" = ?, "words" = "words" + ?, "words" = ? + "words", "counts"[?] = ?, "counts"[?] = ? '
        'WHERE "id" = ? IF EXISTS',
    ),
    (
        update(Bag, id=ID).add("numbers", [1]).discard("fields", ["k"]).expiring(5).only_if(entry("counts", "a", 1), plain=None),
        'UPDATE "ks"."suite_bag" USING TTL ? SET "numbers" = "numbers" + ?, "fields" = "fields" - ? '
        'WHERE "id" = ? IF "counts"[?] = ? AND "plain" = ?',
    ),
    (delete(Sample).where(gt("at", AT), series="a"), 'DELETE FROM "ks"."suite_sample" WHERE "at" > ? AND "series" = ?'),
    (
        delete(Person, "age", "name").where(id=ID).only_if(age=3),
        'DELETE "age", "name" FROM "ks"."suite_person" WHERE "id" = ? IF "age" = ?',
    ),
]


@pytest.mark.parametrize(("statement", "expected"), TEXTS, ids=[str(n) for n in range(len(TEXTS))])
def test_a_statement_as_text(statement: Select[Any] | Write, expected: str) -> None:
    assert text(statement) == expected
    rendered = render(statement, "ks", lambda _: None)
    assert len(rendered.binders) == expected.count("?") == len(raw_values(statement))
    rendered.bind(raw_values(statement))


def test_other_values_are_the_same_shape() -> None:
    assert shape(select(Person).where(id=ID).limit(1)) == shape(select(Person).where(id=uuid4()).limit(9))
    assert shape(insert(Person())) == shape(insert(Person(name="other")))


def test_what_changes_the_text_changes_the_shape() -> None:
    shapes = {shape(statement) for statement, _ in TEXTS}
    assert len(shapes) == len(TEXTS)


@pytest.mark.parametrize(
    "statement",
    [
        select(Person, "nothing"),
        select(Person).where(nothing=1),
        update(Person, id=ID),
        update(Person, id=ID).append("name", ["x"]),
        update(Person, id=ID).put("roles", "a", "b"),
        update(Bag, id=ID).append("fixed", [1.0]),
        delete(Person),
        select(Person).ordered("asc"),
        select(Embedding).near("embedding", [1.0, 2.0, 3.0]),
        select(Person).where(contains("age", 1)),
        select(Person).where(entry("roles", 1, "a")),
    ],
)
def test_what_no_column_can_do_is_refused(statement: Select[Any] | Write) -> None:
    with pytest.raises(InvalidRequest):
        text(statement)


@pytest.mark.parametrize("rows", [0, -1, 1 << 31, True, "5"])
def test_limits_are_positive_numbers(rows: Any) -> None:
    statement = select(Person).limit(rows)
    with pytest.raises(InvalidRequest):
        render(statement, "ks", lambda _: None).bind(raw_values(statement))


def test_values_are_checked_before_they_reach_a_driver() -> None:
    statement = select(Person).where(id=str(ID))
    with pytest.raises(WrongValue, match='column "id"'):
        render(statement, "ks", lambda _: None).bind(raw_values(statement))


def test_only_what_may_be_said_twice_is_idempotent() -> None:
    assert is_idempotent(insert(Person()))
    assert is_idempotent(update(Bag, id=ID).add("numbers", [1]).put("counts", "a", 1))
    assert not is_idempotent(update(Bag, id=ID).append("words", ["a"]))
    assert not is_idempotent(update(Bag, id=ID).set(plain="x").if_exists())
    assert not is_idempotent(delete(Person).where(id=ID).if_exists())


@pytest.mark.parametrize("column", ["id", "words", "times", "machine", None])
def test_what_is_counted_is_a_number_whatever_it_is(column: str | None) -> None:
    assert aggregated_type(Bag.__table__, Aggregate("count", column)) == Scalar("bigint")


def test_an_extreme_is_of_its_columns_type() -> None:
    assert aggregated_type(Sample.__table__, Aggregate("max", "at")) == Scalar("timestamp")
