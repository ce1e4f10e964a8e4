"""Tables and their rows, as callers read them: of jobs that have ended well only."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Select, false, func, select

from argus.features.artefacts.extraction import service
from argus.features.artefacts.extraction.schemas import ColumnView, ExportLink, Published, RowPage, RowView, TableView
from argus.features.artefacts.extraction.tables import ExtractedRow, ExtractedTable, Job, PublishedTable
from argus.features.artefacts.extraction.values import Unfit, Value, value_of
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, Invalid, NotFound
from argus.platform.pages import PageRequest

PAGE_BYTES = 4 * 1024 * 1024  # of the cells of one page, about


async def finished(context: ServiceContext, job_id: str) -> Job:
    """A job whose outputs may be seen.

    Raises:
        NotFound: no such job.
        Conflict: it has not ended.
    """
    job = await service.get(context, job_id)
    if job.status not in service.FINISHED:
        raise Conflict("job_not_finished", "The job has not ended", status=job.status)
    return job


def of_job(job: Job) -> Select[ExtractedTable]:
    """The tables of a job; none of one that failed."""
    found = select(ExtractedTable).where(ExtractedTable.job_id == job.id)
    return found if job.status == "success" else found.where(false())


def of_document(document_id: str, job_id: str | None) -> Select[ExtractedTable]:
    """The tables of all jobs of a document that ended well."""
    ended = select(Job.job_id).where(Job.document_id == document_id, Job.status == "success")
    found = select(ExtractedTable).where(ExtractedTable.document_id == document_id, ExtractedTable.job_id.in_(ended))
    return found.where(ExtractedTable.job_id == job_id) if job_id is not None else found


async def table(context: ServiceContext, job_id: str, table_id: str) -> ExtractedTable:
    """A table of a job that ended well.

    Raises:
        NotFound: no such job or table.
        Conflict: the job has not ended.
    """
    job = await finished(context, job_id)
    found = await context.session.get(ExtractedTable, table_id)
    if found is None or found.job_id != job_id or job.status != "success":
        raise NotFound("table_not_found", "Table not found")
    return found


async def rows(context: ServiceContext, found: ExtractedTable, start: int, limit: int) -> tuple[RowPage, int | None]:
    """Rows of a table from an index on, and the index where the next page starts."""
    sizes = await context.session.execute(
        select(ExtractedRow.row_index, func.length(ExtractedRow.cells))
        .where(ExtractedRow.table_id == found.table_id, ExtractedRow.row_index >= start)
        .order_by(ExtractedRow.row_index)
        .limit(limit)
    )
    end, size = start, 0
    for index, length in sizes:
        size += length
        if size > PAGE_BYTES and end > start:
            break
        end = index + 1
    kinds = [(column["type"], column["unit"]) for column in found.columns]
    items = [
        RowView(row_index=index, cells=cells, values=[_value(cell, *kind) for cell, kind in zip(cells, kinds, strict=True)])
        for index, cells in await _cells(context, found.table_id, start, end)
    ]
    return RowPage(columns=columns_of(found), items=items), end if end < found.row_count else None


async def row_page(context: ServiceContext, found: ExtractedTable, page: PageRequest) -> RowPage:
    """A page of rows, as callers ask for them.

    Raises:
        Invalid: the cursor is none of this table.
    """
    signer = URLSafeSerializer(context.settings.SECRET_KEY, salt=f"cursor:rows:{found.id}")
    try:
        start = int(signer.loads(page.cursor)) if page.cursor else 0
    except BadSignature:
        problem = {"loc": ["query", "cursor"], "msg": "The cursor is none of this list", "type": "value_error"}
        raise Invalid("bad_cursor", "The cursor is none of this list", errors=[problem]) from None
    answer, following = await rows(context, found, start, page.limit)
    answer.next_cursor = str(signer.dumps(following)) if following is not None else None
    return answer


def _value(cell: str, kind: str, unit: str) -> Value:
    value = value_of(cell, kind, unit)
    return None if isinstance(value, Unfit) else value


async def _cells(context: ServiceContext, table_id: str, start: int, end: int) -> list[tuple[int, list[str]]]:
    found = (
        select(ExtractedRow.row_index, ExtractedRow.cells)
        .where(ExtractedRow.table_id == table_id, ExtractedRow.row_index >= start, ExtractedRow.row_index < end)
        .order_by(ExtractedRow.row_index)
    )
    return [(index, json.loads(cells)) for index, cells in await context.session.execute(found)]


async def all_rows(context: ServiceContext, found: ExtractedTable) -> AsyncIterator[list[str]]:
    """Every row of a table, read page by page."""
    start: int | None = 0
    while start is not None:
        page, start = await rows(context, found, start, 200)
        for row in page.items:
            yield row.cells


def columns_of(found: ExtractedTable) -> list[ColumnView]:
    """The columns as they are answered."""
    return [ColumnView(**column) for column in found.columns]


async def views_of(context: ServiceContext, tables: Sequence[ExtractedTable]) -> list[TableView]:
    """Tables as they are answered, with the runs where they were published."""
    published: dict[str, list[Published]] = {}
    ids = [each.table_id for each in tables]
    if ids:
        found = select(PublishedTable).where(PublishedTable.table_id.in_(ids)).order_by(PublishedTable.published_at)
        for each in await context.session.scalars(found):
            published.setdefault(each.table_id, []).append(Published(run_id=each.run_id, name=each.name, published_at=each.published_at))
    return [_view(each, published.get(each.table_id, [])) for each in tables]


def _view(found: ExtractedTable, published: list[Published]) -> TableView:
    names = ("table_id", "job_id", "document_id", "sequence_index", "title", "row_count", "sample_rows", "created_at")
    return TableView(
        **{name: getattr(found, name) for name in names},
        columns=columns_of(found),
        metadata=found.details,
        export=ExportLink(document_id=found.export_document_id, download_url=f"/jobs/{found.job_id}/tables/{found.table_id}/export")
        if found.export_document_id
        else None,
        published=published,
    )
