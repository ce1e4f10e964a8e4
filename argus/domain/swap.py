"""Changes that depend on what a row holds (a list without doubles, a counter), so that concurrent ones lose nothing.

Read, decide, write under a lightweight transaction on what was read, again if somebody was faster. Within a process those who change one
row queue, so that the transaction nearly always holds at the first try; it is what makes several processes safe.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from argus.kit import deadline
from argus.storage.errors import OperationTimedOut
from argus.storage.statements import Update, eq, select
from argus.storage.store import Store
from argus.storage.table import Row

R = TypeVar("R", bound=Row)

TRIES = 40
TIMEOUTS = 4  # tries that may end without an answer
LONGEST_PAUSE = 0.25  # seconds

_turns: WeakValueDictionary[tuple[Any, ...], asyncio.Lock] = WeakValueDictionary()


def turn(*key: Any) -> asyncio.Lock:
    """The queue, in this process, of those who change what the key stands for: `async with turn(model, id): …`."""
    return _turns.setdefault((id(asyncio.get_running_loop()), *key), asyncio.Lock())


async def pause(attempt: int) -> None:
    """Let others finish: longer with each attempt, and never in step with them."""
    await asyncio.sleep(random.random() * min(LONGEST_PAUSE, 0.01 * 2**attempt))  # noqa: S311 jitter, no secret


async def swap(store: Store, row: R, guards: Sequence[str], change: Callable[[R], Update | None], anchor: str = "id") -> R | None:
    """Apply a change that is decided on the newest state of a row.

    Args:
        row: which row; only its key counts.
        guards: the columns on which the decision depends; if one changes in between, the decision is made again.
        change: from the row (key, anchor and guards filled, the rest at its defaults) to a partial update of it, None for no change. It is
            also asked again after a write of which nobody knows whether it happened, so it must see from the row that it did.
        anchor: a column that is never null, so that a missing row is not taken for one whose guards are empty.

    Returns:
        The row as the decision saw it; None when it is gone.

    Raises:
        OperationTimedOut: others were faster, or the store too slow, over and over.
    """
    model = type(row)
    key = row.primary_key_values()
    columns = dict.fromkeys((*key, anchor, *(f for f, info in model.model_fields.items() if info.is_required()), *guards))
    async with turn(model, *key.values()):
        for attempt in range(TRIES):
            current = await store.first(select(model, *columns).where(**key))
            if current is None:
                return None
            statement = change(current)
            if statement is None:
                return current
            unchanged = [eq(c, _stored(getattr(current, c))) for c in dict.fromkeys((anchor, *guards))]
            try:
                if (await store.write(statement.only_if(*unchanged))).applied:
                    return current
            except OperationTimedOut:
                if attempt >= TIMEOUTS or deadline.passed():
                    raise
            await pause(attempt)
    raise OperationTimedOut(f"{model.__name__} {key} is being changed by too many at once")


def _stored(value: Any) -> Any:
    """A collection that is empty is null in a store."""
    return None if value in ([], {}, set()) else value
