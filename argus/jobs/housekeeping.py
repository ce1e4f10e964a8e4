"""What nobody can reach any more goes. What expires by itself (sessions that ended, keys of tunnels) is the database's own work."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from argus.domain.outbox import forget_old
from argus.kit.clock import now
from argus.kit.pools import PICTURES
from argus.models.catalogue import ArgusRelease
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.models.user import User, UserOauthToken, WebFileStorage
from argus.runtime import Runtime
from argus.storage.statements import delete, select

YOUNG = 24 * 3600  # seconds; what is younger may belong to something that is just being written
TICKET = "::ticket="


async def clean(runtime: Runtime) -> str | None:
    """One round through everything that can be left behind."""
    users = {user.id: user.picture_id for user in await runtime.store.all(select(User, "id", "picture_id"))}
    counts = {
        "sign-on tokens of deleted accounts": await _tokens(runtime, set(users)),
        "pictures that nobody has": await _pictures(runtime, {picture for picture in users.values() if picture}),
        "files without a picture": await _files(runtime),
        "abandoned computations of statistics": await _tickets(runtime),
    }
    await forget_old(runtime)
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or None


async def _tokens(runtime: Runtime, users: set[UUID]) -> int:
    gone = [token.id for token in await runtime.store.all(select(UserOauthToken, "id", "user_id")) if token.user_id not in users]
    for token in gone:
        await runtime.store.write(delete(UserOauthToken).where(id=token))
    return len(gone)


async def _pictures(runtime: Runtime, used: set[UUID]) -> int:
    """Rows, with their files, that no account shows and whose file is no upload of today."""
    gone = 0
    for picture in await runtime.store.all(select(WebFileStorage, "id", "filepath")):
        path = Path(picture.filepath or "")
        if picture.id in used or not await runtime.blocking(PICTURES, _is_old, path):
            continue
        await runtime.store.write(delete(WebFileStorage).where(id=picture.id))
        await runtime.blocking(PICTURES, path.unlink, missing_ok=True)
        gone += 1
    return gone


async def _files(runtime: Runtime) -> int:
    """Files of this host that no row names: what a crash between file and row leaves."""
    named = {picture.filepath for picture in await runtime.store.all(select(WebFileStorage, "id", "filepath"))}
    folder = runtime.settings.STORAGE_DIR / "profile_pictures"
    return await runtime.blocking(PICTURES, _remove_unnamed, folder, named)


async def _tickets(runtime: Runtime) -> int:
    before, gone = now() - timedelta(seconds=YOUNG), 0
    for release in await runtime.store.all(select(ArgusRelease, "id")):
        columns = select(ReleaseStatsSnapshot, "release_id", "filter_key", "generated_at")
        for row in await runtime.store.all(columns.where(release_id=release.id)):
            if TICKET in row.filter_key and (row.generated_at is None or row.generated_at < before):
                await runtime.store.write(delete(ReleaseStatsSnapshot).where(release_id=release.id, filter_key=row.filter_key))
                gone += 1
    return gone


def _is_old(path: Path) -> bool:
    """Whether a file has been there for a day, or is not there; one on another host is not ours to judge."""
    try:
        return time.time() - path.stat().st_mtime > YOUNG
    except FileNotFoundError:
        return False


def _remove_unnamed(folder: Path, named: set[str | None]) -> int:
    gone = 0
    for path in folder.glob("profile_*"):
        if str(path) not in named and _is_old(path):
            path.unlink(missing_ok=True)
            gone += 1
    return gone
