"""Values out of requests, and the errors that clients see (docs/contract/conventions.md#the-error-envelope)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argus.kit import losses, parse
from argus.kit.characters import STEP, may_hold_halves, whole_characters
from argus.kit.errors import ContentTypeMismatch, DataValidationError, MalformedBody, envelope, is_expected, name_of, new_trace_id
from argus.kit.json import encode_ok
from argus.models.enums import TestStatus

ID = UUID("c396f918-590b-4c87-8f73-cf64067b4d0a")


@pytest.mark.parametrize("text", [str(ID), str(ID).upper(), ID.hex, f"{{{ID}}}", f"urn:uuid:{ID}", ID])
def test_every_spelling_of_a_uuid(text: Any) -> None:
    assert parse.uuid_of(text) == ID


@dataclass
class Request:
    a: int
    b: int


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: parse.uuid_of("x"), ValueError, "badly formed hexadecimal UUID string"),
        (lambda: parse.uuid_of(None), TypeError, "one of the hex, bytes, bytes_le, fields, or int arguments must be given"),
        (lambda: parse.int_of("x"), ValueError, "invalid literal for int() with base 10: 'x'"),
        (lambda: parse.flag_of("yes"), ValueError, "invalid literal for int() with base 10: 'yes'"),
        (lambda: parse.enum_of(TestStatus, "fine"), ValueError, "'fine' is not a valid TestStatus"),
        (lambda: parse.iso_of("soon"), ValueError, "Invalid isoformat string: 'soon'"),
        (lambda: parse.need({}, "releaseId"), KeyError, "'releaseId'"),
        (lambda: parse.record(Request, {"a": 1}), TypeError, "Request.__init__() missing 1 required positional argument: 'b'"),
        (lambda: parse.record(Request, cast(Any, [])), TypeError, "Request() argument after ** must be a mapping, not list"),
        (lambda: parse.record(Request, cast(Any, None)), TypeError, "Request() argument after ** must be a mapping, not NoneType"),
        (lambda: parse.record(Request, {}), TypeError, "Request.__init__() missing 2 required positional arguments: 'a' and 'b'"),
        (lambda: parse.record(Request, {"a": 1, "b": 2, "x": 3}), TypeError, "Request.__init__() got an unexpected keyword argument 'x'"),
    ],
)
def test_a_wrong_value_has_the_contracts_error(call: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert name_of(raised.value) == error.__name__
    assert is_expected(raised.value), "a caller's mistake, not a bug of ours"
    assert envelope(raised.value, "t")["response"]["arguments"] == list(raised.value.args)
    assert str(raised.value) == message


@pytest.mark.parametrize("mime", ["application/json", "application/json; charset=utf-8", "application/problem+json", "APPLICATION/JSON"])
def test_json_content_types(mime: str) -> None:
    assert parse.json_body(mime, b'{"a": 1}') == {"a": 1}


def test_numbers_that_are_none_are_null() -> None:
    assert parse.loads(b'{"a": NaN, "b": [-Infinity, 1e400, -1e400, 1e308, -0.0, "NaN"]}') == {
        "a": None,
        "b": [None, None, None, 1e308, 0, "NaN"],
    }


@pytest.mark.parametrize("mime", [None, "", "text/plain", "application/jsonp", "text/json"])
def test_other_content_types_are_named_in_the_error(mime: str | None) -> None:
    with pytest.raises(ContentTypeMismatch) as raised:
        parse.json_body(mime, b"{}")
    shown = envelope(raised.value, "t")["response"]
    assert shown["exception"] == "Exception"
    assert shown["arguments"] == ["Content-Type mismatch, expected application/json, got:", mime or None]
    assert shown["message"] == f"('Content-Type mismatch, expected application/json, got:', {mime or None!r})"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_broken_body_is_an_envelope(raw: bytes) -> None:
    with pytest.raises(MalformedBody) as raised:
        parse.json_body("application/json", raw)
    assert is_expected(raised.value)
    assert envelope(raised.value, "t")["response"]["exception"] == "BadRequest"


def test_times_become_naive_utc() -> None:
    assert parse.iso_of("2024-01-02T03:04:05+02:00") == datetime(2024, 1, 2, 1, 4, 5)
    assert parse.epoch_of("1704164645.5") == datetime(2024, 1, 2, 3, 4, 5, 500_000)


def test_a_trace_id_has_44_characters_and_is_new_each_time() -> None:
    assert len(new_trace_id()) == 44
    assert new_trace_id() != new_trace_id()


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://ci/job/x/33/", 33),
        ("https://github.com/a/b/actions/runs/12345678901?pr=4#s", 12345678901),
        ("https://ci/job/x/lastBuild/", None),
        ("33", 33),
        ("", None),
    ],
)
def test_the_number_at_the_end_of_an_address(url: str, number: int | None) -> None:
    assert parse.number_at_end(url) == number


@pytest.mark.parametrize(
    ("raw", "value", "lost"),
    [
        (rb'{"a": "cut \ud83d", "b": ["\udc00"]}', {"a": "cut \ufffd", "b": ["\ufffd"]}, ["a", "b[0]"]),
        (rb'{"a": "\ud83d\ude00"}', {"a": "😀"}, []),
        (rb'{"\uD83D": 1}', {"\ufffd": 1}, ["a key of the body"]),
        (b'["\xed\xa0\xbd"]', ["\ufffd"], ["[0]"]),
        ('["\ud83d"]'.encode("utf-16", "surrogatepass"), ["\ufffd"], ["[0]"]),
        (rb'"\ud83d"', "\ufffd", ["the body"]),
    ],
)
def test_halves_of_characters_are_replaced_and_named(raw: bytes, value: Any, lost: list[str]) -> None:
    losses.lose("from the request before")
    assert parse.loads(raw) == value
    assert losses.losses() == [f"half of a character is replaced in {place}" for place in lost]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=4),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # it fills tables of characters when it is first used
@given(JSON)
def test_whatever_is_read_can_be_stored(value: Any) -> None:
    for raw in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")):
        json.dumps(parse.loads(raw), ensure_ascii=False).encode()


def test_an_answer_names_what_was_lost_up_to_a_bound() -> None:
    losses.begin()
    assert encode_ok(1) == b'{"response":1,"status":"ok"}\n'
    for number in range(losses.MOST + 2):
        losses.lose(f"{number}" * 300)
    answer = json.loads(encode_ok(1))
    assert len(answer["not_kept"]) == losses.MOST + 1
    assert answer["not_kept"][-1] == "… and 2 more"
    assert len(answer["not_kept"][0]) == losses.LONGEST


@pytest.mark.parametrize(
    ("asked", "given"),
    [("7", 7), (7, 7), ("0", 0), ("-1", -1), ("10001", 10_000), (2**31 - 1, 10_000), (2**31, 2**31), ("9" * 30, int("9" * 30))],
)
def test_nobody_decides_alone_how_many_rows_are_read(asked: Any, given: int) -> None:
    assert parse.rows_of(asked) == given


def test_a_number_of_rows_may_be_bounded_closer() -> None:
    assert parse.rows_of("1001", 1000) == 1000
    with pytest.raises(ValueError, match="invalid literal"):
        parse.rows_of("many")


@pytest.mark.parametrize(("text", "number"), [(None, 50), ("", 50), ("1", 1), ("0100", 100), ("000000100999999", 100)])
def test_a_number_within_bounds(text: str | None, number: int) -> None:
    """However long it is written, it is what was compared with the bounds."""
    assert parse.number_between(1, 100, text, 50, "limit") == number


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "ten", "\u0661", "9" * 5000])
def test_a_number_beyond_its_bounds(text: str) -> None:
    with pytest.raises(DataValidationError, match="limit must be a number from 1 to 100"):
        parse.number_between(1, 100, text, 50, "limit")


@pytest.mark.parametrize("before", [0, STEP - 3, STEP - 1, STEP, STEP + 1, 3 * STEP - 2])
def test_half_a_character_is_found_and_replaced_wherever_it_stands_in_a_long_text(before: int) -> None:
    for half in ("\\ud83d", "\\uDE00", "\udc80"):
        raw = f'["{"x" * before}{half}{"y" * STEP}"]'.encode("utf-8", "surrogatepass")
        assert parse.loads(raw) == ["x" * before + "\ufffd" + "y" * STEP]


@pytest.mark.parametrize("look", [lambda: may_hold_halves(b"x" * 30_000_000), lambda: whole_characters("\udc80" * 2_000_000)])
def test_others_go_on_while_a_long_text_is_looked_at(look: Callable[[], Any]) -> None:
    assert min(_share_of_the_longest_wait_beside(look) for _ in range(3)) < 0.5


def _share_of_the_longest_wait_beside(work: Callable[[], Any]) -> float:
    """How long another thread had to wait at most, as a share of the time that the work took."""
    waited, over = [0.0], threading.Event()

    def beside() -> None:
        while not over.is_set():
            began = time.perf_counter()
            time.sleep(0.001)
            waited.append(time.perf_counter() - began)

    other = threading.Thread(target=beside)
    with patch.object(losses, "lose", lambda sentence: None):
        other.start()
        began = time.perf_counter()
        work()
        took = time.perf_counter() - began
        over.set()
        other.join()
    return max(waited) / took
