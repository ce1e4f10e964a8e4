"""What a service of an extension gets: who calls, in which workspace, and the session of its unit of work."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from fastapi import Request

from argus.auth.credentials import Identity, WrongCredential, authenticate
from argus.auth.identity import SAFE_METHODS, Head
from argus.auth.session import Session
from argus.db.opening import opened_database
from argus.kit import logs
from argus.kit.errors import RoleRequired, TunnelAccount
from argus.kit.later import later
from argus.kit.settings import Settings
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.platform.access import Access, in_scope, permissions
from argus.platform.errors import BadRequest, Denied, Unauthenticated
from argus.runtime import Runtime

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from argus.db.database import Database
    from argus.platform import membership
else:
    membership = later("argus.platform.membership")

log = logging.getLogger("argus.platform")

CONTEXT = "argus.context"
"""Where the scope of a request keeps its context."""

Source = Literal["api", "worker", "scheduler"]


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of who sends it; of either framework, or of a command."""

    head: Head
    session: Session
    workspace: str | None = None
    request_id: str = ""


@dataclass
class ServiceContext:
    """One request, or one piece of work, as services see it."""

    runtime: Runtime
    request_id: str
    writes: bool
    identity: Identity | None = None
    wanted_workspace: str | None = None
    source: Source = "api"
    head: Head | None = None
    browser_session: Session | None = None
    _database: Database | None = None
    _session: AsyncSession | None = None
    _workspace_id: str | None = None
    role: str | None = None
    permissions: frozenset[str] = frozenset()
    _granted: set[Access] = field(default_factory=set)

    @property
    def settings(self) -> Settings:
        return self.runtime.settings

    @property
    def user(self) -> User:
        """The caller.

        Raises:
            Unauthenticated: nobody is logged in.
        """
        if self.identity is None:
            raise Unauthenticated("authentication_required", "Authentication required", headers={"WWW-Authenticate": "Bearer"})
        return self.identity.user

    @property
    def auth_method(self) -> str | None:
        return self.identity.method if self.identity else None

    @property
    def api_key_id(self) -> str | None:
        return self.identity.api_key_id if self.identity else None

    @property
    def scopes(self) -> frozenset[str] | None:
        """What an API key narrows its user to; None: nothing is narrowed."""
        return self.identity.scopes if self.identity else None

    @property
    def is_admin(self) -> bool:
        return self.identity is not None and UserRoles.Admin in self.identity.user.roles

    @property
    def database(self) -> Database:
        """The relational database."""
        assert self._database is not None, "a route without a database (access_control(database=False)) has none"
        return self._database

    @property
    def session(self) -> AsyncSession:
        """The session of this unit of work; it takes a connection when it is first used."""
        if self._session is None:
            make = self.database.writing_sessions if self.writes else self.database.reading_sessions
            self._session = make()
        return self._session

    @property
    def workspace_id(self) -> str:
        """The workspace that this is about.

        Raises:
            BadRequest: none is named, and the caller has no default.
        """
        if self._workspace_id is None:
            raise BadRequest("workspace_required", "Name a workspace: header X-Workspace-ID, or workspace_id in the query")
        return self._workspace_id

    def allows(self, permission: str) -> bool:
        """Whether the caller may do something in the workspace."""
        return permission in self.permissions

    def need(self, permission: str) -> None:
        """Go on only if the caller may do something in the workspace.

        Raises:
            Denied
        """
        if not self.allows(permission):
            raise Denied("permission_denied", f"This needs the permission {permission}", permission=permission)

    async def commit(self) -> None:
        """End the transaction here: what was written is kept, and no connection is held any more. Later work begins another one."""
        if self._session is not None:
            await self._session.commit()
            await self._session.close()
            self._session = None

    async def abandon(self) -> None:
        """Take back what was not committed, and hold no connection any more."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def grant(self, access: Access) -> None:
        """Go on only if the caller has what a route needs; asked once.

        Raises:
            Unauthenticated, Denied, RoleRequired
            BadRequest: no workspace is named.
        """
        if access in self._granted or access.public:
            return
        user = self.user
        if access.admin and UserRoles.Admin not in user.roles:
            raise RoleRequired
        if access.permission is not None:
            await self._grant(access.permission, access.workspace)
        self._granted.add(access)

    async def _grant(self, permission: str, in_workspace: bool) -> None:
        if in_workspace:
            await self._enter_workspace()
            self.need(permission)
        elif not in_scope(self.scopes, permission):
            raise Denied("permission_denied", f"This needs the scope {permission}", permission=permission)

    async def _enter_workspace(self) -> None:
        if self._workspace_id is not None:
            return
        found = await membership.resolve(self.database, str(self.user.id), self.wanted_workspace, self.is_admin)
        self._workspace_id, self.role = found
        self.permissions = permissions(self.role, self.is_admin, self.scopes)
        logs.note(workspace_id=self._workspace_id)

    def publish(self, topic: str, kind: str, data: Mapping[str, Any]) -> None:
        """Tell those who watch a topic, once what this unit of work writes is committed."""
        from argus.db.session import after_commit
        from argus.platform.message_hub import publish

        after_commit(self.session, lambda: publish(self.runtime, topic, kind, data))


@asynccontextmanager
async def unit_of_work(
    runtime: Runtime, caller: Caller, access: Access | None = None, *, writes: bool | None = None
) -> AsyncIterator[ServiceContext]:
    """A context whose work is committed at the end, all of it or, when something is raised, nothing.

    Args:
        access: what is needed; asked before anything else happens.
        writes: whether the session may write; else as the request's method says.

    Raises:
        Unauthenticated, Denied, BadRequest: the caller may not.
    """
    access = access or Access()
    will_write = caller.head.method not in SAFE_METHODS if writes is None else writes
    context = ServiceContext(
        runtime, caller.request_id, will_write, None, caller.workspace, head=caller.head, browser_session=caller.session
    )
    if access.database:
        context._database = await opened_database(runtime)
    if not access.public or caller.head.method in SAFE_METHODS:
        context.identity = await _identity(runtime, caller, access)
    try:
        try:
            await context.grant(access)
        except (Denied, RoleRequired) as denied:
            await _tell_of_denial(context, denied)
            raise
        yield context
        if context._session is not None:
            await context._session.commit()
    finally:
        if context._session is not None:
            await context._session.close()


async def _identity(runtime: Runtime, caller: Caller, access: Access) -> Identity | None:
    try:
        return await authenticate(runtime, caller.head, caller.session)
    except WrongCredential:
        if access.public:
            return None
        raise Unauthenticated("invalid_credentials", "The credential does not count", headers={"WWW-Authenticate": "Bearer"}) from None
    except TunnelAccount:
        if access.public:
            return None
        raise


async def _tell_of_denial(context: ServiceContext, denied: Exception) -> None:
    from argus.platform import events

    head = context.head
    about = {"method": head.method, "path": head.path[:200], "code": getattr(denied, "code", "forbidden")} if head else {}
    await events.record_denial(context, about)


async def service_context(request: Request) -> ServiceContext:
    """The context of a request on an extension route: `context: ServiceContext = Depends(service_context)`."""
    context: ServiceContext = request.scope[CONTEXT]
    return context


async def get_session(request: Request) -> Any:
    """The session of a request's unit of work, as a dependency; services take it from their context."""
    return (await service_context(request)).session
