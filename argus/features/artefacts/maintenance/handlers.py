"""The purge: what nobody refers to, what counts no more, and dead letters that are old. A part of a feature's own data is removed by what
the feature registers with `purges`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.features.artefacts.maintenance.service import KIND
from argus.features.artefacts.maintenance.tables import Purge
from argus.platform import file_refs, idempotency
from argus.platform.files import FileStore, file_store
from argus.platform.kinds import handler
from argus.platform.purging import Purging, purges
from argus.platform.tables import FileObject, Idempotency, WorkItem
from argus.platform.work import Work

DEAD_LETTERS_DAYS = 90
DONE_DAYS = 7
SOME = 500  # rows of one transaction


async def purge_ended(session: AsyncSession, item: WorkItem, outcome: str, error: dict[str, Any] | None) -> None:
    """The purge came to nothing more."""
    purge = await session.get(Purge, item.payload["purge_id"])
    if purge is not None:
        purge.state, purge.error, purge.finished_at = outcome, error, moment()


@handler(KIND, max_attempts=3, ended=purge_ended)
async def purge(work: Work) -> None:
    """Remove what may go; a dry run only counts it."""
    async with work.transaction() as session:
        asked = await session.get(Purge, work.payload["purge_id"])
        if asked is None or asked.state == "done":
            return
        asked.state = "running"
    todo = Purging(work, asked.dry_run, moment() - timedelta(days=asked.older_than_days))
    removed: dict[str, int] = {}
    for name, part in sorted(purges().items()):
        removed[name] = await part(todo)
        await work.checkpoint()
    removed["idempotency"] = await _idempotency(todo)
    removed["dead_letters"] = await _items(todo, "failed", DEAD_LETTERS_DAYS)
    removed["work_items"] = await _items(todo, "done", DONE_DAYS) + await _items(todo, "cancelled", DONE_DAYS)
    removed["objects"] = await _objects(todo)
    async with work.completing() as session:
        ended = await session.get_one(Purge, asked.id)
        ended.state, ended.removed, ended.finished_at = "done", removed, moment()


async def _idempotency(todo: Purging) -> int:
    return await todo.rows(select(Idempotency).where(Idempotency.expires_at <= moment()), idempotency.remove_expired)


async def _items(todo: Purging, state: str, days: int) -> int:
    old = select(WorkItem).where(WorkItem.state == state, WorkItem.finished_at < moment() - timedelta(days=days))

    async def some(session: AsyncSession) -> int:
        ids = list(await session.scalars(old.with_only_columns(WorkItem.id).limit(SOME)))
        await session.execute(delete(WorkItem).where(WorkItem.id.in_(ids)))
        return len(ids)

    return await todo.rows(old, some)


async def _objects(todo: Purging) -> int:
    """Objects without a reference that have stood for a day."""
    store, removed = file_store(todo.work.runtime), 0
    for sha256 in await store.orphans():
        await todo.work.checkpoint()
        removed += await _object(todo, store, sha256)
    if not todo.dry_run:
        await store.sweep_drafts()
    return removed


async def _object(todo: Purging, store: FileStore, sha256: str) -> bool:
    if todo.dry_run:
        async with todo.work.database.reading() as session:
            return await file_refs.is_unused(session, sha256)
    async with todo.work.transaction() as session:  # whoever wants to refer to it waits for this, and then finds no object

        async def unused() -> bool:
            return await file_refs.is_unused(session, sha256)

        gone = await store.remove(sha256, unused)
        if gone:
            await session.execute(delete(FileObject).where(FileObject.sha256 == sha256))
        return gone
