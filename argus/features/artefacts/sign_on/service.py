"""Sign-on by OpenID Connect: to the provider and back, once, in the browser that began it."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, update

from argus.auth import lifetime
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.db.base import moment
from argus.features.artefacts.sign_on.linking import user_of
from argus.features.artefacts.sign_on.provider import Login, Provider
from argus.features.artefacts.sign_on.tables import SignOn
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.platform.context import ServiceContext
from argus.platform.errors import BadRequest, Denied, NotFound

BROWSER = "sso_browser"
"""Where the browser's session keeps what a log-in is bound to."""
UNDER_WAY = timedelta(minutes=10)
_HERE = re.compile(r"/(?![/\\])[\x21-\x7e]*")


async def begin(context: ServiceContext, next_page: str) -> str:
    """Begin a log-in.

    Args:
        next_page: where to go afterwards; a path of this host, else home.

    Returns:
        Where the browser goes: the provider.

    Raises:
        NotFound: sign-on is not set up.
        Unavailable: the provider does not answer.
    """
    _need_set_up(context)
    login = Login(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64))
    way = await context.runtime.own(Provider).way_out(context.runtime, login)
    session = _session_of(context)
    session[BROWSER] = browser = secrets.token_urlsafe(32)
    row = SignOn(
        state=login.state,
        nonce=login.nonce,
        code_verifier=login.code_verifier,
        next=next_page if _HERE.fullmatch(next_page) and len(next_page) <= 2048 else "/",
        browser_hash=_hashed(browser),
        expires_at=moment() + UNDER_WAY,
    )
    async with context.database.transaction() as database:
        await database.execute(delete(SignOn).where(SignOn.expires_at < moment() - UNDER_WAY))
        database.add(row)
    return way


async def finish(context: ServiceContext, code: str, state: str, error: str) -> tuple[User, str]:
    """End a log-in that has come back.

    Returns:
        Who it is, and where to go.

    Raises:
        BadRequest: it was not begun in this browser, too long ago, or has come back before.
        Denied, Unauthenticated, Conflict, BadGateway, Unavailable: see `provider` and `linking`.
    """
    _need_set_up(context)
    begun = await _taken(context, state)
    if error or not code:
        raise Denied("sso_not_allowed", "The provider has not let anybody in")
    claims = await context.runtime.own(Provider).claims(context.runtime, code, Login(state, begun.nonce, begun.code_verifier))
    user = await user_of(context.runtime, context.database, claims)
    await record(context.runtime, SecurityEvents.LOGIN, user, "OpenID Connect")
    return user, begun.next


async def log_in(context: ServiceContext, user: User) -> None:
    """Begin a browser's session for somebody who has signed on; whatever the browser had is gone."""
    epoch, session = await lifetime.epoch_of(context.runtime.store, user.id), _session_of(context)
    session.clear()
    lifetime.begin(session, user, epoch)


async def _taken(context: ServiceContext, state: str) -> SignOn:
    """The log-in of a state, which can come back no more."""
    browser = str(_session_of(context).get(BROWSER) or "")
    async with context.database.transaction() as session:
        begun = await session.get(SignOn, state)
        if begun is None or not browser or not hmac.compare_digest(begun.browser_hash, _hashed(browser)):
            raise BadRequest("sso_state_mismatch", "This log-in was not begun in this browser")
        if begun.expires_at < moment():
            raise BadRequest("sso_state_expired", "This log-in was begun too long ago")
        use = update(SignOn).where(SignOn.state == state, SignOn.used.is_(False)).values(used=True)
        done: CursorResult[Any] = await session.execute(use)  # type: ignore[assignment]
        if done.rowcount != 1:
            raise BadRequest("sso_replayed", "This log-in has come back before")
    return begun


def _need_set_up(context: ServiceContext) -> None:
    if "oidc" not in context.settings.offered_logins:
        raise NotFound("sso_disabled", "Sign-on is not set up here")


def _session_of(context: ServiceContext) -> Session:
    assert context.browser_session is not None, "every request has one"
    return context.browser_session


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
