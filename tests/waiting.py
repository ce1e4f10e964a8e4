"""Waiting for a fact instead of for a time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

LOOKED_EVERY = 0.01  # seconds
T = TypeVar("T")


@overload
async def until(fact: Callable[[], Awaitable[T]], seconds: float = 20) -> T: ...
@overload
async def until(fact: Callable[[], T], seconds: float = 20) -> T: ...
async def until(fact: Callable[[], Any], seconds: float = 20) -> Any:
    """What `fact` gives, once that counts as true.

    Raises:
        TimeoutError: it does not within so many seconds.
    """
    async with asyncio.timeout(seconds):
        while True:
            told = fact()
            if found := await told if inspect.isawaitable(told) else told:
                return found
            await asyncio.sleep(LOOKED_EVERY)
