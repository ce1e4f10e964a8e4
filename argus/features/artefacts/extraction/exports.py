"""The CSV of a table, from the document that was produced for it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from argus.features.artefacts.documents import download
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction import reading
from argus.platform.context import ServiceContext
from argus.platform.errors import NotFound


async def answer(context: ServiceContext, job_id: str, table_id: str, method: str, fields: Mapping[str, str]) -> Response:
    """The download.

    Raises:
        NotFound: no such job or table, or it has no CSV (`export_not_found`).
        Conflict: the job has not ended.
    """
    table = await reading.table(context, job_id, table_id)
    document = await context.session.get(Document, table.export_document_id) if table.export_document_id else None
    if document is None or document.deleted_at is not None:
        raise NotFound("export_not_found", "The table has no CSV")
    link = {"Link": f'</documents/{document.id}>; rel="describedby"'}
    return await download.content(context, document, method, fields, link)
