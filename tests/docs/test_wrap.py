"""Wrapping pages changes where lines end, and nothing else."""

from __future__ import annotations

from tests.docs.wrap import WIDTH, wrapped

LONG = "word " * 40


def lines(text: str) -> list[str]:
    return list(wrapped(text.split("\n")))


def test_prose_and_items_are_wrapped_and_items_stay_items() -> None:
    found = lines(f"{LONG}\n\n- {LONG}\n- short\n1. {LONG}")
    assert max(map(len, found)) <= WIDTH
    assert [line[:2] for line in found if line[:2] in ("- ", "1.")] == ["- ", "- ", "1."]
    assert all(line.startswith(("  ", "- ", "1.", "word")) or not line for line in found)


def test_tables_code_and_headings_stay() -> None:
    text = f"# {LONG}\n\n| {LONG} |\n\n```sh\n{LONG}\n```\n\n    {LONG}\n"
    assert "\n".join(lines(text)) == text


def test_a_span_of_code_and_a_link_stay_on_one_line() -> None:
    found = lines("x" * 110 + " `class Guard of it` and " + "y" * 80 + " [a few words](storage.md#anchor)")
    assert any("`class Guard of it`" in line for line in found)
    assert any("[a few words](storage.md#anchor)" in line for line in found)


def test_what_is_short_enough_is_left_as_its_writer_broke_it() -> None:
    text = "A line.\nAnother one,\nbroken by hand."
    assert "\n".join(lines(text)) == text
