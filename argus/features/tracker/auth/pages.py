"""What the pages of this folder show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.auth.session import Session
from argus.features.tracker.auth.registration import FIELDS, Feedback
from argus.lanes.page import Page
from argus.models.user import User


def login_page(script: Mapping[str, Any], wait: int = 0) -> Page:
    """The login page; with `wait` seconds, after which it may be sent again."""
    return Page("login.html.j2", "Login", script, status=429 if wait else 200, headers=(("Retry-After", str(wait)),) if wait else ())


def switch_page(users: list[User]) -> Page:
    return Page("impersonate.html.j2", "User Switch", context={"users": users})


def registration_page(session: Session, values: Mapping[str, str] | None = None, feedback: Feedback | None = None) -> Page:
    """The form, empty or with what was sent and what is wrong with it."""
    known = {"email": session.get("oauth_email"), "username": session.get("oauth_username"), "full_name": session.get("oauth_name")}
    context = {
        "values": {name: (values or {}).get(name) or known[name] or "" for name in FIELDS},
        "email_locked": bool(session.get("lock_user_email")),
        "feedback": feedback or dict.fromkeys(FIELDS, ("", "")),
    }
    return Page("register.html.j2", "Create User", context=context)
