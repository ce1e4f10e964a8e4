"""Workspaces, served by FastAPI (docs/platform.md#routes)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Path, Query, Response
from fastapi_utils.cbv import cbv

from argus.features.artefacts.workspaces.schemas import (
    ULID,
    UUID,
    MemberBody,
    MemberView,
    RoleBody,
    WorkspaceBody,
    WorkspaceChange,
    WorkspaceView,
)
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.responses import DefaultResponse, Page
from argus.platform.route import extension_router, refusals

if TYPE_CHECKING:
    from argus.features.artefacts.workspaces import service
    from argus.platform import tables
else:
    service = later("argus.features.artefacts.workspaces.service")
    tables = later("argus.platform.tables")

router = extension_router("workspaces")

WorkspaceId = Annotated[str, Path(description="Id of the workspace", examples=[ULID], max_length=40)]
UserId = Annotated[str, Path(description="Id of a user", examples=[UUID], max_length=40)]


@cbv(router)
class Workspaces:
    """Workspaces, and who belongs to them."""

    context: ServiceContext = Depends(service_context)

    @router.get("/workspaces", summary="The caller's workspaces", responses=refusals(403))
    @access_control("workspaces", "read", workspace=False)
    async def list_workspaces(
        self, page: PageQuery, all: Annotated[bool, Query(description="Everybody's; for administrators")] = False
    ) -> Page[WorkspaceView]:
        """Those that the caller belongs to, with the role in each."""
        found = await page.of(self.context, service.mine(self.context, all), tables.Workspace.id, newest_first=True)
        return Page[WorkspaceView](items=await service.views(self.context, found.items), next_cursor=found.next_cursor)

    @router.post("/workspaces", status_code=201, summary="Make a workspace", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def create(self, body: WorkspaceBody, response: Response) -> WorkspaceView:
        """The caller becomes its owner; with `team_id` the team's leader becomes an owner and its members members. 409 where the caller
        owns one of that name.
        """
        made = await service.create(self.context, body)
        response.headers["Location"] = f"/workspaces/{made.workspace_id}"
        return made

    @router.get("/workspaces/{workspace_id}", summary="A workspace", responses=refusals(404))
    @access_control("workspaces", "read", workspace=False)
    async def get(self, workspace_id: WorkspaceId) -> WorkspaceView:
        """For members and administrators; others get a 404."""
        workspace, member = await service.entered(self.context, workspace_id)
        return service.view(self.context, workspace, member)

    @router.patch("/workspaces/{workspace_id}", summary="Change a workspace", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def change(self, workspace_id: WorkspaceId, body: WorkspaceChange) -> WorkspaceView:
        """Name, release and team; what is left out stays. For owners."""
        return await service.change(self.context, workspace_id, body)

    @router.delete("/workspaces/{workspace_id}", status_code=204, summary="Remove an empty workspace", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def remove(self, workspace_id: WorkspaceId) -> None:
        """409 `workspace_not_empty` where something stands in it. For owners."""
        await service.remove(self.context, workspace_id)

    @router.get("/workspaces/{workspace_id}/members", summary="Members of a workspace", responses=refusals(404))
    @access_control("workspaces", "read", workspace=False)
    async def members(self, workspace_id: WorkspaceId, page: PageQuery) -> Page[MemberView]:
        """Who belongs to it, and with what role."""
        await service.entered(self.context, workspace_id)
        found = await page.of(self.context, service.members_of(workspace_id), tables.WorkspaceMember.user_id, newest_first=False)
        return Page[MemberView](items=await service.members(self.context, found.items), next_cursor=found.next_cursor)

    @router.post("/workspaces/{workspace_id}/members", status_code=201, summary="Add a member", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def add_member(self, workspace_id: WorkspaceId, body: MemberBody) -> MemberView:
        """409 where somebody is a member already. For owners."""
        return await service.add_member(self.context, workspace_id, body)

    @router.patch("/workspaces/{workspace_id}/members/{user_id}", summary="Change a member's role", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def set_role(self, workspace_id: WorkspaceId, user_id: UserId, body: RoleBody) -> MemberView:
        """409 `last_owner` where nobody else would own it. For owners."""
        return await service.set_role(self.context, workspace_id, user_id, body.role)

    @router.delete("/workspaces/{workspace_id}/members/{user_id}", status_code=204, summary="Remove a member", responses=refusals(404, 409))
    @access_control("workspaces", "write", workspace=False)
    async def remove_member(self, workspace_id: WorkspaceId, user_id: UserId) -> None:
        """For owners, and for oneself. 409 `last_owner` where nobody else would own it."""
        await service.remove_member(self.context, workspace_id, user_id)

    @router.post("/workspaces/{workspace_id}/default", summary="Make it the caller's default", responses=refusals(404))
    @access_control("workspaces", "write", workspace=False)
    async def make_default(self, workspace_id: WorkspaceId) -> DefaultResponse:
        """It is taken where a request names no workspace."""
        await service.make_default(self.context, workspace_id)
        return DefaultResponse(message="Default workspace set")
