"""The best values of a table, each a record with its date and run (docs/contract/results.md#records)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.domain.runs import find_run
from argus.features.tracker.results.runs import is_ignored
from argus.kit.clock import now
from argus.kit.numbers import finite
from argus.kit.parse import need
from argus.kit.turns import parts
from argus.models.results import ArgusBestResultData, ArgusGenericResultMetadata
from argus.runtime import Runtime
from argus.storage.statements import select

MILLISECOND = timedelta(milliseconds=1)

History = dict[str, list[ArgusBestResultData]]
"""Records by `<column>:<row>`, oldest first; those of ignored runs left out."""


class Measured(Protocol):
    """A cell that may set a record."""

    @property
    def column(self) -> str: ...
    @property
    def row(self) -> str: ...
    @property
    def value(self) -> float | None: ...


def history_of(records: Iterable[ArgusBestResultData], ignored: Container[UUID | None]) -> History:
    """Records by cell. One whose value is no number, as earlier versions stored it, is no record: nothing could be better."""
    history: History = defaultdict(list)
    for record in sorted(records, key=lambda record: record.result_date):
        if record.run_id not in ignored and finite(record.value) is not None:
            history[record.key].append(record)
    return history


async def read_history(runtime: Runtime, test_id: UUID, name: str, ignored: Container[UUID | None]) -> History:
    """Every record of a table; there is one for each time that a cell got better."""
    return history_of(await runtime.store.all(select(ArgusBestResultData).where(test_id=test_id, name=name)), ignored)


async def update_best(
    runtime: Runtime, run_type: str, run_id: UUID, table: ArgusGenericResultMetadata, cells: Sequence[Measured]
) -> History:
    """Enter the records that a run's cells set, and return the history with them.

    Submissions of one table take turns, over all processes: a record is what was better than all before it.

    Raises:
        KeyError: a number in a column that the table does not have.
    """
    test_id, name = table.test_id, table.name
    async with exclusive(runtime.store, "best values", f"{test_id}:{name}"):
        records = await runtime.store.all(select(ArgusBestResultData).where(test_id=test_id, name=name))
        ignored = await _ignored(runtime, run_type, {record.run_id for record in records})
        history = history_of(records, ignored)
        set_now = [found async for part in parts(cells) for found in records_of(run_id, table, part, history)]
        for record in set_now:
            await _enter(runtime, record)
        return history


def records_of(run_id: UUID, table: ArgusGenericResultMetadata, cells: Iterable[Measured], history: History) -> list[ArgusBestResultData]:
    """The records that cells set; a record counts for the cells behind it.

    Args:
        history: gets the records as well.

    Raises:
        KeyError: a number in a column that the table does not have.
    """
    columns = {column.name: column for column in table.columns_meta}
    new: list[ArgusBestResultData] = []
    for cell in cells:
        if finite(cell.value) is None:
            continue
        higher = need(columns, cell.column).higher_is_better
        if higher is None:
            continue
        entries = history[key := f"{cell.column}:{cell.row}"]
        if not entries or better(cell.value, entries[-1].value, higher):
            record = ArgusBestResultData.model_construct(
                test_id=table.test_id, name=table.name, result_date=now(), key=key, value=cell.value, run_id=run_id
            )
            entries.append(record)
            new.append(record)
    return new


async def _ignored(runtime: Runtime, run_type: str, run_ids: Iterable[UUID | None]) -> set[UUID | None]:
    holders = [run_id for run_id in run_ids if run_id is not None]
    runs = await asyncio.gather(*(find_run(runtime, run_type, run_id, "investigation_status") for run_id in holders))
    return {run.id for run in runs if run is not None and is_ignored(run)}


async def _enter(runtime: Runtime, record: ArgusBestResultData) -> None:
    """Store a record; of two in one millisecond the later one a millisecond on."""
    while not await runtime.store.create(record):
        record = record.changed(result_date=record.result_date + MILLISECOND)


def better(value: float | None, than: float | None, higher: bool) -> bool:
    """Strictly better, by what better means for the column."""
    assert value is not None
    return than is None or (value > than if higher else value < than)
