"""What a user name, an e-mail address and a password must be (docs/contract/auth.md#account-rules)."""

from __future__ import annotations

import re
from uuid import UUID

from werkzeug.security import generate_password_hash

from argus.auth.lifetime import end_all
from argus.kit.errors import UserServiceException
from argus.kit.pools import PASSWORDS
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import eq, select, update
from argus.storage.store import Store

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE)
SHORTEST_PASSWORD = 5  # characters


def is_email(text: str) -> bool:
    """Whether a text has the shape of an e-mail address."""
    return EMAIL.fullmatch(text) is not None


async def username_taken(store: Store, username: str) -> bool:
    return await store.first(select(User, "id").where(eq("username", username))) is not None


async def email_taken(store: Store, email: str) -> bool:
    return await store.first(select(User, "id").where(eq("email", email))) is not None


async def replace_password(runtime: Runtime, user_id: UUID, password: str) -> str:
    """Give an account another password and end all its sessions.

    Sessions end first, so that a failure leaves none of the old password open, and once more for those that began in between.

    Returns:
        The epoch of the sessions that begin from now on.
    """
    hashed = await runtime.blocking(PASSWORDS, generate_password_hash, password)
    await end_all(runtime.store, user_id)
    await runtime.store.write(update(User, id=user_id).set(password=hashed).if_exists())
    return await end_all(runtime.store, user_id)


def check_new_password(password: str) -> None:
    """Long enough to be one.

    Raises:
        UserServiceException: it is empty, or too short.
    """
    if not password:
        raise UserServiceException("Empty new password")
    if len(password) < SHORTEST_PASSWORD:
        raise UserServiceException("New password is too short")
