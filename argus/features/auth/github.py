"""Signing on with GitHub: the callback of its OAuth flow (auth.md, `/profile/oauth/github`)."""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from werkzeug.security import generate_password_hash

from argus.auth import lifetime, sealed
from argus.auth.session import Session
from argus.domain.pictures import LARGEST_PICTURE, store_picture
from argus.integrations.outbound import read_at_most
from argus.kit.clock import now
from argus.kit.content import RASTER, sniff
from argus.kit.errors import PageError, UserServiceException
from argus.kit.pools import PASSWORDS
from argus.models.enums import UserRoles
from argus.models.user import User, UserOauthToken
from argus.runtime import Runtime
from argus.storage.statements import eq, select, update

log = logging.getLogger("argus.auth")

TOKEN_URL = "https://github.com/login/oauth/access_token"  # noqa: S105 (an address)
API = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Profile:
    """What GitHub says of somebody."""

    user: dict[str, Any]
    emails: list[dict[str, Any]]
    organizations: set[str]
    token: str


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
        user, password = await _sign_on(runtime, code)
    except httpx.HTTPStatusError as refused:  # its own text holds the address, and so the client's secret
        raise PageError("/error/?type=403", f"GitHub answered {refused.response.status_code}") from None
    except Exception as failed:
        log.exception("a sign-on with GitHub failed")
        raise PageError("/error/?type=403", str(failed.args[0]) if failed.args else type(failed).__name__) from failed
    wanted = session.get("redirect_target")
    session.clear()
    lifetime.begin(session, user, await lifetime.epoch_of(runtime.store, user.id))
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
    user = await runtime.store.find(User, username=profile.user["login"])
    password = None
    if user is None:
        password = base64.b64encode(secrets.token_bytes(48)).decode()
        user = await _create(runtime, profile, password)
    await _keep_token(runtime, user, profile.token)
    return user, password


async def _fetch(runtime: Runtime, code: str) -> Profile:
    settings = runtime.settings
    query = {"code": code, "client_id": settings.GITHUB_CLIENT_ID, "client_secret": settings.GITHUB_CLIENT_SECRET or ""}
    answer = await runtime.http.post(TOKEN_URL, params=query, headers={"Accept": "application/json"})
    answer.raise_for_status()
    token = str(answer.json()["access_token"])
    user, emails, organizations = [await _get(runtime, token, path) for path in ("/user", "/user/emails", "/user/orgs")]
    return Profile(user, emails, {o["login"] for o in organizations}, token)


async def _get(runtime: Runtime, token: str, path: str) -> Any:
    answer = await runtime.http.get(f"{API}{path}", headers={"Authorization": f"token {token}"})
    answer.raise_for_status()
    return answer.json()


async def _create(runtime: Runtime, profile: Profile, password: str) -> User:
    addresses = [str(e["email"]) for e in profile.emails]
    primary = next((str(e["email"]) for e in profile.emails if e.get("primary") and e.get("verified")), None)
    user = User(
        username=profile.user["login"],
        full_name=profile.user.get("name", profile.user["login"]),
        email=next((a for a in addresses if a.endswith("@scylladb.com")), primary),
        password=await runtime.blocking(PASSWORDS, generate_password_hash, password),
        registration_date=now(),
        roles=[UserRoles.User.value],
    )
    avatar_url = profile.user.get("avatar_url")
    if avatar_url:
        picture = await read_at_most(runtime, avatar_url, LARGEST_PICTURE)
        if picture is not None and sniff(picture) in RASTER:
            user = user.changed(picture_id=await store_picture(runtime, user, avatar_url.split("/")[-1], picture))
    await runtime.store.save(user)
    return user


async def _keep_token(runtime: Runtime, user: User, token: str) -> None:
    tokens = await runtime.store.all(select(UserOauthToken).where(eq("user_id", user.id)))
    mine = next((t for t in tokens if t.kind == "github"), None)
    if mine is None:
        await runtime.store.save(UserOauthToken(user_id=user.id, kind="github", token=token))
    else:
        await runtime.store.write(update(UserOauthToken, id=mine.id).set(token=token).if_exists())
