"""The store: what services read from and write to, over either engine.

A store is an object that is passed, never a module global: `argus db copy` has two.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from argus.storage.documents import builder
from argus.storage.engine import Engine
from argus.storage.errors import DocumentNotFound, MultipleDocumentsFound
from argus.storage.statements import Batch, Consistency, Insert, Outcome, Select, Write, insert, is_in
from argus.storage.table import Row

R = TypeVar("R", bound=Row)

PAGE = 500  # rows; a larger page holds the event loop for longer than 20 ms
CHUNK = 25  # rows made into models between two looks at the clock
TURN_SECONDS = 0.005  # seconds after which other tasks run
SLICE = 90  # values of one IN; the server's limit is 100


class ReadOnly(Protocol):
    """Who has asked that nothing be written in a context."""

    def refused(self, what: str) -> Exception:
        """The error to raise instead of writing `what`."""


read_only: ContextVar[ReadOnly | None] = ContextVar("store_read_only", default=None)
"""Set while a request is played a second time, for comparison: every write is then refused."""


class Rows(NamedTuple, Generic[R]):
    """A page of models, and the token of the next page (None: this was the last)."""

    rows: list[R]
    next: bytes | None


@cache
def _two(model: type[Any], columns: tuple[str, ...]) -> Select[Any]:
    """What `get` starts from, made once: it is the commonest read of all."""
    return Select(model, columns, max_rows=2)


async def _every(read: Callable[[bytes | None], Awaitable[Any]]) -> list[Any]:
    """The rows of all pages, from what reads the one behind a token."""
    found: list[Any] = []
    start: bytes | None = None
    while True:
        page = await read(start)
        found += page.rows
        if page.next is None:
            return found
        start = page.next


async def _built(build: Callable[[dict[str, Any]], R], rows: list[dict[str, Any]]) -> list[R]:
    """The models of a page. Rows may be large, so others have their turn in between."""
    made: list[R] = []
    until = time.perf_counter() + TURN_SECONDS
    for start in range(0, len(rows), CHUNK):
        made += [build(row) for row in rows[start : start + CHUNK]]
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + TURN_SECONDS
    return made


class Store:
    """Typed access to an engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.after_write: Callable[[Write | Batch], None] | None = None
        """Told of every write that was acknowledged, before its caller is; must not fail."""

    async def start(self) -> None:
        await self.engine.start()

    async def close(self) -> None:
        await self.engine.close()

    async def ping(self) -> None:
        await self.engine.ping()

    async def page(self, statement: Select[R], size: int = PAGE, start: bytes | None = None) -> Rows[R]:
        """One page of a read, from a token that an earlier page gave."""
        page = await self.engine.read(statement, size, start)
        build = builder(statement.model)
        if len(page.rows) <= CHUNK:
            return Rows([build(row) for row in page.rows], page.next)
        return Rows(await _built(build, page.rows), page.next)

    async def rows(self, statement: Select[R]) -> AsyncIterator[R]:
        """Every row of a read, page by page, so that memory stays bounded and the loop is never held."""
        start: bytes | None = None
        while True:
            page = await self.page(statement, PAGE, start)
            for row in page.rows:
                yield row
            if page.next is None:
                return
            start = page.next

    async def all(self, statement: Select[R]) -> list[R]:
        """Every row of a read, in memory. Give the statement a limit where the partition is unbounded."""
        return await _every(partial(self.page, statement, PAGE))

    async def values(self, statement: Select[Any]) -> list[dict[str, Any]]:
        """Every row of a read as the values of the columns that it selects, without a model around them: for lists that show them as they
        are. A null is None, whatever the model's default."""
        return await _every(partial(self.engine.read, statement, PAGE))

    async def first(self, statement: Select[R]) -> R | None:
        """The first row of a read, or None."""
        page = await self.page(statement.limit(1), 1)
        return page.rows[0] if page.rows else None

    async def get(self, model: type[R], *columns: str, **equal: Any) -> R:
        """The one row that matches (docs/contract/conventions.md#rows-and-reads).

        Args:
            columns: only these (the others take their defaults); all when none is named.

        Raises:
            DocumentNotFound: no row; the message prints the filter as Python prints a dict.
            MultipleDocumentsFound: more than one.
        """
        rows = (await self.engine.read(_two(model, columns).where(**equal), 2, None)).rows
        if not rows:
            raise DocumentNotFound(f"No {model.__name__} found matching {equal}")
        if len(rows) > 1:
            raise MultipleDocumentsFound(f"Expected one {model.__name__} but found multiple matching {equal}")
        found: R = builder(model)(rows[0])
        return found

    async def find(self, model: type[R], *columns: str, **equal: Any) -> R | None:
        """As `get`, but None when there is no row."""
        try:
            return await self.get(model, *columns, **equal)
        except DocumentNotFound:
            return None

    async def all_in(self, statement: Select[R], column: str, values: Sequence[Any]) -> list[R]:
        """Rows whose column is IN any number of values: slices of 90, read together (docs/contract/conventions.md#rows-and-reads)."""
        unique = list(dict.fromkeys(values))
        slices = [unique[i : i + SLICE] for i in range(0, len(unique), SLICE)]
        found = await asyncio.gather(*(self.all(statement.where(is_in(column, part))) for part in slices))
        return [row for part in found for row in part]

    async def aggregate(self, statement: Select[Any]) -> dict[str, Any]:
        """The values of a read's aggregates, by `Aggregate.label`."""
        page = await self.engine.read(statement, 1, None)
        return page.rows[0]

    async def write(self, statement: Write | Batch) -> Outcome:
        """Execute one write, or a batch as one.

        Raises:
            Exception: whatever `read_only` says, where it is set.
        """
        if (asked := read_only.get()) is not None:
            raise asked.refused(_names(statement))
        outcome = await self.engine.write(statement)
        if self.after_write is not None and outcome.applied:
            self.after_write(statement)
        return outcome

    async def save(self, row: Row) -> None:
        """Write a whole row, nulls included: for new rows. Change an existing one by `update`."""
        await self.write(insert(row))

    async def create(self, row: Row) -> bool:
        """Write a new row unless its key is taken (a lightweight transaction); False when it is."""
        return (await self.write(insert(row, if_not_exists=True))).applied


def _names(statement: Write | Batch) -> str:
    writes = statement.writes if isinstance(statement, Batch) else (statement,)
    return ", ".join(sorted({write.model.__name__ for write in writes}))


__all__ = ["PAGE", "SLICE", "Batch", "Consistency", "Insert", "ReadOnly", "Rows", "Store", "read_only"]
