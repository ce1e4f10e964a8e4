"""A table among the results of a run, by the service that takes results of clients."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select

from argus.db.base import moment
from argus.domain.runs import locate
from argus.features.artefacts.configurations.tables import Configuration
from argus.features.artefacts.extraction import reading
from argus.features.artefacts.extraction.schemas import Publication
from argus.features.artefacts.extraction.tables import ExtractedTable, Job, PublishedTable
from argus.features.artefacts.extraction.values import Unfit, value_of
from argus.features.tracker.results.submission import submit_results
from argus.kit.clock import EPOCH
from argus.kit.errors import DataValidationError
from argus.models.enums import CellStatus, ResultType
from argus.models.run import RunBase
from argus.platform import events
from argus.platform.context import ServiceContext
from argus.platform.errors import Invalid, NotFound
from argus.run_types import Plugin

MOST_CELLS = 20_000  # of a table that is published: a page of results shows them all
TOLD = 100  # rejected cells that are named
SUBMITTED = "Results submitted"


@dataclass(slots=True)
class _Cells:
    rows: list[str] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: str, column: str, reason: str) -> None:
        self.rejected.append({"loc": ["cells", row, column], "msg": reason, "type": "rejected_cell"})


async def publish(context: ServiceContext, job_id: str, table_id: str, body: Publication) -> str:
    """Submit a table as a result table of a run: once, however often it is asked for. A table with a cell that cannot be stored is not
    submitted at all.

    Returns:
        What to tell.

    Raises:
        NotFound: no such job, table or run.
        Conflict: the job has not ended.
        Invalid: the run belongs to no test; no such column; cells that are rejected, each named; too many cells.
    """
    table = await reading.table(context, job_id, table_id)
    rule = await _rule(context, job_id)
    name = body.name or rule.get("table") or table.title
    row_column = body.row_column or rule.get("row_column") or table.columns[0]["name"]
    plugin, run = await _run(context, body.run_id)
    done = await context.session.get(PublishedTable, (table_id, str(run.id)))
    if done is not None and (done.name, done.row_column) == (name, row_column):
        return SUBMITTED
    cells = await _cells(context, table, row_column)
    meta = {"name": name, "description": table.title, "columns_meta": _columns(table, row_column), "rows_meta": cells.rows}
    built = body.sut_timestamp or await _built(context, plugin, run)
    submission = {"meta": meta, "sut_timestamp": built, "results": cells.cells}
    await context.commit()  # nothing is held while Argus's own store is written
    message = await _submit(context, plugin, run, submission)
    await context.session.merge(
        PublishedTable(
            table_id=table_id,
            run_id=str(run.id),
            name=name,
            row_column=row_column,
            published_by=str(context.user.id),
            published_at=moment(),
        )
    )
    about = {"run_id": str(run.id), "name": name, "table_id": table_id, "cells": len(cells.cells)}
    await events.record(context, "table.published", "job", job_id, payload=about)
    return message


async def _rule(context: ServiceContext, job_id: str) -> dict[str, Any]:
    found = select(Configuration.payload).join(Job, Job.configuration_id == Configuration.configuration_id).where(Job.job_id == job_id)
    payload: dict[str, Any] = (await context.session.scalar(found)) or {}
    return payload.get("publish") or {}


async def _run(context: ServiceContext, run_id: str) -> tuple[Plugin, RunBase]:
    try:
        found = await locate(context.runtime, UUID(run_id))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("run_not_found", "Run not found")
    plugin, run = found
    if run.test_id is None:
        raise Invalid("run_without_test", "The run belongs to no test, so it has no result tables")
    return plugin, run


async def _cells(context: ServiceContext, table: ExtractedTable, row_column: str) -> _Cells:
    names = [column["name"] for column in table.columns]
    if row_column not in names:
        raise Invalid("unknown_column", f"The table has no column {row_column!r}", columns=names[:50])
    if table.row_count * (len(names) - 1) > MOST_CELLS:
        raise Invalid("too_many_cells", f"The table has more than {MOST_CELLS} cells; a result table has at most so many")
    if not all(name.isascii() for name in names):
        raise Invalid("names_not_ascii", "Names of columns of results are ASCII; the configuration can give them others")
    at = names.index(row_column)
    found = _Cells()
    seen: set[str] = set()
    async for row in reading.all_rows(context, table):
        name = row[at].strip()
        if not name or name in seen or not name.isascii():
            reason = "no name of a row" if not name else "a second row of this name" if name in seen else "a name that is not ASCII"
            found.reject(name[:100], row_column, reason)
            continue
        seen.add(name)
        found.rows.append(name)
        _add(found, name, table.columns, row, at)
    if found.rejected:
        count = len(found.rejected)
        raise Invalid("cells_rejected", f"{count} cells cannot be results; nothing was submitted", errors=found.rejected[:TOLD])
    return found


def _add(found: _Cells, name: str, columns: Sequence[dict[str, Any]], row: Sequence[str], at: int) -> None:
    for number, (column, text) in enumerate(zip(columns, row, strict=True)):
        if number == at:
            continue
        value = value_of(text, column["type"], column["unit"])
        if isinstance(value, Unfit):
            found.reject(name[:100], column["name"], f"{text[:60]!r}: {value.reason}")
        elif value is not None:
            place = {"column": column["name"], "row": name, "status": CellStatus.UNSET.value}
            found.cells.append(place | ({"value_text": value} if isinstance(value, str) else {"value": value}))


def _columns(table: ExtractedTable, row_column: str) -> list[dict[str, Any]]:
    return [
        {
            "name": column["name"],
            "unit": column["unit"],
            "type": column["type"],
            "higher_is_better": column.get("higher_is_better") if column["type"] != ResultType.TEXT else None,
        }
        for column in table.columns
        if column["name"] != row_column
    ]


async def _built(context: ServiceContext, plugin: Plugin, run: RunBase) -> float:
    """When the software under test was built: as the run's packages say, else when the run began."""
    try:
        return await plugin.sut_timestamp(context.runtime, run, "scylla-server")
    except (NotImplementedError, ValueError):
        return ((run.start_time or EPOCH) - EPOCH).total_seconds()


async def _submit(context: ServiceContext, plugin: Plugin, run: RunBase, submission: dict[str, Any]) -> str:
    try:
        answer = await submit_results(context.runtime, plugin.name, str(run.id), submission)
    except DataValidationError:
        return f"{SUBMITTED}; some values are worse than the limits of the table"
    if json.loads(answer.body)["status"] != "ok":
        raise NotFound("run_not_found", "Run not found")
    return SUBMITTED
