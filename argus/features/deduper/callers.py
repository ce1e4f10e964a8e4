"""Who calls the deduper, and what they may do; the same for both shells."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from argus.auth.credentials import WrongCredential, authenticate
from argus.features.deduper.shell import Call
from argus.models.enums import UserRoles
from argus.platform.access import in_scope
from argus.platform.errors import Denied, Unauthenticated
from argus.platform.limits import count, kind_of
from argus.runtime import Runtime

SHARED = "shared-token"
"""Who has started a job that a caller without an account started."""
CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Who:
    """A caller who is logged in."""

    id: str
    admin: bool = False
    cookie: bool = False
    scopes: frozenset[str] | None = None


async def visitor(runtime: Runtime, call: Call) -> Who | None:
    """The caller of a route that is open to anybody; None where it is not known who that is.

    Raises:
        TooMany: there were too many requests from that address.
    """
    await _count(runtime, call, call.head.address or "")
    try:
        return await _caller(runtime, call)
    except WrongCredential:
        return None


async def need_reader(runtime: Runtime, call: Call) -> Who:
    """Anybody who is logged in and whose key, if it is one, may read here.

    Raises:
        Unauthenticated, Denied
        TooMany: they call too often.
        CrossSite, TunnelAccount: as `authenticate`.
    """
    return await _need(runtime, call, "deduper:read")


async def need_writer(runtime: Runtime, call: Call) -> Who:
    """As `need_reader`, for who starts and ends jobs."""
    return await _need(runtime, call, "deduper:write")


async def _need(runtime: Runtime, call: Call, permission: str) -> Who:
    try:
        who = await _caller(runtime, call)
    except WrongCredential:
        raise Unauthenticated("invalid_credentials", "The credentials are not valid", headers=CHALLENGE) from None
    if who is None:
        raise Unauthenticated("unauthenticated", "Authentication required", headers=CHALLENGE)
    await _count(runtime, call, who.id)
    if not in_scope(who.scopes, permission):
        raise Denied("permission_denied", f"This needs the scope {permission}", permission=permission)
    return who


async def _count(runtime: Runtime, call: Call, who: str) -> None:
    if call.counted:
        await count(runtime, kind_of(call.head.method, None, login=False), who)


async def _caller(runtime: Runtime, call: Call) -> Who | None:
    if call.standalone and call.head.api_key is None and _is_shared(runtime, call.head.authorization):
        return Who(SHARED)
    found = await authenticate(runtime, call.head, call.session)
    if found is None:
        return None
    return Who(str(found.user.id), UserRoles.Admin in found.user.roles, found.method == "session", found.scopes)


def _is_shared(runtime: Runtime, authorization: str | None) -> bool:
    scheme, _, token = (authorization or "").partition(" ")
    shared = runtime.settings.DEDUPER_SHARED_TOKEN
    return scheme.lower() == "bearer" and shared is not None and hmac.compare_digest(token.encode(), shared.get_secret_value().encode())


async def need_admin(runtime: Runtime, call: Call) -> Who:
    """An administrator.

    Raises:
        Unauthenticated, Denied
    """
    who = await need_writer(runtime, call)
    if not who.admin:
        raise Denied("forbidden", "Only administrators may do this")
    return who
