"""JSON: lists of objects and lists of lists, wherever they stand; and one object a line (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from argus.features.artefacts.extraction.processors.model import LIMIT, MAX_COLUMNS, MAX_TABLES, UNREADABLE, ExtractionError, Grid, Source
from argus.features.artefacts.extraction.processors.texts import encoding_of

DEEPEST = 20  # objects inside each other in which tables are looked for


class _Number(str):
    """A number as it is written: `4.20` stays so."""


def read_json(source: Source) -> Iterator[Grid]:
    """A table for each list of objects or of lists; a single object is a table of one row."""
    text = source.path.read_text(encoding=encoding_of(source.path), errors="replace")
    found = list(_found(_loaded(text, "the document"), source.name, 0))
    if len(found) > MAX_TABLES:
        raise ExtractionError(LIMIT, f"{len(found)} tables; at most {MAX_TABLES} are read")
    yield from found


def read_ndjson(source: Source) -> Iterator[Grid]:
    """One table: a row for each line."""
    values: list[Any] = []
    with source.path.open(encoding=encoding_of(source.path), errors="replace") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                values.append(_loaded(line, f"line {number}"))
    if values:
        yield _table(source.name, values)


def is_ndjson(text: str) -> bool:
    """Whether every whole line of a sample is an object or a list by itself, and there are two of them at least."""
    lines = [line for line in text.splitlines() if line.strip()][:20]
    if len(lines) < 2:
        return False
    try:
        return all(isinstance(json.loads(line), (dict, list)) for line in lines[:-1])
    except (ValueError, RecursionError):
        return False


def _loaded(text: str, what: str) -> Any:
    try:
        return json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    except ValueError as error:
        raise ExtractionError(UNREADABLE, f"{what} is no JSON: {error}") from None
    except RecursionError:
        raise ExtractionError(UNREADABLE, f"{what} has too many objects inside each other") from None


def _found(value: Any, title: str, depth: int) -> Iterator[Grid]:
    if isinstance(value, list) and value and all(isinstance(item, (dict, list)) for item in value):
        yield _table(title, value)
    elif isinstance(value, dict) and depth < DEEPEST:
        inner = [grid for key, item in value.items() for grid in _found(item, key if depth == 0 else f"{title}.{key}", depth + 1)]
        if inner or depth:
            yield from inner
        elif value:
            yield _table(title, [value])


def _table(title: str, values: list[Any]) -> Grid:
    if any(isinstance(value, list) for value in values):
        return Grid(title, ([_text(cell) for cell in (value if isinstance(value, list) else [value])] for value in values))
    header: dict[str, None] = {}
    for value in values:
        header.update(dict.fromkeys(value if isinstance(value, dict) else ("value",)))
        if len(header) > MAX_COLUMNS:
            raise ExtractionError(LIMIT, f"{title}: more than {MAX_COLUMNS} columns")
    names = list(header)
    rows = (
        [_text(value[name]) if name in value else "" for name in names] if isinstance(value, dict) else [_text(value)] for value in values
    )
    return Grid(title, rows, names)


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case _:
            return _written(value)


def _written(value: Any) -> str:
    """JSON of what stands in a cell, its numbers as they were."""
    match value:
        case _Number():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_written(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_written, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
