"""Logging in and out, API tokens, acting as another user (docs/contract/auth.md)."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from typing import Any
from uuid import UUID

from werkzeug.security import check_password_hash

from argus.auth import lifetime, sealed
from argus.auth.brake import attempt
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.features.tracker.auth.pages import login_page
from argus.kit.errors import TooManyAttempts, UserServiceException
from argus.kit.parse import uuid_of
from argus.kit.pools import PASSWORDS
from argus.kit.settings import Settings
from argus.lanes.page import Page
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import select, update

NOBODY = UUID(int=0)
# of random bytes that were thrown away
NOBODYS_PASSWORD = "scrypt:32768:8:1$3Wx6eORJkhdzq0dx$f495b90e2e33116a66398819225b4c1d9f65c57f817b6dbced1d24cf8209c562"  # noqa: S105
NOBODYS_PASSWORD += "85dd7c62808ece5689e4b0d524cf84b08275cc56303493fd8666b26cdd05196a"


def way_back(session: Session) -> str:
    """Where somebody goes who is logged in already: the page that sent them here, else home."""
    return str(session.pop("redirect_target", None) or "/")


def login_page_script(settings: Settings, session: Session) -> dict[str, Any]:
    """What the login page's script needs. Every visit gets a new state for a sign-on elsewhere."""
    return {
        "CSRF_TOKEN": renew_state(session),
        "GITHUB_CLIENT_ID": settings.GITHUB_CLIENT_ID,
        "GITHUB_SCOPES": settings.GITHUB_SCOPES,
        "LOGIN_METHODS": settings.offered_logins,
        "MANUAL_LOGOUT": bool(session.get("manual_logout", False)),
    }


def renew_state(session: Session) -> str:
    """A new `csrf_token`: 64 hex digits, the `state` of a sign-on with GitHub."""
    session["csrf_token"] = hashlib.sha256(secrets.token_bytes(64)).hexdigest()
    return str(session["csrf_token"])


async def log_in(runtime: Runtime, session: Session, username: str, password: str) -> Page | None:
    """Log in by password; what goes wrong is flashed. The page that was asked for is kept for the way through `/`.

    Returns:
        The login page again, if there were too many failures; else None.
    """
    state = renew_state(session)
    try:
        async with attempt(runtime, username) as trying:
            problem, user, epoch = await _check_password(runtime, username, password)
            trying.failed = user is None
    except TooManyAttempts as too_many:
        session.flash(str(too_many), "error")
        return login_page(login_page_script(runtime.settings, session), too_many.seconds)
    if user is None:
        session.flash(problem, "error")
        session["login_failed"] = True
        await record(runtime, SecurityEvents.LOGIN_FAILED, username, problem)
        return None
    wanted = session.get("redirect_target")
    session.clear()
    lifetime.begin(session, user, epoch)
    session["csrf_token"] = state
    if wanted:
        session["after_login"] = wanted
    await record(runtime, SecurityEvents.LOGIN, user, "password")
    return None


async def _check_password(runtime: Runtime, username: str, password: str) -> tuple[str, User | None, str]:
    """What is wrong; else whose password it is, and the epoch of that account's sessions."""
    if "password" not in runtime.settings.LOGIN_METHODS:
        return "Password Login is disabled", None, ""
    user = await runtime.store.find(User, username=username)
    epoch = await lifetime.epoch_of(runtime.store, user.id if user else NOBODY)
    hashed = (user.password if user else None) or NOBODYS_PASSWORD  # so that it takes as long whether there is such a user or not
    right = await runtime.blocking(PASSWORDS, check_password_hash, hashed, password)
    if user is None:
        return "User not found", None, ""
    return ("", user, epoch) if right and user.password else ("Incorrect Password", None, "")


async def log_out(runtime: Runtime, session: Session) -> None:
    """End the session, also for whoever has a copy of its cookie; the login page then does not sign on by itself."""
    if lifetime.owner_of(session):
        await lifetime.end(runtime.store, session)
        await record(runtime, SecurityEvents.LOGOUT)
    session.clear()
    session["manual_logout"] = True


def new_api_token(username: str | None) -> str:
    """64 characters of base64 that nobody can guess (docs/contract/conventions.md#api-tokens)."""
    seed = f"{username}-{int(time.time())}-{base64.b64encode(secrets.token_bytes(128)).decode()}"
    return base64.b64encode(hashlib.sha384(seed.encode()).digest()).decode()


async def replace_api_token(runtime: Runtime, session: Session, user: User) -> None:
    """A new API token, which the next page shows; the old one stops working at once."""
    token = new_api_token(user.username)
    await runtime.store.write(update(User, id=user.id).set(api_token=token).if_exists())
    sealed.put(session, runtime.settings, "token_generated", token)
    await record(runtime, SecurityEvents.TOKEN_MADE, user)


async def service_users(runtime: Runtime) -> list[User]:
    """Machine accounts by name. Reads all users: there are as many rows as people."""
    users = await runtime.store.all(select(User))
    return sorted((u for u in users if u.service_user), key=lambda u: u.username or "")


async def impersonate(runtime: Runtime, session: Session, admin: User, user_id: str) -> None:
    """Act as another user from now on.

    Raises:
        UserServiceException: acting as somebody already.
        ValueError, DocumentNotFound: a malformed id, or no such user.
    """
    if session.get("original_user"):
        raise UserServiceException("Cannot impersonate while already impersonating a user.")
    target = await runtime.store.get(User, id=uuid_of(user_id))
    session["original_user"] = str(admin.id)
    session["user_id"] = str(target.id)
    await record(runtime, SecurityEvents.IMPERSONATION_BEGUN, target)


async def stop_impersonating(runtime: Runtime, session: Session) -> None:
    """Be oneself again.

    Raises:
        UserServiceException: not acting as anybody.
        DocumentNotFound: the administrator's account is gone; the session stays with the other user.
    """
    original = session.pop("original_user", None)
    if not original:
        raise UserServiceException("No impersonation in progress.")
    ended = session.get("user_id")
    session["user_id"] = str((await runtime.store.get(User, id=uuid_of(original))).id)
    await record(runtime, SecurityEvents.IMPERSONATION_ENDED, details=f"of {ended}")
