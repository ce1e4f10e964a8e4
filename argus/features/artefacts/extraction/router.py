"""Jobs and tables, served by FastAPI (docs/platform.md#artefacts)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Query, Request, Response, WebSocket
from fastapi_utils.cbv import cbv

from argus.features.artefacts.documents.schemas import ULID, UUID
from argus.features.artefacts.extraction.schemas import (
    JobPage,
    JobStatus,
    JobTimeline,
    JobView,
    NewJob,
    Publication,
    RowPage,
    TablePage,
    TableView,
)
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.responses import DefaultResponse
from argus.platform.route import extension_router, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.documents import service as documents
    from argus.features.artefacts.extraction import exports, publishing, reading, service, watching
    from argus.features.artefacts.extraction import tables as rows
    from argus.platform import events, sockets
else:
    documents = later("argus.features.artefacts.documents.service")
    exports = later("argus.features.artefacts.extraction.exports")
    publishing = later("argus.features.artefacts.extraction.publishing")
    reading = later("argus.features.artefacts.extraction.reading")
    service = later("argus.features.artefacts.extraction.service")
    rows = later("argus.features.artefacts.extraction.tables")
    watching = later("argus.features.artefacts.extraction.watching")
    events = later("argus.platform.events")
    sockets = later("argus.platform.sockets")

router = extension_router("extraction")

JobId = Annotated[str, Path(description="Id of the job", examples=[ULID], max_length=40)]
TableId = Annotated[str, Path(description="Id of the table", examples=[ULID], max_length=40)]
DocumentId = Annotated[str, Path(description="Id of the document", examples=[ULID], max_length=40)]


@cbv(router)
class Extraction:
    """Jobs that take tables out of documents."""

    context: ServiceContext = Depends(service_context)

    @router.get("/jobs", summary="Jobs of the workspace, the newest first", responses=refusals(400, 403, 422))
    @access_control(module="jobs", resource="read")
    async def list_jobs(
        self,
        page: PageQuery,
        status: JobStatus | None = None,
        document_id: Annotated[str | None, Query(max_length=40)] = None,
        configuration_id: Annotated[str | None, Query(max_length=40)] = None,
        created_by: Annotated[str | None, Query(max_length=60, examples=[UUID])] = None,
        since: datetime | None = None,
    ) -> JobPage:
        """Filters are combined. Needs `jobs:read`."""
        filters = service.Filters(status, document_id, configuration_id, created_by, since)
        found = await page.of(self.context, service.listed(self.context, filters), rows.Job.id, newest_first=True)
        return JobPage(items=await service.views_of(self.context, found.items), next_cursor=found.next_cursor)

    @router.post("/jobs", status_code=201, summary="Take the tables out of a document", responses=refusals(400, 403, 404, 409, 422, 503))
    @access_control(module="jobs", resource="write")
    async def submit(self, body: NewJob, response: Response) -> JobView:
        """The answer comes before the work is done: `GET /jobs/{job_id}` or `WS /ws/jobs/{job_id}` tell how it goes on. Needs
        `jobs:write`.
        """
        job = await service.submit(self.context, body)
        response.headers["Location"] = f"/jobs/{job.id}"
        return service.view_of(job)

    @router.get("/jobs/{job_id}", summary="A job", responses=refusals(400, 403, 404))
    @access_control(module="jobs", resource="read")
    async def get(self, job_id: JobId) -> JobView:
        """Where it is in `pending`, `running`, `success`, `failed` or `cancelled`, and what came of it. Needs `jobs:read`."""
        return (await service.views_of(self.context, [await service.get(self.context, job_id)]))[0]

    @router.get("/jobs/{job_id}/events", summary="What happened to a job", responses=refusals(400, 403, 404, 422))
    @access_control(module="events", resource="read")
    async def timeline(
        self, job_id: JobId, page: PageQuery, event_type: Annotated[str | None, Query(max_length=100)] = None
    ) -> JobTimeline:
        """Events of the job, the newest first: `job.created`, `job.status.running`, `job.outputs.persisted`, `job.exports.persisted`, and
        its end. Needs `events:read`.
        """
        job = await service.get(self.context, job_id)
        found = await events.timeline(self.context, page, service.ENTITY, job_id, event_type)
        entity = {"job_id": job.id, "document_id": job.document_id, "status": job.status}
        return JobTimeline(items=found.items, entity=entity, next_cursor=found.next_cursor)

    @router.post("/jobs/{job_id}/cancel", summary="End a job", responses=refusals(400, 403, 404, 409))
    @access_control(module="jobs", resource="write")
    async def cancel(self, job_id: JobId) -> JobView:
        """One that waits ends at once, one that runs within two seconds; 409 `job_finished` for one that has ended. Needs `jobs:write`."""
        return service.view_of(await service.cancel(self.context, job_id))

    @router.post("/jobs/{job_id}/retry", status_code=201, summary="Try a job again", responses=refusals(400, 403, 404, 409))
    @access_control(module="jobs", resource="write")
    async def retry(self, job_id: JobId, response: Response) -> JobView:
        """A new job with `retry_of`, for one that failed, was cancelled, or could not export a table. Needs `jobs:write`."""
        job = await service.retry(self.context, job_id)
        response.headers["Location"] = f"/jobs/{job.id}"
        return service.view_of(job)

    @router.get("/jobs/{job_id}/tables", summary="The tables of a job that has ended", responses=refusals(400, 403, 404, 409, 422))
    @access_control(module="tables", resource="read")
    async def job_tables(self, job_id: JobId, page: PageQuery) -> TablePage:
        """409 `job_not_finished`, with the status, while the job waits or runs. Needs `tables:read`."""
        job = await reading.finished(self.context, job_id)
        found = await page.of(self.context, reading.of_job(job), rows.ExtractedTable.sequence_index, newest_first=False)
        return TablePage(items=await reading.views_of(self.context, found.items), next_cursor=found.next_cursor)

    @router.get("/documents/{document_id}/tables", summary="The tables of all jobs of a document", responses=refusals(400, 403, 404, 422))
    @access_control(module="tables", resource="read")
    async def document_tables(
        self, document_id: DocumentId, page: PageQuery, job_id: Annotated[str | None, Query(max_length=40)] = None
    ) -> TablePage:
        """Those of every job that has succeeded, or of the one that `job_id` names. Needs `tables:read`."""
        document = await documents.get(self.context, document_id)
        found = await page.of(self.context, reading.of_document(document.id, job_id), rows.ExtractedTable.id, newest_first=False)
        return TablePage(items=await reading.views_of(self.context, found.items), next_cursor=found.next_cursor)

    @router.get("/jobs/{job_id}/tables/{table_id}", summary="A table", responses=refusals(400, 403, 404, 409))
    @access_control(module="tables", resource="read")
    async def table(self, job_id: JobId, table_id: TableId) -> TableView:
        """Its columns, its first rows, where it stands in the document, and its CSV. Needs `tables:read`."""
        return (await reading.views_of(self.context, [await reading.table(self.context, job_id, table_id)]))[0]

    @router.get("/jobs/{job_id}/tables/{table_id}/rows", summary="Rows of a table", responses=refusals(400, 403, 404, 409, 422))
    @access_control(module="tables", resource="read")
    async def table_rows(self, job_id: JobId, table_id: TableId, page: PageQuery) -> RowPage:
        """Cells as text, and beside each what it means in a column of its type. Needs `tables:read`."""
        return await reading.row_page(self.context, await reading.table(self.context, job_id, table_id), page)

    @router.get(
        "/jobs/{job_id}/tables/{table_id}/export",
        summary="A table as CSV",
        description="RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe.",
        response_class=Response,
        responses={
            200: {
                "description": "The CSV",
                "content": {"text/csv": {"schema": {"type": "string"}, "example": "op,P99 read\r\nread,4.2\r\n"}},
            },
            **refusals(400, 403, 404, 409, 410, 500),
        },
    )
    @access_control(module="tables", resource="read")
    async def export(self, request: Request, job_id: JobId, table_id: TableId) -> Response:
        return await exports.answer(self.context, job_id, table_id, request.method, request.headers)

    @router.post(
        "/jobs/{job_id}/tables/{table_id}/publish",
        summary="Publish a table as a result table of a run",
        description="Once for each run: asking again with the same names does nothing. Cells that cannot be results are named in a 422, "
        "and nothing is submitted.",
        responses=refusals(400, 403, 404, 409, 422),
    )
    @access_control(module="tables", resource="publish")
    async def publish(self, job_id: JobId, table_id: TableId, body: Publication) -> DefaultResponse:
        return DefaultResponse(message=await publishing.publish(self.context, job_id, table_id, body))


@router.websocket("/ws/jobs/{job_id}")
async def job_socket(socket: WebSocket, job_id: JobId) -> None:
    """A job as it goes on: `job.status` with the whole job, `job.progress` with percent and message."""
    await sockets.watch(socket, watching.of_job(job_id))
