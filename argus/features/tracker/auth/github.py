"""Signing on with GitHub: the callback of its OAuth flow (docs/contract/auth.md#github)."""

from __future__ import annotations

import hmac
import logging

from argus.auth import lifetime, sealed
from argus.auth.brake import attempt
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.features.tracker.auth import github_accounts
from argus.features.tracker.auth.github_accounts import SIGN_ON, Profile, answered, ask
from argus.integrations import remote
from argus.integrations.remote import RemoteError
from argus.kit.errors import PageError, TooManyAttempts, UserServiceException
from argus.models.security import SecurityEvents
from argus.models.user import User, UserOauthToken
from argus.runtime import Runtime
from argus.storage.statements import eq, select, update

log = logging.getLogger("argus.auth")

WHOLE = "per_page=100"  # GitHub's most: thirty come unasked
TOKEN_URL = "https://github.com/login/oauth/access_token"  # noqa: S105 (an address)


async def sign_on(runtime: Runtime, session: Session, code: str, state: str) -> str:
    """Log in whoever comes back from GitHub; a first login makes the account.

    Returns:
        where to go next.

    Raises:
        PageError: the state is not this session's, or the sign-on failed.
    """
    expected = session.get("csrf_token")
    if not expected or not hmac.compare_digest(str(expected).encode(), state.encode()):
        raise PageError("/error/?type=403")
    try:
        async with attempt(runtime) as trying:
            user, password = await _sign_on(runtime, code)
            trying.failed = False
    except TooManyAttempts:
        raise
    except (RemoteError, UserServiceException) as refused:
        await record(runtime, SecurityEvents.LOGIN_FAILED, "", f"github: {refused}")
        raise PageError("/error/?type=403", str(refused)) from None
    except Exception as failed:
        log.exception("a sign-on with GitHub failed")
        why = str(failed.args[0]) if failed.args else type(failed).__name__
        await record(runtime, SecurityEvents.LOGIN_FAILED, "", f"github: {why}")
        raise PageError("/error/?type=403", why) from failed
    wanted = session.get("redirect_target")
    session.clear()
    lifetime.begin(session, user, await lifetime.epoch_of(runtime.store, user.id))
    await record(runtime, SecurityEvents.LOGIN, user, "github")
    if password is not None:
        sealed.put(session, runtime.settings, "first_run_info", {"password": password, "first_login": True})
    return str(wanted or "/profile/")


async def _sign_on(runtime: Runtime, code: str) -> tuple[User, str | None]:
    if "gh" not in runtime.settings.offered_logins:
        raise UserServiceException("Github Login is disabled")
    profile = await _fetch(runtime, code)
    required = runtime.settings.GITHUB_REQUIRED_ORGANIZATIONS
    if required and not profile.organizations & set(required):
        raise UserServiceException("Not a member of a required organization or missing organization scope")
    user, password = await github_accounts.of(runtime, profile)
    await _keep_token(runtime, user, profile.token)
    return user, password


async def _fetch(runtime: Runtime, code: str) -> Profile:
    settings = runtime.settings
    query = {"code": code, "client_id": settings.GITHUB_CLIENT_ID, "client_secret": settings.GITHUB_CLIENT_SECRET or ""}
    granted = answered(await remote.ask(runtime, SIGN_ON, "POST", TOKEN_URL, params=query, headers={"Accept": "application/json"}))
    token = granted.get("access_token") if isinstance(granted, dict) else None
    if not token or not isinstance(token, str):  # a code that is used up or wrong: GitHub says so with status 200
        raise UserServiceException("GitHub grants no access for this code")
    user, emails, organizations = [await ask(runtime, token, path) for path in ("/user", f"/user/emails?{WHOLE}", f"/user/orgs?{WHOLE}")]
    return Profile(user, emails, {o["login"] for o in organizations}, token)


async def _keep_token(runtime: Runtime, user: User, token: str) -> None:
    tokens = await runtime.store.all(select(UserOauthToken).where(eq("user_id", user.id)))
    mine = next((t for t in tokens if t.kind == "github"), None)
    if mine is None:
        await runtime.store.save(UserOauthToken(user_id=user.id, kind="github", token=token))
    else:
        await runtime.store.write(update(UserOauthToken, id=mine.id).set(token=token).if_exists())
