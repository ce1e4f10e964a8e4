"""What an attempt at a job writes: tables and rows while it reads, their CSV when it has read, nothing of it seen before its end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.db.database import Database
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction.csv_export import csv_pieces
from argus.features.artefacts.extraction.tables import ExtractedRow, ExtractedTable, Job
from argus.kit.pools import DOCUMENTS
from argus.kit.ulids import new_ulid
from argus.platform.files import file_store
from argus.runtime import Runtime

PAGE = 2000  # rows that are read at a time for a CSV
PAGE_SIZE = 1024 * 1024  # characters of them, about: less where rows are long
LARGEST_CSV = 1024 * 1024 * 1024  # bytes
CSV = "text/csv"
OWNER = "document"


@dataclass(slots=True)
class Exported:
    """The CSV of a table in the file store, not a document yet."""

    table: ExtractedTable
    sha256: str | None = None
    byte_size: int = 0
    error: str | None = None
    document_id: str = field(default_factory=new_ulid)


async def drop(session: AsyncSession, job_id: str) -> None:
    """Remove what earlier attempts at a job wrote."""
    tables = select(ExtractedTable.id).where(ExtractedTable.job_id == job_id)
    await session.execute(delete(ExtractedRow).where(ExtractedRow.table_id.in_(tables)))
    await session.execute(delete(ExtractedTable).where(ExtractedTable.job_id == job_id))


async def add_table(session: AsyncSession, job: Job, attempt: int, index: int, told: Mapping[str, Any]) -> str:
    """A table without its rows. Returns its id."""
    table = ExtractedTable(
        job_id=job.id,
        document_id=job.document_id,
        attempt=attempt,
        sequence_index=index,
        title=told["title"],
        columns=told["columns"],
        row_count=told["row_count"],
        sample_rows=told["sample_rows"],
        details=told["metadata"],
    )
    session.add(table)
    await session.flush()
    return table.id


async def add_rows(session: AsyncSession, table_id: str, start: int, rows: Sequence[str]) -> None:
    """Rows of a table, from an index on."""
    values = [{"table_id": table_id, "row_index": start + at, "cells": cells} for at, cells in enumerate(rows)]
    await session.execute(insert(ExtractedRow), values)


async def tables_of(database: Database, job_id: str) -> list[ExtractedTable]:
    """The tables of a job, in the order of their document."""
    async with database.reading() as session:
        found = select(ExtractedTable).where(ExtractedTable.job_id == job_id).order_by(ExtractedTable.sequence_index)
        return list(await session.scalars(found))


async def export(runtime: Runtime, database: Database, table: ExtractedTable) -> Exported:
    """Write the CSV of a table into the file store.

    Raises:
        StorageFull, OSError, Unavailable: the store does not take it.
    """
    stored = await file_store(runtime).put(_csv(runtime, database, table), limit=LARGEST_CSV)
    return Exported(table, stored.sha256, stored.byte_size)


async def _csv(runtime: Runtime, database: Database, table: ExtractedTable) -> AsyncIterator[bytes]:
    yield b"".join(csv_pieces([column["name"] for column in table.columns], ()))
    start = 0
    while start < table.row_count:
        async with database.reading() as session:
            found = (
                select(ExtractedRow.cells)
                .where(ExtractedRow.table_id == table.id, ExtractedRow.row_index >= start)
                .order_by(ExtractedRow.row_index)
                .limit(_page(table))
            )
            rows = list(await session.scalars(found))
        if not rows:
            raise LookupError(f"rows of table {table.id} from {start} on are gone")
        start += len(rows)
        yield await runtime.blocking(DOCUMENTS, _lines, rows)


def _page(table: ExtractedTable) -> int:
    """How many rows are read at once: fewer of wide tables."""
    return max(1, min(PAGE, PAGE_SIZE // (len(table.columns) * 40 + 1)))


def _lines(rows: Sequence[str]) -> bytes:
    written = b"".join(csv_pieces((), map(json.loads, rows)))
    return written.split(b"\r\n", 1)[1]  # the header of no columns


async def keep_exports(session: AsyncSession, runtime: Runtime, job: Job, source: Document, exported: Sequence[Exported]) -> None:
    """Make documents of the CSVs, and say of each table what came of it."""
    stem = source.original_filename.rsplit(".", 1)[0]
    for each in exported:
        table = await session.get(ExtractedTable, each.table.id)
        assert table is not None
        table.export_error = each.error
        if each.sha256 is None:
            continue
        table.export_document_id = each.document_id
        session.add(_document(job, source, each, f"{stem}-{table.sequence_index + 1}.csv"))
        await session.flush()
        await file_store(runtime).hold(session, each.sha256, OWNER, each.document_id)


def _document(job: Job, source: Document, each: Exported, name: str) -> Document:
    now = moment()
    return Document(
        id=each.document_id,
        workspace_id=job.workspace_id,
        original_filename=name,
        content_type=CSV,
        byte_size=each.byte_size,
        sha256=each.sha256,
        document_type=None,
        run_id=source.run_id,
        test_id=source.test_id,
        release_id=source.release_id,
        belongs_to=f"table:{each.table.id}",
        details={"table_id": each.table.id, "title": each.table.title, "source_document_id": source.id},
        produced_by_job_id=job.id,
        created_by=job.created_by,
        created_at=now,
        updated_at=now,
    )
