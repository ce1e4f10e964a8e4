"""Result tables of a run, as a report shows them (results.md)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from argus.models.results import ArgusGenericResultData, ArgusGenericResultMetadata, ColumnMetadata
from argus.runtime import Runtime
from argus.storage.statements import select


@dataclass(frozen=True)
class ResultTable:
    """`cells` by row and column name; a row may lack some."""

    name: str
    description: str | None
    columns: list[ColumnMetadata]
    rows: list[str]
    cells: dict[tuple[str, str], ArgusGenericResultData]


async def result_tables(runtime: Runtime, test_id: UUID | None, run_id: UUID, patterns: Sequence[str]) -> list[ResultTable]:
    """The tables whose name one of the patterns is found in (all without patterns) and that have cells of the run, by name.

    Args:
        patterns: regular expressions; malformed ones count for nothing.
    """
    if test_id is None:
        return []
    wanted = [*_compiled(patterns)]
    described = await runtime.store.all(select(ArgusGenericResultMetadata).where(test_id=test_id))
    chosen = [table for table in described if not wanted or any(pattern.search(table.name) for pattern in wanted)]
    found = await asyncio.gather(*(_table(runtime, table, run_id) for table in chosen))
    return [table for table in found if table.cells]


async def _table(runtime: Runtime, meta: ArgusGenericResultMetadata, run_id: UUID) -> ResultTable:
    cells = await runtime.store.all(select(ArgusGenericResultData).where(test_id=meta.test_id, name=meta.name, run_id=run_id))
    used = {cell.column for cell in cells}
    return ResultTable(
        name=meta.name,
        description=meta.description,
        columns=[column for column in meta.columns_meta if column.visible is not False and column.name in used],
        rows=[row for row in meta.rows_meta if any(cell.row == row for cell in cells)],
        cells={(cell.row, cell.column): cell for cell in cells},
    )


def _compiled(patterns: Iterable[str]) -> Iterable[re.Pattern[str]]:
    for pattern in patterns:
        try:
            yield re.compile(pattern)
        except re.error:
            continue
