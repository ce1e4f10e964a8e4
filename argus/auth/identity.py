"""Who calls: one resolution for both lanes (docs/contract/conventions.md#who-calls), and what they may do."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from argus.auth import api_keys
from argus.auth.lifetime import identified, owner_of
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.kit import logs
from argus.kit.errors import APIException, AreaRefused, CrossSite, LoginRequired, RoleRequired, TunnelAccount
from argus.kit.parse import uuid_of
from argus.models.enums import UserRoles
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import eq, select
from argus.storage.store import Store

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

USER = "argus.user"
"""Where the scope of a request keeps who sends it: a `User`, or None; absent where nobody has asked."""


class Head(NamedTuple):
    """What a request says before its body is read; all but the first two and `address` are headers."""

    method: str
    path: str
    host: str | None
    authorization: str | None
    origin: str | None
    fetch_site: str | None
    api_key: str | None = None
    address: str | None = None


async def who_calls(runtime: Runtime, head: Head, session: Session) -> User | None:
    """The user of a request, or None. Logs say from now on who it is, and which administrator stands behind.

    Raises:
        CrossSite: a write with a cookie that another site's page sent.
        APIException, ValueError: see `identify`.
    """
    if head.api_key is not None and not head.authorization:
        return await _key_calls(runtime, head.api_key, head.address)
    refuse_cross_site(head.method, head.authorization, head.host, head.origin, head.fetch_site)
    user = await identify(runtime.store, head.authorization, session)
    if user is None:
        return None
    logs.note(user=user.username or str(user.id))
    if not uses_token(head.authorization):
        await tell_who_stands_behind(runtime, head, session, user)
    return user


async def tell_who_stands_behind(runtime: Runtime, head: Head, session: Session, user: User) -> None:
    """Where an administrator acts as somebody else, logs say who from now on, and the security log keeps each write."""
    original = session.get("original_user")
    if not original:
        return
    admin = await runtime.store.find(User, "username", id=uuid_of(original))
    logs.note(impersonator=(admin.username if admin else None) or str(original))
    if head.method not in SAFE_METHODS:
        await record(runtime, SecurityEvents.ACTED_AS, user, f"{head.method} {head.path}")


async def _key_calls(runtime: Runtime, key: str, address: str | None) -> User:
    """The user of an API key, on routes that were there before extensions.

    Raises:
        APIException: the key does not count; it is answered like a bad token.
        RoleRequired: the key is not for these routes.
    """
    try:
        use = await api_keys.check(runtime, key, address)
    except api_keys.InvalidKey:
        raise APIException("User not found for supplied API key") from None
    if not use.scopes & {"*", "argus:api"}:
        raise RoleRequired
    logs.note(user=use.user.username or str(use.user.id))
    return use.user


async def admin_calls(runtime: Runtime, head: Head, user: User | None) -> User:
    """An administrator, whose writes the security log tells of.

    Raises:
        RoleRequired, TunnelAccount
    """
    admin = require_admin(user)
    if head.method not in SAFE_METHODS:
        await record(runtime, SecurityEvents.ADMIN_WRITE, details=f"{head.method} {head.path}")
    return admin


async def identify(store: Store, authorization: str | None, session: Session) -> User | None:
    """The user of a request, or None.

    Args:
        authorization: the `Authorization` header. Only the scheme `token` counts; others fall through to the session.

    Raises:
        APIException: a token that nobody has, or none after the word `token`.
        ValueError: a header of blanks only, or a session whose `user_id` is no UUID.
    """
    if authorization:
        scheme, *words = authorization.split()  # of blanks only: `not enough values to unpack`
        if scheme == "token":
            if not words:
                raise APIException("Malformed authorization header")
            user = await store.first(select(User).where(eq("api_token", words[0])))
            if user is None:
                raise APIException("User not found for supplied token")
            return user
    user_id = session.get("user_id")
    if not user_id:
        return None
    user = await identified(store, session, uuid_of(user_id), uuid_of(owner_of(session) or user_id))
    if user is None:
        session.clear()
    return user


def uses_token(authorization: str | None) -> bool:
    """Whether a request names an API token, so that no cookie counts."""
    return bool(authorization) and (authorization or "").split()[:1] == ["token"]


def require_login(user: User | None) -> User:
    """Anybody logged in, but for tunnel servers' accounts.

    Raises:
        LoginRequired, TunnelAccount
    """
    if user is None:
        raise LoginRequired
    if UserRoles.SSHTunnelServer in user.roles:
        raise TunnelAccount
    return user


def require_admin(user: User | None) -> User:
    """`ROLE_ADMIN`; the role is checked before the login (docs/contract/conventions.md#roles).

    Raises:
        RoleRequired, TunnelAccount
    """
    if user is None or UserRoles.Admin not in user.roles:
        raise RoleRequired
    return require_login(user)


def require_tunnel_server(user: User | None) -> User:
    """A tunnel server's account or an administrator, for the one route that such accounts may use (docs/contract/conventions.md#roles).

    Raises:
        LoginRequired, AreaRefused
    """
    if user is None:
        raise LoginRequired
    if UserRoles.SSHTunnelServer not in user.roles and UserRoles.Admin not in user.roles:
        raise AreaRefused
    return user


def refuse_cross_site(method: str, authorization: str | None, host: str | None, origin: str | None, fetch_site: str | None) -> None:
    """Refuse a write that a browser sends with its cookie from another site's page.

    Browsers say where a request comes from in `Sec-Fetch-Site` or `Origin`; clients that are no browsers send neither and pass, as do
    callers with a token.

    Raises:
        CrossSite
    """
    if method in SAFE_METHODS or uses_token(authorization):
        return
    if fetch_site is not None:
        if fetch_site in ("same-origin", "none"):
            return
        if fetch_site == "cross-site" or origin is None:
            raise CrossSite
    if origin is not None and (not host or _authority(origin) != _authority(f"//{host}")):
        raise CrossSite


def _authority(url: str) -> tuple[str | None, int | None]:
    """Host and port; a scheme's default port is none, because the host header leaves it out."""
    try:
        parts = urlsplit(url)
        return parts.hostname, None if parts.port in (80, 443) else parts.port
    except ValueError:
        return None, -1
