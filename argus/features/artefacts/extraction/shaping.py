"""From what stands in a document to a table: header, columns of one width, bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argus.features.artefacts.extraction.columns import Column, Columns
from argus.features.artefacts.extraction.processors.model import (
    LIMIT,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TABLES,
    ExtractionError,
    Grid,
    Processor,
    Range,
    Source,
)
from argus.features.artefacts.extraction.values import Unfit, value_of

FIRST_ROW, NONE = "first_row", "none"
MAX_BYTES = 512 * 1024 * 1024
"""Of all cells of one document together."""
SAMPLES = 5  # rows that are shown with a table
ISSUES = 50  # cells that are told of one by one
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database keeps them in a text


@dataclass(slots=True)
class Table:
    """A table as it is stored. Its cells are text; `issues` are cells that are no value of their column's type."""

    title: str
    columns: list[Column]
    rows: list[list[str]]
    metadata: dict[str, Any]

    def samples(self) -> list[dict[str, str]]:
        """The first rows, by name of column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows[:SAMPLES]]


def tables_of(processor: Processor, source: Source, payload: Mapping[str, Any]) -> Iterator[Table]:
    """The tables of a document as a configuration wants them.

    Raises:
        ExtractionError: the document cannot be read, or is larger than a bound.
    """
    columns = Columns(payload.get("columns") or ())
    wanted = Range.of(payload.get("tables") or "")
    left = MAX_BYTES
    taken = 0
    for number, grid in enumerate(processor(source), 1):
        if number not in wanted:
            continue
        header, rows, size = _read(grid, payload.get("header") or FIRST_ROW, left)
        if len(rows) < (payload.get("min_rows") or 0) or not header:
            continue
        left -= size
        taken += 1
        if taken > MAX_TABLES:
            raise ExtractionError(LIMIT, f"more than {MAX_TABLES} tables; `tables`, `pages` and `min_rows` of the configuration say which")
        of_table = columns.of(header)
        metadata = dict(grid.metadata)
        issues, count = _issues(of_table, rows)
        if count:
            metadata |= {"issues": issues, "issue_count": count}
        yield Table(_clean(grid.title)[:200], of_table, rows, metadata)


def _read(grid: Grid, header_from: str, left: int) -> tuple[list[str], list[list[str]], int]:
    header = [_clean(name) for name in grid.header] if grid.header is not None else None
    rows: list[list[str]] = []
    width = size = 0
    for row in grid.rows:
        cells = [_clean(cell) for cell in row]
        size += _check(grid.title, len(rows) + 1, cells)
        width = max(width, len(cells))
        if header is None and header_from == FIRST_ROW:
            header = cells
            continue
        if len(rows) >= MAX_ROWS:
            raise ExtractionError(LIMIT, f"table {grid.title!r} has more than {MAX_ROWS} rows")
        if size > left:
            raise ExtractionError(LIMIT, f"the cells of all tables take more than {MAX_BYTES} bytes")
        rows.append(cells)
    header = header or []
    width = max(width, len(header))
    if width > MAX_COLUMNS:
        raise ExtractionError(LIMIT, f"table {grid.title!r} has {width} columns; at most {MAX_COLUMNS} are read")
    for cells in rows:
        cells.extend([""] * (width - len(cells)))
    return [*header, *[""] * (width - len(header))], rows, size


def _check(title: str, row: int, cells: list[str]) -> int:
    total = 0
    for number, cell in enumerate(cells, 1):
        size = len(cell) if cell.isascii() else len(cell.encode())
        if size > MAX_CELL:
            raise ExtractionError(
                LIMIT, f"table {title!r}, row {row}, column {number}: a cell of {size} bytes; at most {MAX_CELL} are read"
            )
        total += size + 8
    return total


def _clean(text: str) -> str:
    return text if text.isascii() and "\0" not in text else UNSTORABLE.sub("\ufffd", text)


def _issues(columns: list[Column], rows: list[list[str]]) -> tuple[list[dict[str, Any]], int]:
    """Cells that are no value of their type: the first of them, and how many there are."""
    typed = [(at, column) for at, column in enumerate(columns) if column.type != "TEXT"]
    found: list[dict[str, Any]] = []
    count = 0
    for number, row in enumerate(rows) if typed else ():
        for at, column in typed:
            value = value_of(row[at], column.type, column.unit)
            if isinstance(value, Unfit):
                count += 1
                if len(found) < ISSUES:
                    found.append({"row_index": number, "column": column.name, "text": row[at][:200], "reason": value.reason})
    return found, count
