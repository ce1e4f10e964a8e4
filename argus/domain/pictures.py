"""Profile pictures: a row each, and a file on this host's disk (docs/contract/pages.md#pictures)."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from uuid import UUID

from argus.kit.content import RASTER, sniff
from argus.kit.errors import UserServiceException
from argus.kit.pools import PICTURES
from argus.models.user import User, WebFileStorage
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import delete

log = logging.getLogger("argus.pictures")

LARGEST_PICTURE = 5 * 1024 * 1024  # bytes


def picture_type(data: bytes) -> str:
    """The media type of an uploaded picture, as its content says.

    Raises:
        UserServiceException: it is too large, or nothing that every browser shows and none can run.
    """
    if len(data) > LARGEST_PICTURE:
        raise UserServiceException(f"A picture may have at most {LARGEST_PICTURE // 1024**2} MiB.")
    mime = sniff(data)
    if not mime.startswith("image/"):
        raise UserServiceException(f"Expected image/*, got {mime} for user avatar.")
    if mime not in RASTER:
        raise UserServiceException(f"Expected a picture as PNG, JPEG, GIF, WebP, AVIF or BMP, got {mime}.")
    return mime


async def store_picture(runtime: Runtime, user: User, filename: str, data: bytes) -> UUID:
    """Keep a picture and return its id. The file is written first, so that no row ever names a file that was never there."""
    folder = runtime.settings.STORAGE_DIR / "profile_pictures"
    path = folder / f"profile_{_safe(user.username or '')}_{secrets.token_hex(5)}"
    await runtime.blocking(PICTURES, _write, path, data)
    row = WebFileStorage(filepath=str(path), filename=filename)
    await runtime.store.save(row)
    return row.id


async def read_picture(runtime: Runtime, picture: WebFileStorage) -> bytes | None:
    """The stored bytes; None when the file is missing."""
    return await runtime.blocking(PICTURES, _read, Path(picture.filepath or ""))


async def forget_picture(runtime: Runtime, picture_id: UUID) -> None:
    """Delete a picture that was replaced: file, then row. Best effort: the new one is in place already."""
    try:
        picture = await runtime.store.find(WebFileStorage, id=picture_id)
        if picture is not None:
            await runtime.blocking(PICTURES, Path(picture.filepath or "").unlink, missing_ok=True)
            await runtime.store.write(delete(WebFileStorage).where(id=picture_id))
    except (OSError, StorageError):
        log.exception("picture %s stays behind", picture_id)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None
