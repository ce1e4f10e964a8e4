"""What processors are given, what they give, and how they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_PAGES = 500
MAX_TABLES = 200
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELL = 32 * 1024
"""Bytes of a cell, as UTF-8."""

UNREADABLE, ENCRYPTED, LIMIT, NO_PROCESSOR = "unreadable", "encrypted", "limit_exceeded", "no_processor"


class ExtractionError(Exception):
    """A document from which no tables can be taken; another attempt would end in the same way.

    `code` is `unreadable`, `encrypted`, `limit_exceeded` or `no_processor`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from 1 on, as a person writes them: `1-20`, `3`, `2-`, `1,4-6`. Without parts every number is in it."""

    parts: tuple[tuple[int, int | None], ...] = ()

    def __contains__(self, number: int) -> bool:
        return not self.parts or any(first <= number and (last is None or number <= last) for first, last in self.parts)

    @classmethod
    def of(cls, text: str) -> Range:
        """Raises:
        ValueError: it is none.
        """
        if not text.strip():
            return cls()
        parts: list[tuple[int, int | None]] = []
        for part in text.split(","):
            first, dash, last = part.strip().partition("-")
            if not _is_number(first) or (last and not _is_number(last)):
                raise ValueError(f"{part.strip()!r} is no range like 1-20")
            start, end = int(first), (int(last) if last else None) if dash else int(first)
            if start < 1 or (end is not None and end < start):
                raise ValueError(f"{part.strip()!r} is an empty range")
            parts.append((start, end))
        return cls(tuple(parts))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


@dataclass(frozen=True, slots=True)
class Source:
    """A document to take tables from."""

    path: Path
    name: str
    """As it was uploaded, without its ending: the title of a table that has none of its own."""
    pages: Range = Range()
    progress: Callable[[float, str], None] = lambda percent, message: None
    """Told how far it is, in percent, and with what."""


@dataclass(slots=True)
class Grid:
    """A table as it stands in a document.

    Attributes:
        header: names of the columns where the format itself has them; None: the first row may be the header.
        rows: cells as text; rows may differ in length.
        metadata: where it was found, such as page and box.
    """

    title: str
    rows: Iterator[list[str]]
    header: list[str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


Processor = Callable[[Source], Iterator[Grid]]
"""Reads one kind of document. Raises ExtractionError; tables come one after the other, each consumed before the next."""
