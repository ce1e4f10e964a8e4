"""Copies a database into another one, of any engine: how a team moves from the laptop's file to a cluster, or back.

Table by table, page by page in the source's own order. How far it came is kept in the target (`copy_progress`), so a copy that was ended
goes on where it was. When a table is copied, every row of it is read back and compared. Nobody should write to the source meanwhile: what
changes behind the copy is found by the comparison, and the copy fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from argus.storage.errors import StorageError
from argus.storage.statements import TTL, Condition, Insert, Select, Write, eq, insert, select, update
from argus.storage.store import PAGE, Store
from argus.storage.table import PartitionKey, Row, Table
from argus.storage.types import Udt

Phase = Literal["copying", "verifying", "done"]
AT_ONCE = 64  # rows written, or read back, at a time


class CopyProgress(Row, table="copy_progress"):
    """How far the copy of one table came."""

    table_name: Annotated[str, PartitionKey()]
    phase: str = "copying"
    next_page: bytes | None = None  # the source's token of the first page that is not yet in the target
    copied: int = 0
    again: bool = False  # after a difference: nulls are written too, over what the target may hold


@dataclass(frozen=True, slots=True)
class Progress:
    """What a callback is told after every page.

    Attributes:
        rows: of this table, so far in this phase.
        tables_done: tables behind this one, of `tables`.
    """

    table: str
    phase: Phase
    rows: int
    tables_done: int
    tables: int


class CopyDiffers(StorageError):
    """The target does not hold what was copied into it; the text says table, key and columns of the first difference."""


async def copy(
    source: Store,
    target: Store,
    models: Sequence[type[Row]],
    types: Sequence[type[Udt]] = (),
    progress: Callable[[Progress], None] = lambda _: None,
) -> dict[str, int]:
    """Copy every row of the models' tables, and verify each.

    The target's schema is brought up to the models first. Rows of the target that the source has too are overwritten, others stay: start
    with an empty one. A table that an earlier copy completed is not copied again.

    Args:
        progress: called after every page.

    Returns:
        Rows of each table, those that an ended copy had brought included.

    Raises:
        CopyDiffers: a row reads otherwise in the target; its table is copied anew next time.
        StorageError: either database fails; the copy can be started again.
    """
    await target.engine.apply(await target.engine.schema((*models, CopyProgress), types))
    rows: dict[str, int] = {}
    for index, model in enumerate(models):
        name = model.__table__.name

        def tell(phase: Phase, count: int, name: str = name, index: int = index) -> None:
            progress(Progress(name, phase, count, index, len(models)))

        rows[name] = await _table(source, target, model, tell)
    return rows


async def _table(source: Store, target: Store, model: type[Row], tell: Callable[[Phase, int], None]) -> int:
    name = model.__table__.name
    state = await target.find(CopyProgress, table_name=name)
    if state is None:
        state = CopyProgress(table_name=name)
        await target.write(insert(state))
    if state.phase == "copying":
        copied = await _copy_rows(source, target, model, state, tell)
        state = state.changed(phase="verifying", copied=copied)
        await _note(target, name, phase="verifying", copied=copied, next_page=None)
    if state.phase == "verifying":
        try:
            await _verify(source, target, model, tell)
        except CopyDiffers:
            await _note(target, name, phase="copying", copied=0, next_page=None, again=True)
            raise
        await _note(target, name, phase="done")
    tell("done", state.copied)
    return state.copied


async def _note(target: Store, table: str, **values: Any) -> None:
    await target.write(update(CopyProgress, table_name=table).set(**values))


def _everything(model: type[Row]) -> Select[Row]:
    statement = select(model)
    return statement.with_ttl() if model.__table__.uses_ttl else statement


async def _copy_rows(source: Store, target: Store, model: type[Row], state: CopyProgress, tell: Callable[[Phase, int], None]) -> int:
    statement, start, copied = _everything(model), state.next_page, state.copied
    while True:
        page = await source.engine.read(statement, PAGE, start)
        writes = [write for row in page.rows if (write := _write_of(model, row, state.again)) is not None]
        for first in range(0, len(writes), AT_ONCE):
            await asyncio.gather(*map(target.write, writes[first : first + AT_ONCE]))
        copied += len(page.rows)
        start = page.next
        if start is None:
            return copied
        await _note(target, model.__table__.name, next_page=start, copied=copied)
        tell("copying", copied)


def _write_of(model: type[Row], row: dict[str, Any], with_nulls: bool) -> Write | None:
    """The row as an insert of what it holds. Nulls are left out where they can be: each would be a tombstone.

    A partition of static columns alone has no clustering key, and is written as an update. None: the row's life ends while we look at it.
    """
    left = row.pop(TTL, None)
    if left is not None and left <= 0:
        return None
    table = model.__table__
    values = {name: row.get(name) for name in table.columns if with_nulls or row.get(name) is not None}
    if all(row.get(name) is not None for name in table.clustering_key):
        return Insert(model, values, left)
    statics = {name: value for name, value in values.items() if table.columns[name].kind == "static"}
    alone = update(model, **{name: row[name] for name in table.partition_key}).set(**statics)
    return alone if left is None else alone.expiring(left)


# -- verification ----------------------------------------------------------------------------------------------------------------------


async def _verify(source: Store, target: Store, model: type[Row], tell: Callable[[Phase, int], None]) -> None:
    """Read every row of the source back from the target, by its key."""
    statement, start, seen = _everything(model), None, 0
    while True:
        page = await source.engine.read(statement, PAGE, start)
        for first in range(0, len(page.rows), AT_ONCE):
            await asyncio.gather(*(_same(target, model, row) for row in page.rows[first : first + AT_ONCE]))
        seen += len(page.rows)
        start = page.next
        if start is None:
            return
        tell("verifying", seen)


async def _same(target: Store, model: type[Row], row: dict[str, Any]) -> None:
    table = model.__table__
    dies = row.pop(TTL, None) is not None
    key = _key(table, row)
    page = await target.engine.read(select(model).where(*key), 1, None)
    if not page.rows and dies:
        return
    found = _present(page.rows[0]) if page.rows else {}
    wanted = _present(row)
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if differing:
        shown = ", ".join(f"{c.column}={c.value!r}" for c in key)
        raise CopyDiffers(f"{table.name}, row {shown}: {', '.join(differing)} is not the same in both")


def _key(table: Table, row: Mapping[str, Any]) -> list[Condition]:
    return [eq(name, row[name]) for name in table.primary_key if row.get(name) is not None]


def _present(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row without what is null or empty, at any depth: engines differ in how they tell an empty collection."""
    return {name: kept for name, value in row.items() if (kept := _kept(value)) is not None}


def _kept(value: Any) -> Any:
    if isinstance(value, dict):
        return _present(value) or None
    if isinstance(value, list | tuple):
        return [_kept(v) for v in value] or None
    if isinstance(value, set):
        return value or None
    return repr(value) if isinstance(value, float) else value  # NaN equals itself here
