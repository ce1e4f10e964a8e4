"""Who may do what: roles in a workspace, scopes of an API key, and the decorator that says what a route needs.

Scopes narrow what a user may do and never widen it. `<module>:read` covers reading, `<module>:write` everything of a module, `*` all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from argus.platform.context import ServiceContext

P = ParamSpec("P")
T = TypeVar("T")

MEMBER = frozenset({"documents:read", "documents:write", "jobs:read", "jobs:write", "tables:read", "configurations:read", "events:read"})
OWNER = MEMBER | {"configurations:write", "tables:publish", "documents:delete", "workspace:manage"}
OF_ROLE: dict[str, frozenset[str]] = {"member": MEMBER, "owner": OWNER}
MODULES = ("documents", "jobs", "tables", "configurations", "events", "workspaces", "import", "triage", "deduper")
SCOPES = frozenset({"*", "argus:api", *(f"{module}:{verb}" for module in MODULES for verb in ("read", "write"))})


@dataclass(frozen=True, slots=True)
class Access:
    """What a route needs.

    Args:
        permission: `documents:write`; None where being logged in is enough.
        workspace: whether the permission is one of a role in a workspace; else only scopes are asked.
        public: no login.
    """

    permission: str | None = None
    admin: bool = False
    public: bool = False
    workspace: bool = False
    database: bool = True


class View(Protocol):
    """A class of routes: `context` is filled in by FastAPI."""

    context: ServiceContext


V = TypeVar("V", bound=View)
Endpoint = Callable[Concatenate[V, P], Awaitable[T]]


def access_control(
    module: str | None = None,
    resource: str = "read",
    *,
    admin: bool = False,
    public: bool = False,
    workspace: bool = True,
    database: bool = True,
) -> Callable[[Endpoint[V, P, T]], Endpoint[V, P, T]]:
    """Say what a route needs. Without anything: somebody who is logged in.

    Args:
        module: with `resource` it makes the permission, such as `documents:write`.
        workspace: False where the permission is only a scope, of a module that knows no workspaces.
        database: False for routes that must answer without the relational database.
    """
    permission = f"{module}:{resource}" if module else None
    access = Access(permission, admin, public, workspace and permission is not None, database)

    def decorate(endpoint: Endpoint[V, P, T]) -> Endpoint[V, P, T]:
        @wraps(endpoint)
        async def guarded(self: V, *args: P.args, **kwargs: P.kwargs) -> T:
            await self.context.grant(access)
            return await endpoint(self, *args, **kwargs)

        guarded.__access__ = access  # type: ignore[attr-defined]
        return cast("Endpoint[V, P, T]", guarded)

    return decorate


def access_of(endpoint: Any) -> Access:
    """What a route needs; one that does not say it needs somebody who is logged in."""
    found = getattr(endpoint, "__access__", None)
    return found if isinstance(found, Access) else Access()


def in_scope(scopes: frozenset[str] | None, permission: str) -> bool:
    """Whether scopes cover a permission; None: the caller has no key that narrows anything."""
    if scopes is None or "*" in scopes:
        return True
    module, _, verb = permission.partition(":")
    return f"{module}:write" in scopes or (verb == "read" and f"{module}:read" in scopes)


def permissions(role: str | None, is_admin: bool, scopes: frozenset[str] | None) -> frozenset[str]:
    """What a role may do in its workspace, narrowed by scopes."""
    of_role = OWNER if is_admin else OF_ROLE.get(role or "", frozenset())
    return frozenset(each for each in of_role if in_scope(scopes, each))
