"""What people change of themselves. Whatever cannot be done is flashed, and leads back to the profile.

Contract: docs/contract/pages.md#the-profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.security import check_password_hash

from argus.auth import sealed
from argus.auth.brake import attempt
from argus.auth.lifetime import begin, owner_of
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.domain.accounts import check_new_password, email_taken, is_email, replace_password, username_taken
from argus.domain.exclusive import exclusive
from argus.domain.pictures import forget_picture, picture_type, store_picture
from argus.kit.answer import Answer, redirect
from argus.kit.errors import PageError, UserServiceException
from argus.kit.forms import Upload
from argus.kit.pools import PASSWORDS
from argus.lanes.page import Page
from argus.models.enums import UserRoles
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import update

PROFILE = "/profile/"


async def profile_page(runtime: Runtime, session: Session, user: User) -> Page:
    """The profile; a new token and a first password are shown once."""
    context: dict[str, Any] = {
        "can_change_email": may_change_email(session, user),
        "has_token": bool(user.api_token),
        "token_generated": sealed.take(session, runtime.settings, "token_generated"),
        "first_run_info": sealed.take(session, runtime.settings, "first_run_info"),
    }
    return Page("profile.html.j2", "Profile", context=context)


def may_change_email(session: Session, user: User) -> bool:
    return bool(session.get("original_user")) or UserRoles.Admin in user.roles


def _done(session: Session, message: str, category: str = "success") -> Answer:
    session.flash(message, category)
    return redirect(PROFILE)


async def change_name(runtime: Runtime, session: Session, user: User, values: Mapping[str, str]) -> Answer:
    name = values.get("new_name")
    if not name:
        raise PageError(PROFILE, "Incorrect new name")
    await _set(runtime, user, full_name=name)
    return _done(session, "Successfully changed name!")


async def change_username(runtime: Runtime, session: Session, user: User, values: Mapping[str, str]) -> Answer:
    username = values.get("new_username")
    if not username:
        raise PageError(PROFILE, "Missing username in payload")
    async with exclusive(runtime.store, "username", username):
        if username != user.username and await username_taken(runtime.store, username):
            raise UserServiceException("This username is already taken.")
        if "@" in username:
            raise UserServiceException("Cannot use '@' in the username")
        await _set(runtime, user, username=username)
        await record(runtime, SecurityEvents.USERNAME_CHANGED, user, f"to {username}")
    return _done(session, "Successfully changed username!")


async def change_email(runtime: Runtime, session: Session, user: User, values: Mapping[str, str]) -> Answer:
    if not may_change_email(session, user):
        raise PageError(PROFILE, "Not authorized to change email.", "message")
    email = values.get("new_email")
    if not email:
        raise PageError(PROFILE, "Incorrect new email")
    async with exclusive(runtime.store, "email", email):
        if email != user.email and await email_taken(runtime.store, email):
            raise UserServiceException("This email is already taken.")
        if not is_email(email):
            raise UserServiceException("Invalid email.")
        await _set(runtime, user, email=email)
        await record(runtime, SecurityEvents.EMAIL_CHANGED, user, f"from {user.email} to {email}")
    return _done(session, "Successfully changed email!")


async def change_password(runtime: Runtime, session: Session, user: User, values: Mapping[str, str]) -> Answer:
    old, new = values.get("old_password"), values.get("new_password")
    if not old:
        raise PageError(PROFILE, "Old password wasn't provided")
    if not new:
        raise PageError(PROFILE, "New password wasn't provided")
    if new != values.get("new_password_confirm"):
        raise PageError(PROFILE, "New password doesn't match confirmation!")
    async with attempt(runtime, user.username or "") as trying:
        trying.failed = not user.password or not await runtime.blocking(PASSWORDS, check_password_hash, user.password, old)
    if trying.failed:
        raise PageError(PROFILE, "Old password is incorrect")
    check_new_password(new)
    epoch = await replace_password(runtime, user.id, new)
    if owner_of(session) == str(user.id):  # whoever acts as this user is logged in as somebody else
        begin(session, user, epoch)
    await record(runtime, SecurityEvents.PASSWORD_CHANGED, user)
    return _done(session, "Successfully changed password!", "message")


async def change_picture(runtime: Runtime, session: Session, user: User, picture: Upload | None) -> Answer:
    if picture is None:
        raise PageError(PROFILE, "No picture provided")
    if not picture.content_type.startswith("image/"):
        raise PageError(PROFILE, f"Expected image/*, got {picture.content_type}")
    if not picture.data:
        raise PageError(PROFILE, "No picture provided")
    picture_type(picture.data)
    picture_id = await store_picture(runtime, user, picture.filename, picture.data)
    await _set(runtime, user, picture_id=picture_id)
    if user.picture_id is not None:
        await forget_picture(runtime, user.picture_id)
    return redirect(PROFILE)


async def _set(runtime: Runtime, user: User, **values: Any) -> None:
    await runtime.store.write(update(User, id=user.id).set(**values).if_exists())
