"""Who calls an extension route: the first credential that is there decides, and a wrong one is never passed over for the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from argus.auth import api_keys, bearer
from argus.auth.identity import SAFE_METHODS, Head, identify, refuse_cross_site, tell_who_stands_behind
from argus.auth.session import Session
from argus.kit import logs
from argus.kit.errors import APIException, CrossSite, TunnelAccount
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.runtime import Runtime

Method = Literal["api_key", "bearer", "token", "session"]


class WrongCredential(Exception):
    """A credential was sent, and it does not count."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and how that is known. `scopes` is None where nothing narrows what the user may do."""

    user: User
    method: Method
    api_key_id: str | None = None
    scopes: frozenset[str] | None = None


async def authenticate(runtime: Runtime, head: Head, session: Session) -> Identity | None:
    """The caller of an extension route; None where no credential was sent.

    Raises:
        WrongCredential: one was, and does not count.
        CrossSite: a write with a cookie, from a page of another site.
        TunnelAccount: an account that has no business here.
    """
    found = await _identity(runtime, head, session)
    if found is not None:
        logs.note(user=found.user.username or str(found.user.id), user_id=str(found.user.id))
        if UserRoles.SSHTunnelServer in found.user.roles:
            raise TunnelAccount
        if found.method == "session":
            await tell_who_stands_behind(runtime, head, session, found.user)
    return found


async def _identity(runtime: Runtime, head: Head, session: Session) -> Identity | None:
    if head.api_key is not None:
        try:
            use = await api_keys.check(runtime, head.api_key, head.address)
        except api_keys.InvalidKey:
            raise WrongCredential from None
        return Identity(use.user, "api_key", use.key_id, use.scopes)
    if head.authorization is not None:
        return await _authorized(runtime, head.authorization)
    if head.method not in SAFE_METHODS and session.get("user_id"):
        _need_own_page(runtime, head)
    user = await identify(runtime.store, None, session)
    return Identity(user, "session") if user else None


async def _authorized(runtime: Runtime, authorization: str) -> Identity:
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        try:
            user = await runtime.store.find(User, id=bearer.user_of(runtime.settings, value.strip()))
        except bearer.InvalidBearer:
            user = None
        if user is None:
            raise WrongCredential
        return Identity(user, "bearer")
    try:
        user = await identify(runtime.store, authorization, Session()) if scheme == "token" else None
    except (APIException, ValueError):
        user = None
    if user is None:
        raise WrongCredential
    return Identity(user, "token")


def _need_own_page(runtime: Runtime, head: Head) -> None:
    """A browser's write must say that it comes from a page of ours, or of a listed origin; a client with a cookie says so as well."""
    if head.origin is not None and head.origin in runtime.settings.cors_origins:
        return
    if head.fetch_site is None and head.origin is None:
        raise CrossSite
    refuse_cross_site(head.method, None, head.host, head.origin, head.fetch_site)
