"""The encoding of every answer (docs/contract/conventions.md#values-in-json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import pytest
from flask.json.provider import DefaultJSONProvider
from hypothesis import example, given
from hypothesis import strategies as st

from argus.kit.json import encode, encode_ok
from argus.storage.table import PartitionKey, Row

SMALL = 1e-4  # below it the digits are arranged otherwise than Python arranges them
ID = UUID("c396f918-590b-4c87-8f73-cf64067b4d0a")


class Shelf(Row, table="shelf_of_json_test"):
    id: Annotated[UUID, PartitionKey()]
    owners: dict[UUID, UUID] = {}
    note: str | None = None


class Color(Enum):
    RED = "red"


class Level(IntEnum):
    LOW = 1


@dataclass
class Point:
    x: int
    y: float


class Place(NamedTuple):
    floor: int
    room: str


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ID, '"c396f918-590b-4c87-8f73-cf64067b4d0a"'),
        (datetime(2024, 1, 2, 3, 4, 5, 999_999), '"2024-01-02T03:04:05.999Z"'),
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5))), '"2024-01-02T03:04:05.000Z"'),
        (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00.000Z"'),
        (date(2024, 1, 2), '"Tue, 02 Jan 2024 00:00:00 GMT"'),
        (Decimal("1.50"), '"1.50"'),
        (Color.RED, '"red"'),
        (Level.LOW, "1"),
        (b"caf\xc3\xa9 \xff", '"caf\\u00e9 \\ufffd"'),
        ((1, "a"), '[1,"a"]'),
        (float("nan"), "null"),
        ({"a": [1.5, float("-inf")], "b": {2.5: (float("inf"),)}}, '{"a":[1.5,null],"b":{"2.5":[null]}}'),
        (2**64, "18446744073709551616"),
        ("\ud800", '"\\ud800"'),
        ({3: None, 20: "x"}, '{"3":null,"20":"x"}'),
        ("a😀\x7f\n", '"a\\ud83d\\ude00\\u007f\\n"'),
        ("\x7f", '"\\u007f"'),
        ("a" * 200 + "😀é\x7f", '"' + "a" * 200 + '\\ud83d\\ude00\\u00e9\\u007f"'),
        (Place(1, "x"), '[1,"x"]'),
        (Point(1, float("nan")), '{"x":1,"y":null}'),
        (Point(1, 2.5), '{"x":1,"y":2.5}'),
        ({"b": 1, "a": {"d": 1, "c": "é"}}, '{"a":{"c":"\\u00e9","d":1},"b":1}'),
        (Shelf(id=ID, owners={ID: ID}), f'{{"id":"{ID}","note":null,"owners":{{"{ID}":"{ID}"}}}}'),
    ],
)
def test_a_value_has_the_contracts_form(value: Any, text: str) -> None:
    assert encode(value) == f"{text}\n".encode()


@pytest.mark.parametrize(
    ("value", "message"),
    [({1, 2}, "Object of type set is not JSON serializable"), ({"a": {ID: 1}}, "keys must be str, int, float, bool or None, not UUID")],
)
def test_what_has_no_form_is_an_error_with_the_contracts_text(value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        encode(value)


def test_the_success_envelope() -> None:
    assert encode_ok([]) == b'{"response":[],"status":"ok"}\n'


floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: number == 0 or abs(number) >= SMALL)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _strictly(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


none_or_number = st.recursive(
    st.floats() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.dictionaries(st.floats(), inner),
    max_leaves=8,
)


@given(none_or_number)
@example(float("nan"))
@example([{"a": float("inf")}])
def test_strict_readers_read_every_answer(value: Any) -> None:
    json.loads(encode(value), parse_constant=_strictly)


@given(plain)
def test_plain_values_are_encoded_as_flask_encodes_them(value: Any) -> None:
    expected = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=DefaultJSONProvider.default)
    assert encode(value) == f"{expected}\n".encode()


@given(st.floats(min_value=-SMALL, max_value=SMALL))
def test_small_numbers_are_read_back_as_they_were(number: float) -> None:
    assert json.loads(encode(number)) == number
