"""What both lanes call: the rules of a small library. It knows neither Flask nor FastAPI."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Book:
    """A book, and who has borrowed it."""

    number: int
    title: str
    reader: str | None = None


class Lent(Exception):
    """Somebody else has the book."""


_books = {number: Book(number, title) for number, title in enumerate(("Fig trees", "Ivy", "Mistletoe"), start=1)}
_lending = asyncio.Lock()


async def books() -> list[dict[str, Any]]:
    """All books, by number."""
    return [asdict(book) for book in _books.values()]


async def book(number: int) -> dict[str, Any]:
    """One book. Raises KeyError."""
    return asdict(_books[number])


async def lend(number: int, reader: str) -> dict[str, Any]:
    """Give a book to a reader. Raises KeyError, and Lent when another reader has it."""
    async with _lending:
        found = _books[number]
        if found.reader not in (None, reader):
            raise Lent(f"{found.reader} has it")
        found.reader = reader
        return asdict(found)
