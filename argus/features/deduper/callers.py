"""Who calls the deduper, and what they may do; the same for both shells."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from argus.auth.identity import uses_token, who_calls
from argus.features.deduper.problems import Problem
from argus.features.deduper.shell import Call
from argus.kit.errors import TunnelAccount
from argus.models.enums import UserRoles
from argus.runtime import Runtime

SHARED = "shared-token"
"""Who has started a job that a caller without an account started."""


@dataclass(frozen=True, slots=True)
class Who:
    """A caller who is logged in."""

    id: str
    admin: bool = False
    cookie: bool = False


async def caller_of(runtime: Runtime, call: Call) -> Who | None:
    """The caller; None where no credential is sent.

    Raises:
        APIException, CrossSite, TunnelAccount: as `who_calls`.
        Problem: 401, a credential that is none.
    """
    scheme, _, rest = (call.head.authorization or "").partition(" ")
    if scheme.lower() == "bearer" and call.standalone:
        shared = runtime.settings.DEDUPER_SHARED_TOKEN
        if shared is not None and hmac.compare_digest(rest.encode(), shared.get_secret_value().encode()):
            return Who(SHARED)
        raise Problem(401, "invalid_credentials", "The credentials are not valid")
    user = await who_calls(runtime, call.head, call.session)
    if user is None:
        return None
    if UserRoles.SSHTunnelServer in user.roles:
        raise TunnelAccount
    return Who(str(user.id), UserRoles.Admin in user.roles, cookie=not uses_token(call.head.authorization))


async def need_user(runtime: Runtime, call: Call) -> Who:
    """Anybody who is logged in.

    Raises:
        Problem: 401.
    """
    who = await caller_of(runtime, call)
    if who is None:
        raise Problem(401, "unauthenticated", "Authentication required", {"WWW-Authenticate": "Bearer"})
    return who


async def need_admin(runtime: Runtime, call: Call) -> Who:
    """An administrator.

    Raises:
        Problem: 401, 403.
    """
    who = await need_user(runtime, call)
    if not who.admin:
        raise Problem(403, "forbidden", "Only administrators may do this")
    return who
