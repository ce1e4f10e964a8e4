"""Administration of users (docs/contract/admin.md#users-of-the-installation)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.auth.security_log import record
from argus.domain.accounts import check_new_password, is_email, replace_password
from argus.domain.exclusive import exclusive
from argus.domain.swap import swap
from argus.kit.errors import UserServiceException
from argus.kit.parse import need, uuid_of
from argus.models.enums import UserRoles
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import Update, delete, select, update

ADMIN = UserRoles.Admin.value
SHOWN = ("id", "username", "full_name", "email", "registration_date", "roles", "picture_id", "service_user")


async def all_users(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every user by id, without password and token. Reads the table: an installation has hundreds of users."""
    found = await runtime.store.all(select(User, *SHOWN))
    return {str(user.id): {column: getattr(user, column) for column in SHOWN} for user in found}


async def set_email(runtime: Runtime, user_id: str, body: Mapping[str, Any]) -> None:
    """Change a user's e-mail address.

    Raises:
        ValueError, DocumentNotFound: no such user.
        KeyError: `newEmail` is missing.
        UserServiceException: another user has the address, or it is none.
    """
    user = await runtime.store.get(User, "id", "username", "email", id=uuid_of(user_id))
    email = need(body, "newEmail")
    async with exclusive(runtime.store, "email", str(email)):
        owners = await runtime.store.all(select(User, "id").where(email=email).limit(2))
        if any(owner.id != user.id for owner in owners):
            raise UserServiceException("This email is already taken.")
        if not is_email(email):
            raise UserServiceException("Invalid email.")
        await runtime.store.write(update(User, id=user.id).set(email=email).if_exists())
        await record(runtime, SecurityEvents.EMAIL_CHANGED, user, f"from {user.email} to {email}")


async def set_password(runtime: Runtime, user_id: str, body: Mapping[str, Any]) -> None:
    """Give a user another password; all sessions of the user end.

    Raises:
        ValueError, DocumentNotFound: no such user.
        KeyError: `newPassword` is missing.
        UserServiceException: it is empty or too short.
    """
    user = await runtime.store.get(User, "id", "username", id=uuid_of(user_id))
    password = need(body, "newPassword")
    check_new_password(password)
    await replace_password(runtime, user.id, password)
    await record(runtime, SecurityEvents.PASSWORD_CHANGED, user)


async def toggle_admin(runtime: Runtime, caller: User, user_id: str) -> None:
    """Make a user an administrator, or no longer one.

    Raises:
        ValueError, DocumentNotFound: no such user.
        UserServiceException: it is the caller.
    """
    user = await runtime.store.get(User, "id", "username", id=uuid_of(user_id))
    if user.id == caller.id:
        raise UserServiceException("Cannot toggle admin role from yourself.")

    def toggled(current: User) -> Update:
        roles = [role for role in current.roles if role != ADMIN] if ADMIN in current.roles else [*current.roles, ADMIN]
        return update(User, id=current.id).set(roles=roles)

    before = await swap(runtime.store, user, ["roles"], toggled, anchor="username")
    if before is not None:
        await record(runtime, SecurityEvents.ROLE_CHANGED, user, f"{'took' if ADMIN in before.roles else 'gave'} {ADMIN}")


async def remove(runtime: Runtime, caller: User, user_id: str) -> None:
    """Delete a user's row. What else belongs to the user stays.

    Raises:
        ValueError, DocumentNotFound: no such user.
        UserServiceException: it is the caller, or an administrator.
    """
    user = await runtime.store.get(User, "id", "username", "roles", id=uuid_of(user_id))
    if user.id == caller.id:
        raise UserServiceException("Cannot delete user that you are logged in as.")
    if ADMIN in user.roles:
        raise UserServiceException("Cannot delete admin users. Unset admin flag before deleting")
    await runtime.store.write(delete(User).where(id=user.id))
    await record(runtime, SecurityEvents.USER_DELETED, user)
