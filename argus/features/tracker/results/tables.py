"""The result tables of one run, as people read them (docs/contract/results.md#tables-of-one-run)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import TypedDict
from uuid import UUID

from argus.kit.clock import EPOCH
from argus.models.enums import CellStatus
from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ColumnMetadata, ResultSubmission
from argus.runtime import Runtime
from argus.storage.statements import select

GOOD = (CellStatus.PASS.value, CellStatus.UNSET.value)


class ShownCell(TypedDict):
    value: float | str | None
    status: str | None
    type: str | None


class ShownTable(TypedDict):
    """A table of one run; `table_data` is by row, then by column."""

    description: str | None
    table_data: dict[str, dict[str, ShownCell]]
    columns: list[ColumnMetadata]
    rows: list[str]
    table_status: str | None


async def tables_of_run(runtime: Runtime, test_id: UUID, run_id: UUID, only: Collection[str] = ()) -> list[dict[str, ShownTable]]:
    """The tables that have cells of a run, in the order of their submission.

    Args:
        only: these columns count; empty: all.

    Returns:
        One-key objects, name → table.
    """
    described, submissions = await asyncio.gather(
        runtime.store.all(select(ArgusGenericResultMetadata).where(test_id=test_id)),
        runtime.store.all(select(ResultSubmission).where(test_id=test_id, run_id=run_id)),
    )
    cells = await asyncio.gather(*(_cells(runtime, test_id, table.name, run_id, only) for table in described))
    submitted = {submission.name: submission.submitted_at or EPOCH for submission in submissions}
    found = [(submitted.get(table.name, EPOCH), table, part) for table, part in zip(described, cells, strict=True) if part]
    return [{table.name: table_of(table, part)} for _, table, part in sorted(found, key=lambda entry: entry[0])]


async def _cells(runtime: Runtime, test_id: UUID, name: str, run_id: UUID, only: Collection[str]) -> list[ArgusGenericResultData]:
    cells = await runtime.store.all(select(ArgusGenericResultData).where(test_id=test_id, name=name, run_id=run_id))
    return [cell for cell in cells if not only or cell.column in only]


def table_of(table: ArgusGenericResultMetadata, cells: Sequence[ArgusGenericResultData]) -> ShownTable:
    """A table with a run's cells, given by column, then row. Cells of hidden columns are not shown, but count for the status."""
    used_columns, used_rows = {cell.column for cell in cells}, {cell.row for cell in cells}
    columns = {column.name: column for column in table.columns_meta if column.visible is not False and column.name in used_columns}
    rows = [row for row in table.rows_meta if row in used_rows]
    data: dict[str, dict[str, ShownCell]] = {row: {} for row in rows}
    for cell in cells:
        if cell.column in columns and cell.row in data:
            value = cell.value if cell.value is not None else cell.value_text
            data[cell.row][cell.column] = {"value": value, "status": cell.status, "type": columns[cell.column].type}
    return {
        "description": table.description,
        "table_data": data,
        "columns": list(columns.values()),
        "rows": rows,
        "table_status": status_of_table(cell.status for cell in cells),
    }


def status_of_table(statuses: Iterable[str | None]) -> str | None:
    """`ERROR` when any cell has it, else the last status that is not good, else `PASS`."""
    found: str | None = CellStatus.PASS.value
    for status in statuses:
        if status not in GOOD and found != CellStatus.ERROR:
            found = status
    return found
