"""Whose account an identity of the provider opens. The same claims lead to the same account, however many ask at once.

An identity that is known opens its account. Otherwise its verified address decides: one account has it, or nobody has and one is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from argus.auth.security_log import record
from argus.db.base import moment
from argus.db.database import Database
from argus.domain.accounts import is_email, username_taken
from argus.domain.exclusive import exclusive
from argus.features.artefacts.sign_on.tables import SignOnIdentity
from argus.kit.clock import now
from argus.models.enums import UserRoles
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.platform import events
from argus.platform.errors import Conflict, Denied
from argus.platform.tables import Workspace, WorkspaceMember
from argus.runtime import Runtime
from argus.storage.statements import select
from argus.storage.statements import update as change

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST_NAME = 60


async def user_of(runtime: Runtime, database: Database, claims: Mapping[str, Any]) -> User:
    """The account.

    Raises:
        Denied: the address is not verified, nobody has it and none is made, or the account is none of a person.
        Conflict: several accounts have it.
    """
    user = await _known(runtime, database, claims)
    if user is None:
        email = _verified(claims)
        async with exclusive(runtime.store, "email", email):
            user = await _known(runtime, database, claims) or await _tied(runtime, database, claims, email)
    if user.service_user or UserRoles.SSHTunnelServer in user.roles:
        raise Denied("sso_not_allowed", "This account is not a person's")
    return await _with_role(runtime, user, claims)


async def _known(runtime: Runtime, database: Database, claims: Mapping[str, Any]) -> User | None:
    identity = (str(claims["iss"]), str(claims["sub"]))
    async with database.transaction() as session:
        row = await session.get(SignOnIdentity, identity)
        if row is None:
            return None
        await session.execute(
            update(SignOnIdentity)
            .where(SignOnIdentity.issuer == identity[0], SignOnIdentity.subject == identity[1])
            .values(last_login_at=moment())
        )
    user = await runtime.store.find(User, id=row.account)
    if user is None:
        raise Denied("sso_not_allowed", "The account of this identity is gone")
    return user


def _verified(claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not is_email(email) or claims.get("email_verified") not in (True, "true"):
        raise Denied("sso_email_unverified", "The provider vouches for no e-mail address")
    return email.casefold()


async def _tied(runtime: Runtime, database: Database, claims: Mapping[str, Any], email: str) -> User:
    everybody = await runtime.store.all(select(User))  # stored addresses keep their case; there are as many rows as people
    having = [user for user in everybody if (user.email or "").casefold() == email]
    if len(having) > 1:
        raise Conflict("sso_email_ambiguous", "Several accounts have this e-mail address")
    user = having[0] if having else await _made(runtime, database, claims, email)
    async with database.transaction() as session:
        session.add(SignOnIdentity(issuer=str(claims["iss"]), subject=str(claims["sub"]), user_id=str(user.id), email=email))
    await record(runtime, SecurityEvents.IDENTITY_TIED, user, f"{claims['iss']} {claims['sub']}"[:200])
    return user


async def _made(runtime: Runtime, database: Database, claims: Mapping[str, Any], email: str) -> User:
    settings = runtime.settings
    domains = {domain.casefold() for domain in settings.SSO_ALLOWED_DOMAINS}
    if not settings.SSO_AUTO_PROVISION or (domains and email.rpartition("@")[2] not in domains):
        raise Denied("sso_not_allowed", "There is no account for this person")
    wanted = _NO_NAME.sub("-", str(claims.get("preferred_username") or email.partition("@")[0])).strip("-.")[:LONGEST_NAME] or "user"
    async with exclusive(runtime.store, "username", wanted):
        number, name = 1, wanted
        while await username_taken(runtime.store, name):
            number += 1
            name = f"{wanted}-{number}"
        full_name = str(claims.get("name") or name)[:200]
        user = User(username=name, full_name=full_name, email=email, registration_date=now(), roles=[UserRoles.User.value])
        await runtime.store.save(user)
    await record(runtime, SecurityEvents.USER_CREATED, user, "signed on with OpenID Connect")
    await _with_workspace(runtime, database, user)
    return user


async def _with_workspace(runtime: Runtime, database: Database, user: User) -> None:
    """Somebody new begins in a workspace of their own, so that the pages have one to show."""
    async with database.transaction() as session:
        workspace = Workspace(owner_id=str(user.id), name=f"{user.full_name}"[:120])
        session.add(workspace)
        await session.flush()
        session.add(WorkspaceMember(workspace_id=workspace.id, user_id=str(user.id), role="owner", is_default=True))
        payload = {"name": workspace.name, "members": 1}
        await events.append(session, runtime, "workspace.created", "workspace", workspace.id, payload=payload, source="api")


async def _with_role(runtime: Runtime, user: User, claims: Mapping[str, Any]) -> User:
    """Where the provider is to say who administers, it does so at each log-in."""
    settings = runtime.settings
    if not settings.SSO_ROLE_CLAIM or not settings.SSO_ADMIN_GROUPS:
        return user
    told = claims.get(settings.SSO_ROLE_CLAIM)
    groups = {told} if isinstance(told, str) else set(map(str, told)) if isinstance(told, list) else set()
    admin, is_admin = UserRoles.Admin.value, UserRoles.Admin in user.roles
    if bool(groups & set(settings.SSO_ADMIN_GROUPS)) == is_admin:
        return user
    roles = [role for role in user.roles if role != admin] if is_admin else [*user.roles, admin]
    await runtime.store.write(change(User, id=user.id).set(roles=roles).if_exists())
    await record(runtime, SecurityEvents.ROLE_CHANGED, user, f"{'no longer ' if is_admin else ''}{admin}, says the provider")
    return user.changed(roles=roles)
