"""Workspaces and who belongs to them. At least one owner always does."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from argus.db.base import Base
from argus.db.tables import load_tables
from argus.features.artefacts.workspaces.schemas import MemberBody, MemberView, WorkspaceBody, WorkspaceChange, WorkspaceView
from argus.models.catalogue import ArgusRelease
from argus.models.team import Team
from argus.models.user import User
from argus.platform import events
from argus.platform.access import permissions
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, Denied, Invalid, NotFound
from argus.platform.tables import Event, Workspace, WorkspaceMember

ENTITY = "workspace"
MOST_MEMBERS = 200


def mine(context: ServiceContext, everybodys: bool) -> Select[Workspace]:
    """The caller's workspaces; an administrator may ask for everybody's.

    Raises:
        Denied: somebody else does.
    """
    if everybodys:
        if not context.is_admin:
            raise Denied("forbidden", "Only administrators see everybody's workspaces")
        return select(Workspace)
    membership = select(WorkspaceMember.workspace_id).where(WorkspaceMember.user_id == str(context.user.id))
    return select(Workspace).where(Workspace.id.in_(membership))


async def views(context: ServiceContext, workspaces: list[Workspace]) -> list[WorkspaceView]:
    """Workspaces as the caller sees them."""
    ids = [workspace.id for workspace in workspaces]
    rows = await context.session.scalars(
        select(WorkspaceMember).where(WorkspaceMember.workspace_id.in_(ids), WorkspaceMember.user_id == str(context.user.id))
    )
    memberships = {row.workspace_id: row for row in rows}
    return [view(context, workspace, memberships.get(workspace.id)) for workspace in workspaces]


def view(context: ServiceContext, workspace: Workspace, member: WorkspaceMember | None) -> WorkspaceView:
    role = member.role if member else None
    return WorkspaceView(
        workspace_id=workspace.id,
        name=workspace.name,
        release_id=workspace.release_id,
        team_id=workspace.team_id,
        role=role,
        is_default=member.is_default if member else False,
        permissions=sorted(permissions(role, context.is_admin, context.scopes)),
        created_at=workspace.created_at,
    )


async def create(context: ServiceContext, body: WorkspaceBody) -> WorkspaceView:
    """Make a workspace; its maker owns it.

    Raises:
        NotFound: no such release or team.
        Conflict: the caller has one of that name.
    """
    user_id = str(context.user.id)
    await _check(context, body.release_id)
    roles = await _of_team(context, body.team_id) | {user_id: "owner"}
    workspace = Workspace(owner_id=user_id, name=body.name, release_id=body.release_id, team_id=body.team_id)
    await _keep(context, workspace)
    members = {each: WorkspaceMember(workspace_id=workspace.id, user_id=each, role=role) for each, role in roles.items()}
    context.session.add_all(members.values())
    await context.session.flush()
    await events.record(context, "workspace.created", ENTITY, workspace.id, payload={"name": workspace.name, "members": len(members)})
    return view(context, workspace, members[user_id])


async def _keep(context: ServiceContext, workspace: Workspace) -> None:
    """Write it under a name that its owner has not given to another one."""
    try:
        async with context.session.begin_nested():
            context.session.add(workspace)
    except IntegrityError:
        raise Conflict("workspace_exists", f"There is a workspace {workspace.name!r} of this owner") from None


async def _check(context: ServiceContext, release_id: str | None) -> None:
    if release_id and await context.runtime.store.find(ArgusRelease, "id", id=UUID(release_id)) is None:
        raise NotFound("release_not_found", "Release not found")


async def _of_team(context: ServiceContext, team_id: str | None) -> dict[str, str]:
    if not team_id:
        return {}
    team = await context.runtime.store.find(Team, id=UUID(team_id))
    if team is None:
        raise NotFound("team_not_found", "Team not found")
    roles = {str(member): "member" for member in team.members}
    if team.leader is not None:
        roles[str(team.leader)] = "owner"
    if len(roles) > MOST_MEMBERS:
        raise Invalid("too_many_members", f"A workspace has at most {MOST_MEMBERS} members")
    return roles


async def entered(context: ServiceContext, workspace_id: str, *, as_owner: bool = False) -> tuple[Workspace, WorkspaceMember | None]:
    """A workspace of the caller's.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Denied: only its owners may do this.
    """
    workspace = await context.session.get(Workspace, workspace_id)
    member = await _member(context, workspace_id, str(context.user.id))
    if workspace is None or (member is None and not context.is_admin):
        raise NotFound("workspace_not_found", "Workspace not found")
    if as_owner and not context.is_admin and (member is None or member.role != "owner"):
        raise Denied("permission_denied", "Only owners of the workspace may do this", permission="workspace:manage")
    return workspace, member


async def _member(context: ServiceContext, workspace_id: str, user_id: str) -> WorkspaceMember | None:
    return await context.session.get(WorkspaceMember, (workspace_id, user_id))


async def change(context: ServiceContext, workspace_id: str, body: WorkspaceChange) -> WorkspaceView:
    """Change name, release or team.

    Raises:
        NotFound, Denied, Conflict
    """
    workspace, member = await entered(context, workspace_id, as_owner=True)
    given = body.model_dump(exclude_unset=True)
    if given.get("name", "") is None:
        raise Invalid("validation_error", "A workspace has a name")
    await _check(context, given.get("release_id"))
    if given.get("team_id"):
        await _of_team(context, given["team_id"])
    for name, value in given.items():
        setattr(workspace, name, value)
    await _keep(context, workspace)
    await events.record(context, "workspace.updated", ENTITY, workspace_id, payload={"changed": sorted(given)})
    return view(context, workspace, member)


async def remove(context: ServiceContext, workspace_id: str) -> None:
    """Remove an empty workspace.

    Raises:
        NotFound, Denied
        Conflict: something is in it.
    """
    workspace, _ = await entered(context, workspace_id, as_owner=True)
    if await _holds_something(context, workspace_id):
        raise Conflict("workspace_not_empty", "Something is in this workspace")
    await events.record(context, "workspace.deleted", ENTITY, workspace_id, payload={"name": workspace.name})
    await context.session.delete(workspace)


async def _holds_something(context: ServiceContext, workspace_id: str) -> bool:
    """Whether a row of any feature names it; what tells of the past and who belongs to it does not count."""
    load_tables()
    for mapper in Base.registry.mappers:
        column = mapper.columns.get("workspace_id")
        if column is None or mapper.class_ in (Workspace, WorkspaceMember, Event):
            continue
        if await context.session.scalar(select(func.count()).select_from(select(column).where(column == workspace_id).limit(1).subquery())):
            return True
    return False


def members_of(workspace_id: str) -> Select[WorkspaceMember]:
    """Who belongs to a workspace."""
    return select(WorkspaceMember).where(WorkspaceMember.workspace_id == workspace_id)


async def members(context: ServiceContext, rows: list[WorkspaceMember]) -> list[MemberView]:
    """Members with their names."""
    found = [(row, await context.runtime.store.find(User, "username", id=UUID(row.user_id))) for row in rows]
    return [_member_view(row, user.username if user else None) for row, user in found]


def _member_view(row: WorkspaceMember, username: str | None) -> MemberView:
    return MemberView(user_id=row.user_id, username=username, role=row.role, joined_at=row.joined_at)


async def add_member(context: ServiceContext, workspace_id: str, body: MemberBody) -> MemberView:
    """Add somebody.

    Raises:
        NotFound: no such workspace or user.
        Denied, Conflict: already a member, or too many.
    """
    await entered(context, workspace_id, as_owner=True)
    user = await context.runtime.store.find(User, "username", id=UUID(body.user_id))
    if user is None:
        raise NotFound("user_not_found", "User not found")
    if await _count(context, workspace_id) >= MOST_MEMBERS:
        raise Conflict("too_many_members", f"A workspace has at most {MOST_MEMBERS} members")
    row = WorkspaceMember(workspace_id=workspace_id, user_id=body.user_id.lower(), role=body.role)
    try:
        async with context.session.begin_nested():
            context.session.add(row)
    except IntegrityError:
        raise Conflict("already_member", "This user is a member already") from None
    await events.record(context, "workspace.member.added", ENTITY, workspace_id, payload={"user_id": row.user_id, "role": row.role})
    return _member_view(row, user.username)


async def set_role(context: ServiceContext, workspace_id: str, user_id: str, role: str) -> MemberView:
    """Give a member another role.

    Raises:
        NotFound, Denied
        Conflict: the last owner stays one.
    """
    await entered(context, workspace_id, as_owner=True)
    row = await _of(context, workspace_id, user_id)
    if role != "owner":
        await _keep_an_owner(context, row)
    row.role = role
    await events.record(context, "workspace.member.changed", ENTITY, workspace_id, payload={"user_id": user_id, "role": role})
    return (await members(context, [row]))[0]


async def remove_member(context: ServiceContext, workspace_id: str, user_id: str) -> None:
    """Remove a member; members may remove themselves.

    Raises:
        NotFound, Denied
        Conflict: the last owner stays.
    """
    await entered(context, workspace_id, as_owner=user_id.lower() != str(context.user.id))
    row = await _of(context, workspace_id, user_id)
    await _keep_an_owner(context, row)
    await context.session.delete(row)
    await events.record(context, "workspace.member.removed", ENTITY, workspace_id, payload={"user_id": user_id})


async def _of(context: ServiceContext, workspace_id: str, user_id: str) -> WorkspaceMember:
    row = await _member(context, workspace_id, user_id.lower())
    if row is None:
        raise NotFound("member_not_found", "This user is no member")
    return row


async def _keep_an_owner(context: ServiceContext, row: WorkspaceMember) -> None:
    """The workspace is locked first, so that two owners who leave at once do not both find the other one."""
    await context.session.execute(select(Workspace.id).where(Workspace.id == row.workspace_id).with_for_update())
    owners = select(WorkspaceMember.user_id).where(WorkspaceMember.workspace_id == row.workspace_id, WorkspaceMember.role == "owner")
    if list(await context.session.scalars(owners)) == [row.user_id]:
        raise Conflict("last_owner", "A workspace has an owner; make somebody else one first")


async def _count(context: ServiceContext, workspace_id: str) -> int:
    counted = select(func.count()).select_from(WorkspaceMember).where(WorkspaceMember.workspace_id == workspace_id)
    return await context.session.scalar(counted) or 0


async def make_default(context: ServiceContext, workspace_id: str) -> None:
    """Have requests that name no workspace be about this one.

    Raises:
        NotFound: the caller is no member.
    """
    user_id = str(context.user.id)
    if await _member(context, workspace_id, user_id) is None:
        raise NotFound("workspace_not_found", "Workspace not found")
    await context.session.execute(update(WorkspaceMember).where(WorkspaceMember.user_id == user_id).values(is_default=False))
    await context.session.execute(
        update(WorkspaceMember)
        .where(WorkspaceMember.user_id == user_id, WorkspaceMember.workspace_id == workspace_id)
        .values(is_default=True)
    )
