"""Signing on through Cloudflare Access (docs/contract/auth.md#checking-the-assertion)."""

from __future__ import annotations

from typing import Any

import jwt

from argus.auth import lifetime
from argus.auth.brake import attempt
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.integrations.access_keys import AccessKeys
from argus.kit.errors import UserServiceException
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime

DOMAIN = "@scylladb.com"


class KeysByDomain(dict[str, AccessKeys]):
    """What a worker has fetched."""


async def sign_on(runtime: Runtime, session: Session, token: str | None) -> str:
    """Log in the owner of an Access token, or send them to registration.

    Returns:
        where to go next.

    Raises:
        TooManyAttempts
    """
    if not token or "cf" not in runtime.settings.LOGIN_METHODS:
        session["manual_logout"] = True
        return "/auth/login"
    try:
        async with attempt(runtime) as trying:
            email = await verified_email(runtime, token)
            trying.failed = False
    except UserServiceException as refused:
        await record(runtime, SecurityEvents.LOGIN_FAILED, "", f"cloudflare: {refused}")
        session["manual_logout"] = True
        session.flash(str(refused), "error")
        return "/profile/"
    user = await runtime.store.find(User, email=email)
    session["auth_via_cf"] = True
    if user is not None:
        lifetime.begin(session, user, await lifetime.epoch_of(runtime.store, user.id))
        await record(runtime, SecurityEvents.LOGIN, user, "cloudflare")
        return str(session.pop("redirect_target", None) or "/profile/")
    local = email.split("@")[0]
    session.update(
        registration_allowed=True,
        lock_user_email=True,
        oauth_email=email,
        oauth_username=local,
        oauth_name=" ".join(part.capitalize() for part in local.split(".")),
    )
    return "/profile/create"


async def verified_email(runtime: Runtime, token: str) -> str:
    """The e-mail address that a token proves.

    Raises:
        UserServiceException: it proves none.
    """
    domain, audience = runtime.settings.CLOUDFLARE_ACCESS_TEAM_DOMAIN, runtime.settings.CLOUDFLARE_ACCESS_AUD
    if not domain or not audience:
        raise UserServiceException("Cloudflare Access config missing: domain or audience")
    try:
        payload = await _payload(runtime, domain, audience, token)
    except (jwt.PyJWTError, ValueError) as invalid:
        raise UserServiceException("Invalid Cloudflare Access JWT") from invalid
    if not isinstance(payload, dict) or not payload:
        raise UserServiceException("Invalid Cloudflare Access Payload")
    email = payload.get("email")
    if not email:
        raise UserServiceException("No email in the payload.")
    if not str(email).lower().endswith(DOMAIN):
        raise UserServiceException("Email is external to scylladb.com")
    return str(email)


async def _payload(runtime: Runtime, domain: str, audience: str, token: str) -> Any:
    key = await _keys(runtime, domain).get(str(jwt.get_unverified_header(token).get("kid", "")))
    if key is None:
        raise jwt.InvalidKeyError("no such key")
    proven = ["exp", "aud", "iss"]  # a token that never ends proves nothing
    return jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=f"https://{domain}", options={"require": proven})


def _keys(runtime: Runtime, domain: str) -> AccessKeys:
    known = runtime.own(KeysByDomain)
    if domain not in known:
        known[domain] = AccessKeys(runtime, domain)
    return known[domain]
