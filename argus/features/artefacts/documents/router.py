"""Documents, served by FastAPI (docs/platform.md#artefacts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Path, Query, Request, Response
from fastapi_utils.cbv import cbv

from argus.features.artefacts.documents.schemas import (
    ULID,
    UUID,
    DocumentChange,
    DocumentDeletion,
    DocumentPage,
    DocumentTimeline,
    DocumentView,
)
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.route import extension_router, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.documents import download, form, service
    from argus.features.artefacts.documents import tables as rows
    from argus.platform import events
else:
    service = later("argus.features.artefacts.documents.service")
    download = later("argus.features.artefacts.documents.download")
    form = later("argus.features.artefacts.documents.form")
    rows = later("argus.features.artefacts.documents.tables")
    events = later("argus.platform.events")

router = extension_router("documents")

DocumentId = Annotated[str, Path(description="Id of the document", examples=[ULID], max_length=40)]
OfRun = Annotated[str | None, Query(description="Only those of a run", examples=[UUID], max_length=60)]

CONTENT: dict[str, Any] = {"schema": {"type": "string"}, "example": "op,p99\nread,4.2\n"}
UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                        "metadata": {"type": "string", "description": "A JSON object of at most 16 KiB"},
                        "document_type": {"type": "string", "maxLength": 120},
                        "run_id": {"type": "string"},
                        "test_id": {"type": "string"},
                        "release_id": {"type": "string"},
                        "expires_at": {"type": "string"},
                    },
                },
                "example": {"file": "op,p99\nread,4.2\n", "document_type": "performance_report", "metadata": '{"build": "2026.1.0"}'},
            }
        },
    }
}


@cbv(router)
class Documents:
    """What is uploaded."""

    context: ServiceContext = Depends(service_context)

    @router.get("/documents", summary="Documents of the workspace, the newest first", responses=refusals(400, 403, 422))
    @access_control(module="documents", resource="read")
    async def list_documents(
        self,
        page: PageQuery,
        run_id: OfRun = None,
        test_id: Annotated[str | None, Query(max_length=60)] = None,
        release_id: Annotated[str | None, Query(max_length=60)] = None,
        document_type: Annotated[str | None, Query(max_length=120)] = None,
        produced_by_job_id: Annotated[str | None, Query(max_length=40)] = None,
        q: Annotated[str | None, Query(max_length=255, description="How the names begin")] = None,
        include_deleted: Annotated[bool, Query(description="Also deleted ones; for owners")] = False,
    ) -> DocumentPage:
        """Filters are combined. Deleted ones are shown to those who may delete documents. Needs `documents:read`."""
        filters = service.Filters(run_id, test_id, release_id, document_type, produced_by_job_id, q, include_deleted)
        found = await page.of(self.context, service.listed(self.context, filters), rows.Document.id, newest_first=True)
        return DocumentPage(items=[service.view_of(each) for each in found.items], next_cursor=found.next_cursor)

    @router.post(
        "/documents",
        status_code=201,
        summary="Upload a file",
        description="The same content in the same workspace and for the same run answers 200 with the document that is there.",
        response_model=DocumentView,
        openapi_extra=UPLOAD,
        responses={200: {"model": DocumentView, "description": "It was there already"}, **refusals(400, 403, 404, 413, 415, 422, 507)},
    )
    @access_control(module="documents", resource="write")
    async def upload(self, request: Request, response: Response) -> DocumentView:
        form.need_room(request.headers.get("content-length"), self.context.settings.DOCUMENT_MAX_BYTES)
        given = form.UploadForm(request.headers.get("content-type"), request.stream())
        document, is_new = await service.upload(self.context, given)
        response.status_code = 201 if is_new else 200
        response.headers["Location"] = f"/documents/{document.document_id}"
        return document

    @router.get("/documents/{document_id}", summary="A document", responses=refusals(400, 403, 404))
    @access_control(module="documents", resource="read")
    async def get(self, document_id: DocumentId) -> DocumentView:
        """What is known of it, also of a deleted one; its content is at `download_url`. Needs `documents:read`."""
        return service.view_of(await service.get(self.context, document_id))

    @router.patch("/documents/{document_id}", summary="Change what is said of a document", responses=refusals(400, 403, 404, 410, 422))
    @access_control(module="documents", resource="write")
    async def change(self, document_id: DocumentId, body: DocumentChange) -> DocumentView:
        """Metadata, type and time of expiry; the content never changes. Needs `documents:write`."""
        return service.view_of(await service.change(self.context, document_id, body))

    @router.delete("/documents/{document_id}", status_code=204, summary="Delete a document", responses=refusals(400, 403, 404, 409, 422))
    @access_control(module="documents", resource="write")
    async def remove(self, document_id: DocumentId, body: DocumentDeletion | None = None) -> None:
        """It is marked as deleted, and gone for good with a later purge. Needs `documents:delete`, or that the caller has uploaded it;
        409 while a job reads it.
        """
        await service.remove(self.context, document_id, body.reason if body else None)

    @router.get(
        "/documents/{document_id}/download",
        summary="The content of a document",
        description="An attachment, with ranges and a strong ETag.",
        response_class=Response,
        responses={
            200: {
                "description": "The content",
                "content": {"application/octet-stream": CONTENT},
            },
            206: {"description": "A range of it"},
            304: {"description": "It is known already"},
            416: {"description": "There is no such range"},
            **refusals(400, 403, 404, 410, 500),
        },
    )
    @access_control(module="documents", resource="read")
    async def content(self, request: Request, document_id: DocumentId) -> Response:
        return await download.answer(self.context, document_id, request.method, request.headers)

    @router.get("/documents/{document_id}/events", summary="What happened to a document", responses=refusals(400, 403, 404, 422))
    @access_control(module="events", resource="read")
    async def timeline(
        self, document_id: DocumentId, page: PageQuery, event_type: Annotated[str | None, Query(max_length=100)] = None
    ) -> DocumentTimeline:
        """Events of the document, the newest first. Needs `events:read`."""
        document = await service.get(self.context, document_id)
        found = await events.timeline(self.context, page, service.OWNER, document_id, event_type)
        return DocumentTimeline(items=found.items, entity=service.summary_of(document), next_cursor=found.next_cursor)
