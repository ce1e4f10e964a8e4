"""Long lists of callers, worked off in parts, so that the event loop serves others in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

PART = 200  # items; what is done with one takes some ten microseconds


async def parts(items: Sequence[T], size: int = PART) -> AsyncIterator[Sequence[T]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        if start:
            await asyncio.sleep(0)
        yield items[start : start + size]
