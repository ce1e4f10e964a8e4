"""API keys, bearer tokens, and who somebody is."""

from __future__ import annotations

from datetime import UTC, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash

from argus.auth import bearer
from argus.auth.api_keys import Remembered, new_key
from argus.auth.brake import attempt
from argus.auth.security_log import record
from argus.auth.tables import ApiKey
from argus.db.base import moment
from argus.features.artefacts.identity.schemas import KeyBody, KeyView, Me, MyWorkspace, NewKey, TokenAnswer, UserView
from argus.kit.pools import PASSWORDS
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.platform import events
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, Denied, NotFound, Unauthenticated
from argus.platform.tables import Workspace, WorkspaceMember
from argus.runtime import Runtime
from argus.storage.statements import select as select_rows

MOST_KEYS = 20
TRIES = 5
# of random bytes that were thrown away: checking it takes as long as checking anybody's
NOBODYS_PASSWORD = "scrypt:32768:8:1$3Wx6eORJkhdzq0dx$f495b90e2e33116a66398819225b4c1d9f65c57f817b6dbced1d24cf8209c562"  # noqa: S105
NOBODYS_PASSWORD += "85dd7c62808ece5689e4b0d524cf84b08275cc56303493fd8666b26cdd05196a"


async def token(context: ServiceContext, username: str, password: str) -> TokenAnswer:
    """A bearer token for a password.

    Raises:
        Denied: log-ins by password are off.
        Unauthenticated: no such user, or another password.
        TooManyAttempts: too many failures.
    """
    runtime = context.runtime
    if "password" not in context.settings.LOGIN_METHODS:
        raise Denied("login_disabled", "Log-ins by password are off")
    async with attempt(runtime, username) as trying:
        user = await _user_of(runtime, username)
        hashed = (user.password if user else None) or NOBODYS_PASSWORD
        right = await runtime.blocking(PASSWORDS, check_password_hash, hashed, password)
        trying.failed = user is None or not user.password or not right
    if user is None or trying.failed:
        await record(runtime, SecurityEvents.LOGIN_FAILED, username, "token")
        raise Unauthenticated("invalid_credentials", "User name or password is wrong", headers={"WWW-Authenticate": "Bearer"})
    await record(runtime, SecurityEvents.LOGIN, user, "token")
    return issued(runtime, user)


def issued(runtime: Runtime, user: User) -> TokenAnswer:
    """A bearer token for somebody whose identity is known."""
    return TokenAnswer(access_token=bearer.issue(runtime.settings, user.id), expires_in=bearer.LIFETIME)


async def _user_of(runtime: Runtime, name: str) -> User | None:
    """By user name, else by an e-mail address that one account has."""
    user = await runtime.store.first(select_rows(User).where(username=name))
    if user is not None or "@" not in name:
        return user
    found = await runtime.store.all(select_rows(User).where(email=name).limit(2))
    return found[0] if len(found) == 1 else None


async def create_key(context: ServiceContext, body: KeyBody) -> NewKey:
    """Make a key.

    Raises:
        Denied: for somebody else, or with a key.
        NotFound: no such user.
        Conflict: that user has too many.
    """
    if context.api_key_id is not None:
        raise Denied("key_cannot_create_keys", "An API key makes no API keys")
    user = await _owner(context, body)
    live = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == str(user.id), ApiKey.revoked_at.is_(None))
    living = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > moment())
    if (await context.session.scalar(live.where(living)) or 0) >= MOST_KEYS:
        raise Conflict("too_many_keys", f"A user has at most {MOST_KEYS} live keys")
    text, row = await _draw(context, body, user)
    await events.record(context, "api_key.created", "api_key", row.id, payload={"user_id": row.user_id, "scopes": row.scopes})
    await record(context.runtime, SecurityEvents.TOKEN_MADE, user, f"API key {row.token_prefix}")
    return NewKey(**view(row).model_dump(), api_key=text)


async def _owner(context: ServiceContext, body: KeyBody) -> User:
    me = context.user
    if body.user_id is None and body.email is None:
        return me
    if body.user_id is not None:
        user = me if body.user_id.lower() == str(me.id) else None
        if user is None and context.is_admin:
            user = await context.runtime.store.find(User, id=UUID(body.user_id))
    else:
        user = me if body.email == me.email else None
        if user is None and context.is_admin:
            found = await context.runtime.store.all(select_rows(User).where(email=body.email).limit(2))
            user = found[0] if len(found) == 1 else None
    if user is None:
        if not context.is_admin:
            raise Denied("forbidden", "Only administrators make keys for others")
        raise NotFound("user_not_found", "User not found")
    return user


