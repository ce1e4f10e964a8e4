"""Long JSON is read to the same values, a limit on their number aside."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.kit import large_json, parse
from argus.kit.errors import MalformedBody, RequestEntityTooLarge
from argus.kit.large_json import read_large

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]), st.booleans())
def test_values_are_the_same(value: Any, encoding: str, ascii: bool) -> None:
    assert read_large([json.dumps(value, ensure_ascii=ascii, indent=1).encode(encoding)]) == value


@given(st.text('[]{}",:1e-. \\nulatrfsN', max_size=12))
def test_what_is_no_json_is_none(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=lambda name: None)
    except ValueError:
        with pytest.raises(ValueError):
            read_large([text.encode()])
    else:
        assert read_large([text.encode()]) == expected


def test_values_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_json, "MOST_VALUES", 7)  # a field is two: its name and its value
    assert read_large([b'[[], {"a": []}, 1, [2]]']) == [[], {"a": []}, 1, [2]]
    with pytest.raises(RequestEntityTooLarge):
        read_large([b'[[], {"a": []}, 1, [2, 3]]'])
    with pytest.raises(RequestEntityTooLarge):
        read_large([b'[[], {"a": [], "b": 1}, 1, 1]'])


def test_long_texts_are_read_that_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "LARGE", 10)
    monkeypatch.setattr(large_json, "MOST_VALUES", 3)
    assert parse.loads(b"[1,2,3,4]") == [1, 2, 3, 4]
    assert parse.loads(b'["a \\ud83d", NaN]') == ["a \ufffd", None]
    with pytest.raises(RequestEntityTooLarge):
        parse.loads(b"[1, 2, 3, 4]")
    with pytest.raises(MalformedBody):
        parse.loads(b"[111111111, 2,")


def test_what_was_read_of_a_refused_text_is_gone_while_its_error_lives() -> None:
    text = json.dumps({f"k{number}": number for number in range(large_json.MOST_VALUES + 10)}).encode()
    with pytest.raises(RequestEntityTooLarge) as refused:
        read_large([text])
    assert not [e for e in refused.traceback if "pairs" in e.frame.raw.f_locals]
