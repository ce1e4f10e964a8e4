"""What fits a column: the same checks and errors in front of every engine."""

from __future__ import annotations

import enum
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from argus.storage.binding import column_binder, converter
from argus.storage.errors import UnencodableText, WrongText, WrongValue
from argus.storage.statements import entry, insert, select, update
from argus.storage.store import Store
from argus.storage.table import Column
from argus.storage.types import ListOf, MapOf, Scalar, SetOf, TupleOf, UdtOf, VectorOf
from tests.storage.tables import Bag, Disk, Everything, Machine

pytestmark = pytest.mark.anyio

WRONG: dict[str, list[Any]] = {
    "a_text": [1, b"x", 1.5, True, ["x"], uuid4(), "\ud800"],
    "an_ascii": ["é", 1],
    "a_tinyint": [128, -129, "1", 1.0, True],
    "a_smallint": [2**15, "1"],
    "an_int": [2**31, -(2**31) - 1, "12", 1.7, True, [1]],
    "a_bigint": [2**63, "1"],
    "a_float": ["1.0", 1e40, True],
    "a_double": ["1.0", True, 10**400],
    "a_boolean": [0, 1, "true"],
    "a_uuid": [str(uuid4()), 5, b"x" * 16],
    "a_timeuuid": [uuid4(), "x"],
    "a_timestamp": ["2024-01-01", True, 1e300],
    "a_date": ["2024-01-01", 5],
    "a_time": ["10:00", 5],
    "a_blob": ["text", 5],
    "an_inet": ["nowhere", 5],
}
CASES = [(column, value) for column, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("column", "value"), CASES)
async def test_a_value_that_does_not_fit_is_refused_and_nothing_stored(store: Store, column: str, value: Any) -> None:
    row = Everything()
    with pytest.raises(WrongValue):
        await store.write(insert(row.changed(**{column: value})))
    with pytest.raises(WrongValue):
        await store.write(update(Everything, id=row.id).set(**{column: value}))
    with pytest.raises(WrongValue):
        await store.write(update(Everything, id=row.id).set(a_text="x").only_if(**{column: value}))
    with pytest.raises(WrongValue):
        await store.all(select(Everything).where(**{column: value}).allow_filtering())
    assert await store.find(Everything, id=row.id) is None


WRONG_COLLECTIONS: list[tuple[str, Any]] = [
    ("words", ["a", None]),
    ("words", "text"),
    ("words", {"a": 1}),
    ("words", [1]),
    ("numbers", {None}),
    ("numbers", {"1"}),
    ("counts", {"a": None}),
    ("counts", {None: 1}),
    ("counts", {1: 1}),
    ("counts", ["a"]),
    ("counts", {"a": 2**31}),
    ("mapping", {uuid4(): "x"}),
    ("machine", "m"),
    ("machine", {"nothing": 1}),
    ("machine", Disk()),
    ("machine", {"disk": {"size": "big"}}),
    ("machines", [Machine(disks=[Disk(name="a")]), None]),
    ("machines", [{"disks": [None]}]),
    ("links", [("a", "b", "c")]),
    ("links", [("a", 1)]),
    ("fixed", [1.0, None]),
]


@pytest.mark.parametrize(("column", "value"), WRONG_COLLECTIONS)
async def test_collections_are_checked_to_their_last_element(store: Store, column: str, value: Any) -> None:
    bag = Bag()
    with pytest.raises(WrongValue):
        await store.write(insert(bag.changed(**{column: value})))
    assert await store.find(Bag, id=bag.id) is None


async def test_element_changes_are_checked_as_well(store: Store) -> None:
    change = update(Bag, id=uuid4())
    for wrong in (
        change.append("words", [1]),
        change.add("numbers", ["1"]),
        change.put("counts", 1, 1),
        change.put("counts", "a", "1"),
        change.drop("counts", 1),
        change.discard("mapping", ["x"]),
        change.add("counts", {"a": None}),
        change.set(plain="x").only_if(entry("counts", "a", "1")),
    ):
        with pytest.raises(WrongValue):
            await store.write(wrong)


def bound(kind: Any, value: Any) -> Any:
    return column_binder(Column("c", kind, "regular")).value(value)


def test_the_error_has_the_contracts_form() -> None:
    with pytest.raises(WrongValue) as raised:
        bound(Scalar("uuid"), "x")
    assert str(raised.value) == (
        "Received an argument of invalid type for column \"c\". Expected: <class 'cassandra.cqltypes.UUIDType'>, "
        "Got: <class 'str'>; (Got a non-UUID object for a UUID value)"
    )
    assert raised.value.shown_as == "TypeError"


def test_text_errors_are_shown_as_the_reference_shows_them() -> None:
    with pytest.raises(WrongText) as raised:
        bound(Scalar("text"), [1])
    assert (str(raised.value), raised.value.shown_as) == ("'list' object has no attribute 'encode'", "AttributeError")
    with pytest.raises(UnencodableText) as refused:
        bound(Scalar("ascii"), "é")
    assert str(refused.value) == "'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in range(128)"
    assert (refused.value.args[0], refused.value.shown_as) == ("ascii", "UnicodeEncodeError")


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 2


@pytest.mark.parametrize(
    ("kind", "given", "canonical"),
    [
        (Scalar("text"), Colour.RED, "red"),
        (Scalar("int"), Level.HIGH, 2),
        (Scalar("double"), 1, 1.0),
        (Scalar("float"), 0.1, 0.10000000149011612),
        (Scalar("timestamp"), 1_700_000_000_123, datetime(2023, 11, 14, 22, 13, 20, 123000)),
        (Scalar("timestamp"), date(2024, 1, 2), datetime(2024, 1, 2)),
        (Scalar("date"), datetime(2024, 1, 2, 3), date(2024, 1, 2)),
        (Scalar("time"), time(1, 2), time(1, 2)),
        (Scalar("inet"), "::0001", "::1"),
        (ListOf(Scalar("int")), (1, 2), [1, 2]),
        (SetOf(Scalar("int")), [1, 1, 2], {1, 2}),
        (TupleOf((Scalar("text"), Scalar("int"))), ["a"], ("a", None)),
        (VectorOf(2), [1, 0.5], [1.0, 0.5]),
        (UdtOf(Disk), Disk(name="d"), {"name": "d", "size": 0}),
        (UdtOf(Disk), {"name": "d"}, {"name": "d", "size": None}),
        (MapOf(Scalar("text"), UdtOf(Disk)), {"k": Disk()}, {"k": {"name": None, "size": 0}}),
    ],
)
def test_what_comes_out_is_canonical(kind: Any, given: Any, canonical: Any) -> None:
    found = bound(kind, given)
    assert found == canonical
    assert type(found) is type(canonical)


def test_null_stays_null() -> None:
    for kind in (Scalar("text"), Scalar("uuid"), ListOf(Scalar("int")), UdtOf(Disk)):
        assert bound(kind, None) is None


def test_a_set_of_what_cannot_be_hashed_is_refused_when_compiled() -> None:
    with pytest.raises(TypeError):
        converter(SetOf(UdtOf(Disk)))


def test_uuids_pass_unchanged() -> None:
    key = UUID(int=3)
    assert bound(Scalar("uuid"), key) is key
