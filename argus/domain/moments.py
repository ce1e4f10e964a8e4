"""Rows whose key ends with the time at which they happened: a time is no identity, so two of one moment are both kept.

The keys of such tables are given (the reference's), so the later one moves to the next free moment. A row that says the same as one that is
there is that one, delivered again: it is not stored a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from argus.storage.binding import binder_of
from argus.storage.errors import OperationTimedOut
from argus.storage.statements import ge, le, select
from argus.storage.store import Store
from argus.storage.table import Row

R = TypeVar("R", bound=Row)

MILLISECOND = timedelta(milliseconds=1)
WINDOW = 250  # moments that are looked at together
TRIES = 50  # times that another writer may take the moment that was free a moment ago


async def keep(store: Store, row: R, same: Callable[[R], bool], step: timedelta | int = MILLISECOND) -> tuple[R, bool]:
    """Store a row at its moment, or at the first free one behind it.

    Args:
        row: the last column of its key is its moment.
        same: whether a row that is there is this one, delivered before. It is asked of the row's moment and of the taken ones behind it.
        step: from one moment to the next, in the type of that column.

    Returns:
        The row as it is stored, and whether it is new.

    Raises:
        WrongValue: a value does not fit its column.
        OperationTimedOut: no free moment was found, because too many write at once; or nobody knows whether the row was written, and the
            call can be repeated.
    """
    column = row.__table__.primary_key[-1]
    row = row.changed(**{column: _held(row, column)})
    for _ in range(TRIES):
        if await store.create(row):
            return row, True
        moment = getattr(row, column)
        taken = await _neighbours(store, row, column, step)
        while (there := taken.get(moment)) is not None:
            if same(there):
                return there, False
            moment += step
        row = row.changed(**{column: moment})
    raise OperationTimedOut(f"no free moment for a {type(row).__name__}")


async def keep_new(store: Store, row: R) -> R:
    """As `keep`, for a row that is like no other: one that somebody has just made. Raises what `keep` raises."""
    kept, _ = await keep(store, row, lambda there: False)
    return kept


def alike(row: R, *columns: str) -> Callable[[R], bool]:
    """Whether another row says the same in these columns, compared as a store holds them."""
    wanted = {name: _held(row, name) for name in columns}
    return lambda there: all(_held(there, name) == value for name, value in wanted.items())


def _held(row: Row, column: str) -> Any:
    return binder_of(row.__table__, column).value(getattr(row, column))


async def _neighbours(store: Store, row: R, column: str, step: Any) -> dict[Any, R]:
    """What is stored from a row's moment on, by moment."""
    key = row.primary_key_values()
    moment = key.pop(column)
    near = select(type(row)).where(ge(column, moment), le(column, moment + WINDOW * step), **key)
    return {getattr(there, column): there for there in await store.all(near)}
