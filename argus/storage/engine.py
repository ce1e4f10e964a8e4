"""What an engine is: the four things that differ between SQLite and Cassandra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from argus.storage.statements import Batch, Outcome, Select, Write
from argus.storage.table import Row
from argus.storage.types import Udt

Values = Mapping[str, Any]


class Page(NamedTuple):
    """A page of rows (decoded values by column, null collections left out) and where the next one starts."""

    rows: list[dict[str, Any]]
    next: bytes | None = None


class Engine(Protocol):
    """Executes statement objects. Every method may raise what `storage.errors` holds, and nothing else."""

    async def start(self) -> None:
        """Open files or connections, on the loop that serves.

        Raises:
            NoHostAvailable: the database cannot be reached (a later call tries again).
        """

    async def close(self) -> None:
        """End what is in flight, then release everything."""

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        """One page of at most `size` rows. With aggregates: one row, keyed by `Aggregate.label`."""

    async def write(self, statement: Write | Batch) -> Outcome:
        """Execute a write; durable when it returns."""

    async def ping(self) -> None:
        """Ask the database for the least it can answer."""

    async def schema(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[str]:
        """The statements that would bring the database up to the models; empty when nothing is missing."""

    async def apply(self, statements: Sequence[str]) -> None:
        """Execute schema statements (of `schema`)."""


class Wrapped:
    """An engine around another one, for those who change some of what it does and leave the rest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def start(self) -> None:
        await self._engine.start()

    async def close(self) -> None:
        await self._engine.close()

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        return await self._engine.read(statement, size, start)

    async def write(self, statement: Write | Batch) -> Outcome:
        return await self._engine.write(statement)

    async def ping(self) -> None:
        await self._engine.ping()

    async def schema(self, models: Sequence[type[Row]], types: Sequence[type[Udt]]) -> list[str]:
        return await self._engine.schema(models, types)

    async def apply(self, statements: Sequence[str]) -> None:
        await self._engine.apply(statements)
