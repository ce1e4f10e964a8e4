"""Values separated by commas, semicolons, tabs or bars: one table a document."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from argus.features.artefacts.extraction.processors.model import LIMIT, MAX_CELL, UNREADABLE, ExtractionError, Grid, Source
from argus.features.artefacts.extraction.processors.texts import encoding_of

DELIMITERS = "\t;|,"
"""In this order where several explain a text as well: `1,5;2,5` is two numbers with commas in them."""

SAMPLE = 64 * 1024  # characters that are looked at
SAMPLE_ROWS = 200
QUOTES = "\"'"
NAMED = re.compile(r'\A"?sep=(.)"?\r?\n')  # the first line of what Excel is to read
TOLD = 5000  # rows between two reports of progress


def read_csv(source: Source) -> Iterator[Grid]:
    """The document's one table; none of an empty document."""
    encoding = encoding_of(source.path)
    delimiter, quote, skipped = dialect_of(_sample(source.path, encoding))
    yield Grid(
        source.name,
        _rows(source, encoding, delimiter, quote, skipped),
        metadata={"encoding": encoding, "delimiter": delimiter},
    )


def _sample(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        return file.read(SAMPLE)


def dialect_of(sample: str) -> tuple[str, str, int]:
    """Delimiter, quote and how many lines stand before the table.

    Python's own sniffer is not asked: it guesses letters as delimiters, and its expressions take seconds on texts made for it.
    """
    if named := NAMED.match(sample):
        return named[1], _quote_of(sample[named.end() :], named[1]), 1
    whole = sample[: sample.rfind("\n") + 1] if len(sample) == SAMPLE and "\n" in sample else sample
    best = max(DELIMITERS, key=lambda delimiter: (_agreement(whole, delimiter), -DELIMITERS.index(delimiter)))
    return best, _quote_of(whole, best), 0


def _quote_of(sample: str, delimiter: str) -> str:
    """Double quotes, unless only single ones stand around whole cells."""
    around = Counter(
        quote for quote in QUOTES for line in sample.splitlines()[:SAMPLE_ROWS] for cell in line.split(delimiter) if _is_quoted(cell, quote)
    )
    return "'" if around["'"] and not around['"'] else '"'


def _is_quoted(cell: str, quote: str) -> bool:
    return len(cell) >= 2 and cell[0] == quote == cell[-1]


def _agreement(sample: str, delimiter: str) -> float:
    """The part of rows that have as many cells as most do; 0 when most have one."""
    rows = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter, quotechar=_quote_of(sample, delimiter))
    try:
        lengths = Counter(len(row) for row in islice(rows, SAMPLE_ROWS) if row)
    except csv.Error:
        return 0.0
    if not lengths:
        return 0.0
    usual, times = max(lengths.items(), key=lambda item: (item[1], item[0]))
    return times / lengths.total() if usual > 1 else 0.0


def _rows(source: Source, encoding: str, delimiter: str, quote: str, skipped: int) -> Iterator[list[str]]:
    size = max(source.path.stat().st_size, 1)
    with source.path.open("rb") as raw, TextIOWrapper(raw, encoding, "replace", newline="") as file:
        for _ in range(skipped):
            file.readline()
        reader = csv.reader(file, delimiter=delimiter, quotechar=quote)
        try:
            for number, row in enumerate(reader):
                if number % TOLD == 0:
                    source.progress(min(95, 100 * raw.tell() / size), f"row {number}")
                if row:
                    yield row
        except csv.Error as error:
            if "field larger" in str(error):
                raise ExtractionError(LIMIT, f"line {reader.line_num}: a cell of more than {MAX_CELL} bytes") from None
            raise ExtractionError(UNREADABLE, f"line {reader.line_num}: {error}") from None
