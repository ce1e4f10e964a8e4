"""Documents: what is uploaded, changed, deleted, and who may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError

from argus.db.base import moment
from argus.domain.runs import locate
from argus.features.artefacts.documents.file_types import FileType, UnsupportedType, type_of
from argus.features.artefacts.documents.form import UploadForm
from argus.features.artefacts.documents.schemas import DocumentChange, DocumentSummary, DocumentView
from argus.features.artefacts.documents.tables import Document
from argus.features.artefacts.extraction.tables import Job
from argus.kit.pools import DOCUMENTS
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.platform import events
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, Gone, Invalid, NotFound, WrongType
from argus.platform.files import file_store

LARGEST_METADATA = 16 * 1024  # bytes, as JSON
LONGEST_TYPE = 120
OWNER = "document"
MOMENTS = TypeAdapter(datetime)


@dataclass(slots=True)
class Upload:
    """What an upload's form says beside the file."""

    metadata: dict[str, Any]
    document_type: str | None
    run_id: str | None
    test_id: str | None
    release_id: str | None
    expires_at: datetime | None


async def upload(context: ServiceContext, form: UploadForm) -> tuple[DocumentView, bool]:
    """Keep a file. Everything is checked before it becomes an object of the store, so a refused one leaves nothing.

    Returns:
        The document, and whether it is new; the same content in the workspace and for the run is there once.

    Raises:
        BadRequest: `empty_file`.
        NotFound: no such run, test or release.
        TooLarge: `file_too_large`.
        WrongType: `unsupported_type`.
        Invalid: the form, or a field of it.
        StorageFull: `storage_full`.
    """
    checked: list[tuple[FileType, Upload]] = []

    async def check(path: Path) -> None:
        given = _fields(form.fields)
        await _check_subjects(context, given)
        checked.append((await _type_of(context, path, form.filename or ""), given))

    files = file_store(context.runtime)
    stored = await files.put(form.pieces(), limit=context.settings.DOCUMENT_MAX_BYTES, check=check)
    [(file_type, given)] = checked
    document = Document(
        workspace_id=context.workspace_id,
        original_filename=form.filename or "",
        content_type=file_type.content_type,
        byte_size=stored.byte_size,
        sha256=stored.sha256,
        document_type=given.document_type,
        run_id=given.run_id,
        test_id=given.test_id,
        release_id=given.release_id,
        belongs_to=given.run_id or "",
        details=given.metadata,
        created_by=str(context.user.id),
        expires_at=given.expires_at,
    )
    if (present := await _living(context, document)) is not None:
        return view_of(present, duplicate=True), False
    try:
        async with context.session.begin_nested():
            context.session.add(document)
    except IntegrityError:
        present = await _living(context, document)
        if present is None:
            raise
        return view_of(present, duplicate=True), False
    await files.hold(context.session, stored.sha256, OWNER, document.document_id)
    about = {"original_filename": document.original_filename, "byte_size": document.byte_size, "sha256": document.sha256}
    await events.record(context, "document.uploaded", OWNER, document.document_id, payload=about)
    return view_of(document), True


async def _type_of(context: ServiceContext, path: Path, name: str) -> FileType:
    try:
        return await context.runtime.blocking(DOCUMENTS, type_of, path, name)
    except UnsupportedType as refused:
        raise WrongType("unsupported_type", f"This file is not taken: {refused}") from None


def _fields(fields: Mapping[str, str]) -> Upload:
    kind = fields.get("document_type", "").strip()
    if len(kind) > LONGEST_TYPE:
        raise _invalid("document_type", f"longer than {LONGEST_TYPE} characters")
    expires = fields.get("expires_at", "").strip()
    try:
        expires_at = _in_utc(MOMENTS.validate_python(expires)) if expires else None
    except ValidationError:
        raise _invalid("expires_at", "no date and time") from None
    ids = {name: _uuid(name, fields.get(name, "").strip()) for name in ("run_id", "test_id", "release_id")}
    return Upload(_metadata(fields.get("metadata", "")), kind or None, ids["run_id"], ids["test_id"], ids["release_id"], expires_at)


