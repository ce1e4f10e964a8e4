"""Tables as CSV (RFC 4180) that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from argus.features.artefacts.extraction.values import is_number

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
PREFIX = "'"
PIECE = 64 * 1024  # characters, about


def safe(text: str) -> str:
    """A cell that a spreadsheet shows and does not calculate: `'` stands before what looks like a formula and is no number."""
    return PREFIX + text if text.startswith(DANGEROUS) and not is_number(text) else text


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The file in pieces of UTF-8: a line with the names of the columns, then the rows; lines end with CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(map(safe, header))
    for row in rows:
        writer.writerow(map(safe, row))
        if buffer.tell() > PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
