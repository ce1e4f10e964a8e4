"""What texts mean in a column of a type."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.features.artefacts.extraction.columns import Columns, compiled
from argus.features.artefacts.extraction.values import Unfit, value_of


@pytest.mark.parametrize(
    ("text", "kind", "unit", "value"),
    [
        ("4.2", "FLOAT", "", 4.2),
        ("−4.2", "FLOAT", "", -4.2),
        ("4,2", "FLOAT", "", 4.2),
        ("1,234.5", "FLOAT", "", 1234.5),
        ("1.234,5", "FLOAT", "", 1234.5),
        ("1.234.567", "FLOAT", "", 1234567.0),
        ("1 234 567", "FLOAT", "", 1234567.0),
        ("1\u202f234,5", "FLOAT", "", Unfit),
        ("1e3", "FLOAT", "", 1000.0),
        (".5", "FLOAT", "", 0.5),
        ("4.2 ms", "FLOAT", "ms", 4.2),
        ("4.2ms", "FLOAT", "ms", 4.2),
        ("99%", "FLOAT", "%", 99.0),
        ("4.2 s", "FLOAT", "ms", Unfit),
        ("4.2 s", "FLOAT", "", Unfit),
        ("1,234", "FLOAT", "", Unfit),
        ("1,234", "INTEGER", "", 1234),
        ("12,34,567", "FLOAT", "", Unfit),
        ("4.5", "INTEGER", "", Unfit),
        ("9007199254740993", "INTEGER", "", Unfit),
        ("1e999", "FLOAT", "", Unfit),
        ("nan", "FLOAT", "", Unfit),
        ("inf", "FLOAT", "", Unfit),
        ("0x10", "INTEGER", "", Unfit),
        ("1_000", "INTEGER", "", Unfit),
        ("٣", "INTEGER", "", Unfit),
        ("1 2", "FLOAT", "", Unfit),
        ("soon", "FLOAT", "", Unfit),
        ("", "FLOAT", "", None),
        ("n/a", "INTEGER", "", None),
        ("—", "DURATION", "", None),
        ("1:02:03.5", "DURATION", "", 3723.5),
        ("-2:05", "DURATION", "", -125.0),
        ("1:75", "DURATION", "", Unfit),
        ("1h 2m 3s", "DURATION", "", 3723.0),
        ("250 ms", "DURATION", "", 0.25),
        ("90", "DURATION", "", 90.0),
        ("90", "DURATION", "min", 5400.0),
        ("90", "DURATION", "rows", Unfit),
        ("3 apples", "DURATION", "", Unfit),
        ("x" * 101, "FLOAT", "", Unfit),
        ("", "TEXT", "", None),
        ("=1", "TEXT", "", "=1"),
    ],
)
def test_a_text_means(text: str, kind: str, unit: str, value: object) -> None:
    found = value_of(text, kind, unit)
    if value is Unfit:
        assert isinstance(found, Unfit), found
    else:
        assert found == value
        assert type(found) is type(value)


@settings(max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_that_a_program_prints_is_read_as_itself(number: float) -> None:
    assert value_of(repr(number), "FLOAT") == number


@settings(max_examples=500)
@given(st.text(max_size=60), st.sampled_from(["FLOAT", "INTEGER", "DURATION"]), st.sampled_from(["", "ms", "%"]))
def test_a_value_is_never_made_up(text: str, kind: str, unit: str) -> None:
    """Whatever the text: nothing, a refusal, or a finite number for which the text has digits."""
    found = value_of(text, kind, unit)
    if found is None or isinstance(found, Unfit):
        return
    assert isinstance(found, (int, float))
    assert math.isfinite(found)
    assert any(char in "0123456789" for char in text)


def test_expressions_take_linear_time_and_are_bounded() -> None:
    began = time.perf_counter()
    assert Columns([{"match": "(a+)+b", "name": "x"}]).of(["a" * 150])[0].name == "a" * 150
    assert time.perf_counter() - began < 0.5
    with pytest.raises(ValueError, match="200"):
        compiled("a" * 201)
    for wrong in ("(", r"(a)\1", "(?=a)", "a{1000}{1000}"):
        with pytest.raises(ValueError, match="no expression"):
            compiled(wrong)


def test_the_first_expression_that_matches_the_whole_name_counts() -> None:
    told = [{"match": "P9.*", "name": "high", "type": "FLOAT"}, {"match": ".*", "name": "any"}]
    assert [column.name for column in Columns(told).of(["P99", "xP99", "P95"])] == ["high", "any", "high (2)"]
