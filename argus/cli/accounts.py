"""Making and changing users by commands: passwords are hashed off the loop, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from werkzeug.security import generate_password_hash

from argus.auth.lifetime import end_all
from argus.domain.new_accounts import Account, save
from argus.models.user import User
from argus.storage.statements import update
from argus.storage.store import Store

HASHES_AT_ONCE = 4  # one takes 32 MiB


async def hashed(passwords: Sequence[str], done: Callable[[], None] = lambda: None) -> list[str]:
    """Password hashes, made off the loop, a few at a time.

    Args:
        done: called after each.
    """
    slots = asyncio.Semaphore(HASHES_AT_ONCE)

    async def one(password: str) -> str:
        async with slots:
            text = await asyncio.to_thread(generate_password_hash, password)
        done()
        return text

    return list(await asyncio.gather(*(one(password) for password in passwords)))


async def add(store: Store, accounts: Sequence[Account], done: Callable[[], None] = lambda: None) -> list[User]:
    """Make the users; look for `clashes` first.

    Args:
        done: called after each password.
    """
    return await save(store, accounts, await hashed([account.password for account in accounts], done))


async def change(store: Store, user: User, account: Account, given: Mapping[str, Any]) -> None:
    """Bring a user to what an account says; what was not given stays."""
    values: dict[str, Any] = {name: getattr(account, name) for name in ("full_name", "email") if name in given}
    if "roles" in given:
        values["roles"] = [role.value for role in account.roles]
    if "token" in given:
        values["api_token"] = account.token
    values["password"] = (await hashed([account.password]))[0]
    await store.write(update(User, id=user.id).set(**values).if_exists())
    await end_all(store, user.id)  # of the old password
