"""What a purge removes of the documents."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from argus.features.artefacts.documents.retention import purge, purgeable
from argus.platform.purging import Purging, purge_of


@purge_of("documents")
async def purge_documents(purging: Purging) -> int:
    """Documents that were deleted long ago, or have expired; those that a job reads stay."""
    which = purgeable(purging.before)
    if purging.dry_run:
        return await purging.rows(which, _none)
    removed = 0
    while True:
        async with purging.work.database.reading() as session:
            document_id = await session.scalar(which.limit(1))
        if document_id is None:
            return removed
        gone = False
        while not gone:
            await purging.work.checkpoint()
            async with purging.work.transaction() as session:
                gone = await purge(session, purging.work.runtime, document_id)
        removed += 1


async def _none(_: AsyncSession) -> int:
    return 0
