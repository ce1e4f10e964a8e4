"""An engine that counts what it is asked."""

from __future__ import annotations

from typing import Any

from argus.storage.engine import Engine, Page, Wrapped
from argus.storage.statements import Batch, Outcome, Select, Write


class Counting(Wrapped):
    """Counts statements, and says what they were."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.asked: list[str] = []

    async def read(self, statement: Select[Any], size: int, start: bytes | None) -> Page:
        where = ", ".join(f"{c.column} {c.op}" for c in statement.conditions)
        self.asked.append(f"read {statement.model.__name__}({where})")
        return await self._engine.read(statement, size, start)

    async def write(self, statement: Write | Batch) -> Outcome:
        writes = statement.writes if isinstance(statement, Batch) else (statement,)
        self.asked.append("write " + ", ".join(type(write).__name__ + " " + write.model.__name__ for write in writes))
        return await self._engine.write(statement)
