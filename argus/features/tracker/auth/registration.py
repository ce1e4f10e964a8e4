"""Accounts for people who signed on elsewhere for the first time (docs/contract/auth.md#registration)."""

from __future__ import annotations

import base64
import mimetypes
import secrets
import time

from werkzeug.security import generate_password_hash

from argus.auth import lifetime, sealed
from argus.auth.security_log import record
from argus.auth.session import Session
from argus.domain.accounts import email_taken, is_email, username_taken
from argus.domain.exclusive import exclusive
from argus.domain.pictures import picture_type, store_picture
from argus.kit.clock import now
from argus.kit.errors import UserServiceException
from argus.kit.forms import Form, Upload
from argus.kit.pools import PASSWORDS
from argus.models.enums import UserRoles
from argus.models.security import SecurityEvents
from argus.models.user import User
from argus.runtime import Runtime

Feedback = dict[str, tuple[str, str]]
FIELDS = ("email", "username", "full_name")


def check_allowed(session: Session) -> None:
    """Registration is only open to who comes from a sign-on.

    Raises:
        UserServiceException
    """
    if not session.get("registration_allowed"):
        raise UserServiceException("Registration is not allowed at the moment.")


async def feedback_on(runtime: Runtime, values: dict[str, str]) -> Feedback:
    """What is wrong with each field: a css class and a text."""
    problems: dict[str, str] = {}
    if await username_taken(runtime.store, values["username"]):
        problems["username"] = "This username is already taken."
    if "@" in values["username"]:
        problems["username"] = "Cannot use '@' in the username."
    if await email_taken(runtime.store, values["email"]):
        problems["email"] = "This email is already taken."
    if not is_email(values["email"]):
        problems["email"] = "Invalid email."
    if not values["full_name"]:
        problems["full_name"] = "No display name provided."
    return {name: ("is-invalid", problems[name]) if name in problems else ("is-valid", "") for name in FIELDS}


async def register(runtime: Runtime, session: Session, form: Form) -> Feedback | None:
    """Create the account and log it in; or say what is wrong with the form.

    Raises:
        BadForm: a field is missing.
        UserServiceException: registration is closed, the e-mail is not the one signed on with, or the avatar is no image.
    """
    check_allowed(session)
    values = {name: form.need(name) for name in ("username", "email", "full_name")}
    if session.get("lock_user_email") and values["email"] != session.get("oauth_email"):
        raise UserServiceException("Email changed while being locked to oauth one.")
    async with exclusive(runtime.store, "username", values["username"]), exclusive(runtime.store, "email", values["email"]):
        feedback = await feedback_on(runtime, values)
        if any(css == "is-invalid" for css, _ in feedback.values()):
            return feedback
        user, password = await _make(runtime, values, form.files.get("avatar"))
    session.clear()
    lifetime.begin(session, user, "")
    await record(runtime, SecurityEvents.USER_CREATED, user, "registered after a sign-on")
    await record(runtime, SecurityEvents.LOGIN, user, "registration")
    sealed.put(session, runtime.settings, "first_run_info", {"password": password, "first_login": True})
    return None


async def _make(runtime: Runtime, values: dict[str, str], avatar: Upload | None) -> tuple[User, str]:
    """The account, and the password that it starts with."""
    mime = picture_type(avatar.data) if avatar and avatar.data else None
    password = base64.b64encode(secrets.token_bytes(48)).decode()
    hashed = await runtime.blocking(PASSWORDS, generate_password_hash, password)
    user = User(**values, password=hashed, registration_date=now(), roles=[UserRoles.User.value])
    if avatar and mime:
        name = f"{user.username}_{time.time()}{mimetypes.guess_extension(mime) or ''}"
        user = user.changed(picture_id=await store_picture(runtime, user, name, avatar.data))
    await runtime.store.save(user)
    return user, password
