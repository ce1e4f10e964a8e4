"""Pictures in comments: kept in the file store, named by a row of their run (docs/triage.md#pictures-in-comments)."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterable
from typing import TypedDict
from uuid import UUID, uuid4

from argus.db.opening import opened_database
from argus.domain.runs import locate
from argus.kit.answer import TEXT, Answer
from argus.kit.content import sniff
from argus.kit.errors import DataValidationError, foreseen
from argus.kit.forms import Upload
from argus.kit.parse import uuid_of
from argus.models.discussion import CommentPicture
from argus.models.user import User
from argus.platform.errors import ExtensionError
from argus.platform.files import ObjectMissing, file_store
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import Aggregate, delete, select

log = logging.getLogger("argus.pictures")

LARGEST = 5 * 1024 * 1024  # bytes
MOST = 200  # of one run
TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
OWNER = "comment_picture"
NAMED = re.compile(r"/api/v1/run/[0-9a-f-]{36}/pictures/([0-9a-f-]{36})")
"""How a text names a picture."""
HEADERS = (
    ("Cache-Control", "private, max-age=31536000, immutable"),  # an id names one content for ever
    ("Vary", "Cookie, Authorization"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class Kept(TypedDict):
    """A picture that comments of the run may show."""

    id: UUID
    url: str


async def keep(runtime: Runtime, user: User, run_id: str, upload: Upload | None) -> Kept:
    """Keep a picture for comments on a run.

    Raises:
        ValueError, DocumentNotFound: there is no such run.
        DataValidationError: no picture, none of `TYPES` by its content, too large, too many, or the file store does not take it.
    """
    run = uuid_of(run_id)
    if upload is None or not upload.data:
        raise DataValidationError("No picture was sent")
    if len(upload.data) > LARGEST:
        raise DataValidationError(f"A picture may have at most {LARGEST // 1024**2} MiB")
    media_type = sniff(upload.data)
    if media_type not in TYPES:
        raise DataValidationError("A picture must be PNG, JPEG, GIF or WebP")
    if await locate(runtime, run) is None:
        raise foreseen(DocumentNotFound(f"No run found matching {run}"))
    count = Aggregate("count")
    if (await runtime.store.aggregate(select(CommentPicture).where(run_id=run).aggregate(count)))[count.label] >= MOST:
        raise DataValidationError(f"The discussion of a run holds at most {MOST} pictures")
    row = CommentPicture(run_id=run, id=uuid4(), user_id=user.id, media_type=media_type, byte_size=len(upload.data))
    row = row.changed(sha256=await _store(runtime, row.id, upload.data))
    await runtime.store.save(row)
    return {"id": row.id, "url": f"/api/v1/run/{run}/pictures/{row.id}"}


async def _store(runtime: Runtime, picture_id: UUID, data: bytes) -> str:
    files = file_store(runtime)
    try:
        stored = await files.put(_once(data), limit=LARGEST)
        async with (await opened_database(runtime)).transaction() as session:
            await files.hold(session, stored.sha256, OWNER, str(picture_id))
    except (ExtensionError, ObjectMissing) as problem:
        log.exception("a picture of a comment cannot be kept")
        raise DataValidationError("Pictures cannot be kept at the moment; try again later") from problem
    return stored.sha256


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def shown(runtime: Runtime, run_id: str, picture_id: str) -> Answer:
    """A picture as browsers show it; 404 when there is none."""
    try:
        row = await runtime.store.get(CommentPicture, run_id=uuid_of(run_id), id=uuid_of(picture_id))
        data = b"".join([piece async for piece in file_store(runtime).read(row.sha256 or "")])
    except (ValueError, DocumentNotFound, ObjectMissing):
        return Answer(b"404 NOT FOUND", 404, TEXT)
    except ExtensionError:
        log.exception("picture %s cannot be read", picture_id)
        return Answer(b"503 SERVICE UNAVAILABLE", 503, TEXT)
    return Answer(data, 200, row.media_type or "application/octet-stream", HEADERS)


def named_in(texts: Iterable[str | None]) -> set[UUID]:
    """The pictures that texts show."""
    return {UUID(found) for text in texts for found in NAMED.findall(text or "")}


async def forget(runtime: Runtime, user: User, run_id: UUID, pictures: Iterable[UUID]) -> None:
    """Remove one's own pictures that no comment shows any more; the file store drops what nobody refers to."""
    for picture_id in pictures:
        row = await runtime.store.find(CommentPicture, run_id=run_id, id=picture_id)
        if row is None or row.user_id != user.id:
            continue
        await runtime.store.write(delete(CommentPicture).where(run_id=run_id, id=picture_id))
        try:
            async with (await opened_database(runtime)).transaction() as session:
                await file_store(runtime).release(session, OWNER, str(picture_id))
        except Exception:  # the comment is gone, and nothing shows the picture any more
            log.exception("the object of picture %s stays behind", picture_id)
