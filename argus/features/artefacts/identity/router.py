"""API keys, tokens and users, served by FastAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Form, Path, Query, Response
from fastapi_utils.cbv import cbv

from argus.features.artefacts.identity.schemas import ULID, UUID, KeyBody, KeyView, Me, NewKey, TokenAnswer, UserView
from argus.kit.later import later
from argus.platform.access import access_control
from argus.platform.context import ServiceContext, service_context
from argus.platform.pages import PageQuery
from argus.platform.responses import Page
from argus.platform.route import extension_router, login_route, refusals

if TYPE_CHECKING:
    from argus.auth import tables
    from argus.features.artefacts.identity import service
else:
    service = later("argus.features.artefacts.identity.service")
    tables = later("argus.auth.tables")

router = extension_router("identity")


@cbv(router)
class Identities:
    """Who calls."""

    context: ServiceContext = Depends(service_context)

    @router.post("/auth/token", summary="A bearer token for a password", responses=refusals())
    @login_route
    @access_control(public=True)
    async def token(
        self,
        response: Response,
        username: Annotated[str, Form(max_length=320, examples=["ann"], description="User name or e-mail address")],
        password: Annotated[str, Form(max_length=1024, examples=["correct horse battery staple"])],
    ) -> TokenAnswer:
        """A form with user name (or e-mail address) and password, as OAuth2 has it. The token counts for an hour, as `Authorization:
        Bearer …`.
        """
        response.headers["Cache-Control"] = "no-store"
        return await service.token(self.context, username, password)

    @router.get("/auth/me", summary="Who calls, and how that is known", responses=refusals())
    @access_control()
    async def me(self) -> Me:
        """The account, which credential was used, and the workspaces with the caller's role."""
        return await service.me(self.context)

    @router.post("/auth/api-keys", status_code=201, summary="Make an API key", responses=refusals(404, 409))
    @access_control()
    async def create_key(self, body: KeyBody, response: Response) -> NewKey:
        """`api_key` is shown in this answer and never again. Keys cannot make keys; administrators make them for others. 20 live keys a
        user.
        """
        response.headers["Cache-Control"] = "no-store"
        return await service.create_key(self.context, body)

    @router.get("/auth/api-keys", summary="The caller's API keys, the newest first", responses=refusals())
    @access_control()
    async def list_keys(
        self, page: PageQuery, all: Annotated[bool, Query(description="Everybody's; for administrators")] = False
    ) -> Page[KeyView]:
        """With when and from where each was last used; without what proves it."""
        found = await page.of(self.context, service.keys(self.context, all), tables.ApiKey.id, newest_first=True)
        return Page[KeyView](items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)

    @router.delete("/auth/api-keys/{api_key_id}", status_code=204, summary="Revoke an API key", responses=refusals(404))
    @access_control()
    async def revoke_key(self, api_key_id: Annotated[str, Path(max_length=40, examples=[ULID])]) -> None:
        """It counts no more in any process within five seconds. Repeating it is harmless."""
        await service.revoke_key(self.context, api_key_id)

    @router.get("/users", summary="Accounts", responses=refusals())
    @access_control(admin=True)
    async def list_users(self, page: PageQuery) -> Page[UserView]:
        """For administrators, by user id."""
        found = await service.users(self.context, page.last(self.context, "user_id"), page.limit + 1)
        return page.part(self.context, found, "user_id")

    @router.get("/users/{user_id}", summary="An account", responses=refusals(404))
    @access_control()
    async def get_user(self, user_id: Annotated[str, Path(max_length=40, examples=[UUID])]) -> UserView:
        """One's own; administrators see everybody's."""
        return await service.user(self.context, user_id)
