"""CSV that programs read as it was, and spreadsheets do not run."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argus.features.artefacts.extraction.csv_export import csv_pieces, safe

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20) | st.sampled_from(
    ["=1+1", "+1", "-1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "'=1", "-1e5", "+.5", "a\r\nb", '"', ",", ""]
)


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@x", "\tx", "\rx", "-1+1", "--1", "-", "=", "-1 000", "+1.2.3"])
def test_what_looks_like_a_formula_is_shown_and_not_calculated(text: str) -> None:
    assert safe(text) == "'" + text


@pytest.mark.parametrize("text", ["-1", "+1", "-1.5e-3", "-.5", "a=1", "", "'=1", " =1", "1"])
def test_numbers_and_other_texts_stay(text: str) -> None:
    assert safe(text) == text


@settings(max_examples=300)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=20), st.lists(CELLS, min_size=3, max_size=3))
def test_what_is_read_back_is_the_table_up_to_the_prefix(rows: list[list[str]], header: list[str]) -> None:
    written = b"".join(csv_pieces(header, rows)).decode()
    back = list(csv.reader(io.StringIO(written, newline="")))
    assert len(back) == len(rows) + 1
    for was, now in zip([header, *rows], back, strict=True):
        assert [cell if cell == given else cell.removeprefix("'") for cell, given in zip(now, was, strict=True)] == was
    assert not any(re.match(r"[=@\t\r]", cell) for row in back for cell in row)


def test_lines_end_as_the_standard_says_and_pieces_are_small() -> None:
    pieces = list(csv_pieces(["a", "b"], (["1", "x,y"] for _ in range(20_000))))
    assert pieces[0].startswith(b'a,b\r\n1,"x,y"\r\n')
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 200_000
