"""The reading of a document, in a process of its own: called with a file and a configuration, tells tables and rows as it finds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argus.features.artefacts.extraction.processors.choice import processor_for
from argus.features.artefacts.extraction.processors.model import LIMIT, ExtractionError, Range, Source
from argus.features.artefacts.extraction.shaping import Table, tables_of
from argus.platform.stops import Permanent

Send = Callable[[Any], None]

MESSAGE = 128 * 1024  # characters of rows in one message, about: its reader has an event loop to serve
MOST_ROWS = 2000  # in one message, for the same reason: short ones cost by their number
LONGEST_ROW = 4 * 1024 * 1024  # characters


def extract(argument: Mapping[str, Any], send: Send) -> None:
    """Read a document. Messages: `{"processor"}`, `{"percent", "message"}`, `{"table"}`, then its `{"rows"}`, each row a JSON list as text.

    Args:
        argument: `path` of the file, `name` without its ending, `payload` of the configuration.

    Raises:
        Permanent: the document cannot be read, or passes a bound.
    """
    try:
        for message in messages(argument, send):
            send(message)
    except ExtractionError as error:
        raise Permanent(error.code, error.message) from None


def messages(argument: Mapping[str, Any], send: Send) -> Iterator[dict[str, Any]]:
    """What `extract` sends, but for the progress, which processors tell by `send`."""
    payload = argument["payload"]
    path = Path(argument["path"])
    name, processor = processor_for(payload.get("processor") or "auto", path)
    yield {"processor": name}

    def progress(percent: float, message: str) -> None:
        send({"percent": round(min(max(percent, 0), 99)), "message": message})

    source = Source(path, argument["name"], Range.of(payload.get("pages") or ""), progress)
    for table in tables_of(processor, source, payload):
        yield {"table": _described(table)}
        yield from _rows(table)


def _described(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": [column.stored() for column in table.columns],
        "row_count": len(table.rows),
        "sample_rows": [{name: cell[:200] for name, cell in row.items()} for row in table.samples()],
        "metadata": table.metadata,
    }


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    part: list[str] = []
    size = 0
    for number, row in enumerate(table.rows, 1):
        written = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        if len(written) > LONGEST_ROW:
            raise ExtractionError(
                LIMIT, f"table {table.title!r}, row {number}: a row of {len(written)} characters; at most {LONGEST_ROW} are read"
            )
        if part and (size + len(written) > MESSAGE or len(part) == MOST_ROWS):
            yield {"rows": part}
            part, size = [], 0
        part.append(written)
        size += len(written)
    if part:
        yield {"rows": part}
