"""Who refers to objects of the file store, in the relational database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from argus.db.base import moment
from argus.platform.tables import FileObject, FileRef


async def hold(session: AsyncSession, sha256: str, byte_size: int, owner_kind: str, owner_id: str) -> None:
    """Refer to an object; once more is the same as once."""
    insert: Any = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert
    kept = insert(FileObject).values(sha256=sha256, byte_size=byte_size, unused_since=None)
    await session.execute(kept.on_conflict_do_update(index_elements=["sha256"], set_={"unused_since": None}))
    await session.execute(insert(FileRef).values(sha256=sha256, owner_kind=owner_kind, owner_id=owner_id).on_conflict_do_nothing())


async def release(session: AsyncSession, owner_kind: str, owner_id: str) -> None:
    """Take an owner's references away, and note since when an object has none."""
    mine = (FileRef.owner_kind == owner_kind, FileRef.owner_id == owner_id)
    freed = list(await session.scalars(select(FileRef.sha256).where(*mine)))
    await session.execute(delete(FileRef).where(*mine))
    for sha256 in freed:
        nobody = ~exists().where(FileRef.sha256 == sha256)
        await session.execute(update(FileObject).where(FileObject.sha256 == sha256, nobody).values(unused_since=moment()))


async def is_unused(session: AsyncSession, sha256: str) -> bool:
    """Whether nobody refers to an object. The row is locked, so nobody begins to until the transaction ends."""
    await session.execute(select(FileObject).where(FileObject.sha256 == sha256).with_for_update())
    return await session.scalar(select(FileRef.sha256).where(FileRef.sha256 == sha256).limit(1)) is None
