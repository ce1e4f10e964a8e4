"""The content of a document: an attachment that runs nothing in a browser, in ranges where they are asked for."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from argus.features.artefacts.documents import service
from argus.features.artefacts.documents.tables import Document
from argus.platform import events
from argus.platform.context import ServiceContext
from argus.platform.errors import Broken
from argus.platform.files import FileStore, ObjectMissing, file_store

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-cache",
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII)


async def answer(context: ServiceContext, document_id: str, method: str, fields: Mapping[str, str]) -> Response:
    """The content, a part of it, or that it is known already.

    Raises:
        NotFound, Gone: as `service.readable`.
        Broken: the object is not in the store (`object_missing`).
    """
    return await content(context, await service.readable(context, document_id), method, fields)


async def content(
    context: ServiceContext, document: Document, method: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> Response:
    """As `answer`, of a document that was found already, with further headers."""
    tag = f'"{document.sha256}"'
    known = {**SAFE, "ETag": tag, **(headers or {})}
    if _is_known(fields.get("if-none-match"), tag):
        return Response(status_code=304, headers=known)
    files = file_store(context.runtime)
    await _need_object(context, files, document)
    known["Content-Disposition"] = disposition(document.original_filename)
    size = document.byte_size
    start, end, status = 0, size, 200
    part = range_of(fields.get("range"), size) if method == "GET" and fields.get("if-range", tag) == tag else None
    if part is not None:
        start, end = part
        if start >= end:
            return Response(status_code=416, headers={**known, "Content-Range": f"bytes */{size}"})
        status = 206
        known["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    known["Content-Length"] = str(end - start)
    if method == "HEAD":
        return Response(status_code=status, headers=known, media_type=media_type(document))
    await context.commit()  # nothing is held while the content goes out
    return StreamingResponse(_pieces(files, document.sha256, start, end), status, known, media_type=media_type(document))


async def _pieces(files: FileStore, sha256: str, start: int, end: int) -> AsyncIterator[bytes]:
    async for piece in files.read(sha256, start, end):
        yield piece


async def _need_object(context: ServiceContext, files: FileStore, document: Document) -> None:
    try:
        await files.size(document.sha256)
    except ObjectMissing:
        await events.record(context, "document.object.missing", service.OWNER, document.id, payload={"sha256": document.sha256}, alone=True)
        raise Broken("object_missing", "The content of the document is gone") from None


def range_of(asked: str | None, size: int) -> tuple[int, int] | None:
    """From which byte to before which one; an empty range where none of it is there. None: the whole content, as for several ranges."""
    found = _RANGE.fullmatch(asked or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    if found[2] and int(found[2]) < int(found[1]):
        return None
    return int(found[1]), min(size, int(found[2]) + 1) if found[2] else size


def _is_known(tags: str | None, tag: str) -> bool:
    return tags is not None and (tags.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in tags.split(",")])


def disposition(name: str) -> str:
    """A header that names a file, whatever is in the name (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9 ._()+,@=-]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def media_type(document: Document) -> str:
    """Of the answer; texts say that they are UTF-8 where they were produced here."""
    if document.content_type.startswith("text/") and document.produced_by_job_id:
        return f"{document.content_type}; charset=utf-8"
    return document.content_type
