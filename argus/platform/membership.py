"""Which workspace a request is about, and what its caller is there."""

from __future__ import annotations

from sqlalchemy import select

from argus.db.database import Database
from argus.platform.errors import BadRequest, Denied
from argus.platform.tables import Workspace, WorkspaceMember


async def resolve(database: Database, user_id: str, wanted: str | None, is_admin: bool) -> tuple[str, str | None]:
    """The workspace, and the caller's role in it: the one that is named, else the default one, else the only one.

    Raises:
        BadRequest: there is none that could be meant.
        Denied: it is somebody else's. Whether there is such a workspace is not told.
    """
    async with database.reading() as session:
        if wanted is not None:
            role = await session.scalar(
                select(WorkspaceMember.role).where(WorkspaceMember.workspace_id == wanted, WorkspaceMember.user_id == user_id)
            )
            if role is None and not (is_admin and await session.get(Workspace, wanted) is not None):
                raise Denied("workspace_forbidden", "This workspace is not yours")
            return wanted, role
        mine = (
            await session.scalars(
                select(WorkspaceMember)
                .where(WorkspaceMember.user_id == user_id)
                .order_by(WorkspaceMember.is_default.desc(), WorkspaceMember.workspace_id)
                .limit(2)
            )
        ).all()
    if mine and (mine[0].is_default or len(mine) == 1):
        return mine[0].workspace_id, mine[0].role
    raise BadRequest("workspace_required", "Name a workspace: header X-Workspace-ID, or workspace_id in the query")
