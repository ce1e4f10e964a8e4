"""Documents that go for good: deleted long ago, or past their time. A part of each purge."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.features.artefacts.documents.service import OWNER
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction.tables import ExtractedRow, ExtractedTable, Job
from argus.platform.files import file_store
from argus.runtime import Runtime

ROWS = 20_000  # of tables that one transaction deletes


def purgeable(deleted_before: datetime) -> Select[str]:
    """Ids of documents that were deleted before a time, or have expired; none that a job reads."""
    reading = select(Job.document_id).where(Job.status.in_(("pending", "running")))
    over = or_(Document.deleted_at < deleted_before, Document.expires_at <= moment())
    return select(Document.id).where(over, Document.id.not_in(reading)).order_by(Document.id)


async def purge(session: AsyncSession, runtime: Runtime, document_id: str) -> bool:
    """Remove a document with its jobs, tables and rows, so many rows a transaction; what was produced from it stays.

    Returns:
        Whether it is gone; else the same call has to follow, in another transaction.
    """
    tables = select(ExtractedTable.id).where(ExtractedTable.document_id == document_id)
    some = select(ExtractedRow.table_id, ExtractedRow.row_index).where(ExtractedRow.table_id.in_(tables)).limit(ROWS)
    keys = (await session.execute(some)).all()
    for table_id in {key.table_id for key in keys}:
        last = max(key.row_index for key in keys if key.table_id == table_id)
        await session.execute(delete(ExtractedRow).where(ExtractedRow.table_id == table_id, ExtractedRow.row_index <= last))
    if len(keys) == ROWS:
        return False
    await file_store(runtime).release(session, OWNER, document_id)
    await session.execute(delete(Document).where(Document.id == document_id))
    return True
