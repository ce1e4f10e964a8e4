"""What a purge removes: features register what of theirs may go, with `@purge_of`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from argus.platform.work import Work


@dataclass(frozen=True, slots=True)
class Purging:
    """One purge.

    Args:
        before: what was deleted or has expired earlier may go.
    """

    work: Work
    dry_run: bool
    before: datetime

    async def rows(self, which: Select[Any], remove_some: Callable[[AsyncSession], Awaitable[int]]) -> int:
        """Remove rows some at a time, each in a transaction of its own; a dry run counts them.

        Args:
            remove_some: removes some of them and says how many; 0: there are no more.
        """
        if self.dry_run:
            async with self.work.database.reading() as session:
                return await session.scalar(select(func.count()).select_from(which.subquery())) or 0
        removed = 0
        while True:
            await self.work.checkpoint()
            async with self.work.transaction() as session:
                some = await remove_some(session)
            removed += some
            if not some:
                return removed


Part = Callable[[Purging], Awaitable[int]]
_parts: dict[str, Part] = {}


def purge_of(name: str) -> Callable[[Part], Part]:
    """Register what a purge removes of a feature; stands in its `handlers.py`. It says how many there were."""

    def register(part: Part) -> Part:
        _parts[name] = part
        return part

    return register


def purges() -> dict[str, Part]:
    """Every part by its name."""
    return dict(_parts)