async def _draw(context: ServiceContext, body: KeyBody, user: User) -> tuple[str, ApiKey]:
    """Keep a key under a prefix that nobody has; a clash draws again."""
    for _ in range(TRIES):
        text, prefix, secret_hash = new_key()
        row = ApiKey(
            token_prefix=prefix,
            secret_hash=secret_hash,
            label=body.label,
            user_id=str(user.id),
            scopes=body.scopes,
            expires_at=moment() + timedelta(days=body.expires_in_days) if body.expires_in_days else None,
        )
        try:
            async with context.session.begin_nested():
                context.session.add(row)
        except IntegrityError:
            continue
        context.runtime.own(Remembered).forget(prefix)
        return text, row
    raise Conflict("no_prefix", "No free prefix was found; try again")


def keys(context: ServiceContext, everybodys: bool) -> Select[ApiKey]:
    """The caller's keys; an administrator may ask for everybody's.

    Raises:
        Denied: somebody else does.
    """
    if not everybodys:
        return select(ApiKey).where(ApiKey.user_id == str(context.user.id))
    if not context.is_admin:
        raise Denied("forbidden", "Only administrators see everybody's keys")
    return select(ApiKey)


def view(row: ApiKey) -> KeyView:
    return KeyView(
        api_key_id=row.id,
        token_prefix=row.token_prefix,
        label=row.label,
        user_id=row.user_id,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_seen_at=row.last_seen_at,
        last_seen_ip=row.last_seen_ip,
        revoked_at=row.revoked_at,
    )


async def revoke_key(context: ServiceContext, key_id: str) -> None:
    """Let a key count no more; in every process within five seconds. Once more is the same as once.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = await context.session.get(ApiKey, key_id)
    if row is None or (row.user_id != str(context.user.id) and not context.is_admin):
        raise NotFound("api_key_not_found", "API key not found")
    if row.revoked_at is None:
        row.revoked_at = moment()
        await events.record(context, "api_key.revoked", "api_key", key_id, payload={"user_id": row.user_id})
        await context.commit()
    context.runtime.own(Remembered).forget(row.token_prefix)


async def me(context: ServiceContext) -> Me:
    """Who calls."""
    user = context.user
    mine = select(Workspace, WorkspaceMember).join(WorkspaceMember).where(WorkspaceMember.user_id == str(user.id)).order_by(Workspace.id)
    rows = await context.session.execute(mine.limit(200))
    return Me(
        user_id=str(user.id),
        username=user.username,
        email=user.email,
        full_name=user.full_name,
        roles=user.roles,
        auth_method=context.auth_method or "",
        api_key_id=context.api_key_id,
        workspaces=[
            MyWorkspace(workspace_id=workspace.id, name=workspace.name, role=member.role, is_default=member.is_default)
            for workspace, member in rows
        ],
    )


async def users(context: ServiceContext, after: str | None, limit: int) -> list[UserView]:
    """Accounts by id. Reads the accounts' table whole: there are as many rows as people."""
    rows = sorted(await context.runtime.store.all(select_rows(User)), key=lambda user: str(user.id))
    return [user_view(user) for user in rows if after is None or str(user.id) > after][:limit]


async def user(context: ServiceContext, user_id: str) -> UserView:
    """An account; one's own, or, for an administrator, anybody's.

    Raises:
        NotFound, Denied
    """
    try:
        wanted = UUID(user_id)
    except ValueError:
        raise NotFound("user_not_found", "User not found") from None
    if wanted != context.user.id and not context.is_admin:
        raise Denied("forbidden", "This account is not yours")
    found = await context.runtime.store.find(User, id=wanted)
    if found is None:
        raise NotFound("user_not_found", "User not found")
    return user_view(found)


def user_view(user: User) -> UserView:
    made = user.registration_date
    return UserView(
        user_id=str(user.id),
        username=user.username,
        email=user.email,
        full_name=user.full_name,
        roles=user.roles,
        service_user=bool(user.service_user),
        created_at=made.replace(tzinfo=UTC) if made else None,
    )
