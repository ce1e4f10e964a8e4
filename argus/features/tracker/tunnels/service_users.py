"""The account of a proxy host, with which it asks for the keys that it may let in (docs/contract/tunnels.md#accounts-of-proxies)."""

from __future__ import annotations

import secrets
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.domain.swap import swap
from argus.kit.clock import now
from argus.kit.errors import TunnelServiceException
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.storage.statements import Update, delete, select, update
from argus.storage.store import Store

ROLE = UserRoles.SSHTunnelServer.value


async def account_for(store: Store, host: str) -> User:
    """The account of a host, made when there is none. One that exists keeps its token.

    Raises:
        TunnelServiceException: the name belongs to somebody who is no such account.
    """
    username = f"proxy-tunnel-{host}"
    async with exclusive(store, "username", username):
        known = await store.first(select(User).where(username=username))
        if known is None:
            return await _create(store, host, username)
    if not known.service_user or ROLE not in known.roles:
        raise TunnelServiceException(f"User '{username}' already exists and is not a dedicated SSH tunnel service user")
    if known.api_token:
        return known
    token = _token()
    await store.write(update(User, id=known.id).set(api_token=token).if_exists())
    return known.changed(api_token=token)


async def retire(store: Store, user_id: UUID, delete_user: bool) -> None:
    """End an account: delete it, or take its token and its role. One that is gone is no error."""
    if delete_user:
        await store.write(delete(User).where(id=user_id))
        return

    def disarmed(current: User) -> Update:
        return update(User, id=current.id).set(api_token="", roles=[role for role in current.roles if role != ROLE])

    await swap(store, User(id=user_id), ["roles"], disarmed, anchor="username")


async def _create(store: Store, host: str, username: str) -> User:
    user = User(
        username=username,
        full_name=f"Proxy Tunnel Service User ({host})",
        email=f"{username}@argus.internal",
        password="",
        registration_date=now(),
        roles=[ROLE],
        api_token=_token(),
        service_user=True,
    )
    await store.create(user)
    return user


def _token() -> str:
    return secrets.token_hex(32)
