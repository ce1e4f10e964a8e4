"""Making users without the web: what is checked is what the registration form checks (docs/contract/auth.md#account-rules)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from argus.domain.accounts import SHORTEST_PASSWORD, is_email
from argus.kit.clock import now
from argus.models.enums import UserRoles
from argus.models.user import User
from argus.storage.statements import eq, select
from argus.storage.store import Store


def _plain(username: str) -> str:
    if not username.strip():
        raise ValueError("a user needs a name")
    if "@" in username:
        raise ValueError("Cannot use '@' in the username.")
    return username


def _email(address: str) -> str:
    if not is_email(address):
        raise ValueError("Invalid email.")
    return address


class Account(BaseModel):
    """A user as asked for. `token` None: the user makes one in the browser."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, AfterValidator(_plain)]
    full_name: str = Field("", validate_default=False)
    email: Annotated[str, AfterValidator(_email)]
    password: str = Field(min_length=SHORTEST_PASSWORD, repr=False)
    token: str | None = Field(None, min_length=8, repr=False)
    registration_date: datetime = Field(default_factory=now)
    roles: list[UserRoles] = [UserRoles.User]


@dataclass(frozen=True, slots=True)
class Taken:
    """Why an account cannot be made."""

    username: str
    reason: str


async def clashes(store: Store, accounts: Sequence[Account], existing: Mapping[str, User] | None = None) -> list[Taken]:
    """Which accounts cannot be, because a name, address or token is taken, by another user or further up in the list.

    Args:
        existing: users by name who are about to be changed to what their account says.
    """
    found: list[Taken] = []
    for what, column, value_of in _UNIQUE:
        values = [value_of(account) for account in accounts]
        holders = await asyncio.gather(*(store.first(select(User, "id").where(eq(column, v))) if v else _nobody() for v in values))
        seen: set[str] = set()
        for account, value, holder in zip(accounts, values, holders, strict=True):
            itself = (existing or {}).get(account.username)
            if value and (value in seen or (holder is not None and (itself is None or holder.id != itself.id))):
                found.append(Taken(account.username, f"This {what} is already taken."))
            if value:
                seen.add(value)
    return found


async def _nobody() -> None:
    return None


_UNIQUE: tuple[tuple[str, str, Callable[[Account], str | None]], ...] = (
    ("username", "username", lambda account: account.username),
    ("email", "email", lambda account: account.email),
    ("token", "api_token", lambda account: account.token),
)


async def save(store: Store, accounts: Sequence[Account], hashes: Sequence[str]) -> list[User]:
    """Make the users; look for `clashes` first.

    Args:
        hashes: of their passwords, in the same order.
    """
    users = [
        User(
            username=account.username,
            full_name=account.full_name or account.username,
            email=account.email,
            password=password,
            registration_date=account.registration_date,
            roles=[role.value for role in account.roles],
            api_token=account.token,
        )
        for account, password in zip(accounts, hashes, strict=True)
    ]
    await asyncio.gather(*(store.save(user) for user in users))
    return users