def _metadata(text: str) -> dict[str, Any]:
    if len(text.encode()) > LARGEST_METADATA:
        raise _invalid("metadata", f"longer than {LARGEST_METADATA} bytes")
    try:
        found = json.loads(text or "{}", parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _invalid("metadata", "no JSON") from None
    if not isinstance(found, dict):
        raise _invalid("metadata", "no JSON object")
    return check_metadata(found)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def check_metadata(found: dict[str, Any]) -> dict[str, Any]:
    """Raises:
    Invalid: more than may be kept, or text that no database keeps.
    """
    written = json.dumps(found, ensure_ascii=False)
    if "\0" in written or "\\u0000" in written:
        raise _invalid("metadata", "has a character that cannot be stored")
    try:
        size = len(written.encode())
    except UnicodeEncodeError:
        raise _invalid("metadata", "has a character that cannot be stored") from None
    if size > LARGEST_METADATA:
        raise _invalid("metadata", f"longer than {LARGEST_METADATA} bytes")
    return found


def _uuid(name: str, text: str) -> str | None:
    try:
        return str(UUID(text)) if text else None
    except ValueError:
        raise _invalid(name, "no UUID") from None


def _in_utc(found: datetime) -> datetime:
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _invalid(name: str, reason: str) -> Invalid:
    return Invalid(f"invalid_{name}", f"{name}: {reason}", errors=[{"loc": ["body", name], "msg": reason, "type": "value_error"}])


async def _check_subjects(context: ServiceContext, given: Upload) -> None:
    """Raises:
    NotFound: the run, the test or the release is not there.
    """
    store = context.runtime.store
    if given.run_id and await locate(context.runtime, UUID(given.run_id)) is None:
        raise NotFound("run_not_found", "Run not found")
    if given.test_id and await store.find(ArgusTest, id=UUID(given.test_id)) is None:
        raise NotFound("test_not_found", "Test not found")
    if given.release_id and await store.find(ArgusRelease, id=UUID(given.release_id)) is None:
        raise NotFound("release_not_found", "Release not found")


async def _living(context: ServiceContext, like: Document) -> Document | None:
    found = select(Document).where(
        Document.workspace_id == like.workspace_id,
        Document.sha256 == like.sha256,
        Document.belongs_to == like.belongs_to,
        Document.deleted_at.is_(None),
    )
    return (await context.session.scalars(found)).one_or_none()


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents are listed."""

    run_id: str | None = None
    test_id: str | None = None
    release_id: str | None = None
    document_type: str | None = None
    produced_by_job_id: str | None = None
    q: str | None = None
    """How names begin."""
    include_deleted: bool = False


def listed(context: ServiceContext, filters: Filters) -> Select[Document]:
    """The documents of the workspace that a caller asks for.

    Raises:
        Denied: deleted ones, and the caller is no owner.
    """
    found = select(Document).where(Document.workspace_id == context.workspace_id)
    for name in ("run_id", "test_id", "release_id", "document_type", "produced_by_job_id"):
        if (value := getattr(filters, name)) is not None:
            found = found.where(getattr(Document, name) == value)
    if filters.q:
        found = found.where(Document.original_filename.startswith(filters.q, autoescape=True))
    if filters.include_deleted:
        context.need("documents:delete")
    else:
        found = found.where(Document.deleted_at.is_(None))
    return found


async def get(context: ServiceContext, document_id: str) -> Document:
    """A document of the workspace, deleted or not.

    Raises:
        NotFound: there is none, or it is another workspace's.
    """
    document = await context.session.get(Document, document_id)
    if document is None or document.workspace_id != context.workspace_id:
        raise NotFound("document_not_found", "Document not found")
    return document


async def readable(context: ServiceContext, document_id: str) -> Document:
    """A document whose content may be read.

    Raises:
        NotFound: as `get`.
        Gone: it was deleted, or its time is over.
    """
    document = await get(context, document_id)
    if document.deleted_at is not None:
        raise Gone("document_deleted", "The document was deleted")
    if document.expires_at is not None and document.expires_at <= moment():
        raise Gone("document_expired", "The document has expired")
    return document


async def change(context: ServiceContext, document_id: str, body: DocumentChange) -> Document:
    """Change what is said of a document.

    Raises:
        NotFound: as `get`.
        Gone: it was deleted.
        Invalid: metadata of more than 16 KiB.
    """
    document = await get(context, document_id)
    if document.deleted_at is not None:
        raise Gone("document_deleted", "The document was deleted")
    named = body.model_fields_set
    if "metadata" in named:
        document.details = check_metadata(body.metadata or {})
    if "document_type" in named:
        document.document_type = body.document_type
    if "expires_at" in named:
        document.expires_at = _in_utc(body.expires_at) if body.expires_at else None
    await context.session.flush()
    await events.record(context, "document.metadata.updated", OWNER, document_id, payload={"changed": sorted(named)})
    return document


async def remove(context: ServiceContext, document_id: str, reason: str | None) -> None:
    """Delete a document; its content goes later, with the maintenance.

    Raises:
        NotFound: as `get`.
        Denied: the caller has neither uploaded it nor the right to delete.
        Conflict: a job reads it.
    """
    document = await get(context, document_id)
    if document.created_by != str(context.user.id):
        context.need("documents:delete")
    if document.deleted_at is not None:
        return
    if await is_read(context, document_id):
        raise Conflict("document_in_use", "A job reads the document")
    document.deleted_at = moment()
    await context.session.flush()
    await events.record(context, "document.deleted", OWNER, document_id, payload={"reason": reason} if reason else {})


async def is_read(context: ServiceContext, document_id: str) -> bool:
    """Whether a job waits for a document or reads it."""
    reading = select(Job.job_id).where(Job.document_id == document_id, Job.status.in_(("pending", "running"))).limit(1)
    return (await context.session.scalar(reading)) is not None


def view_of(document: Document, duplicate: bool = False) -> DocumentView:
    """A document as it is answered."""
    return DocumentView(
        metadata=document.details,
        download_url=f"/documents/{document.document_id}/download",
        duplicate=duplicate,
        **{name: getattr(document, name) for name in DocumentView.model_fields if hasattr(document, name) and name != "metadata"},
    )


def summary_of(document: Document) -> DocumentSummary:
    """What a timeline says of it."""
    return DocumentSummary(
        document_id=document.document_id,
        original_filename=document.original_filename,
        content_type=document.content_type,
        deleted_at=document.deleted_at,
    )
