"""How somebody wants to be told of each kind of notification (docs/triage.md#how-one-is-told)."""

from __future__ import annotations

from typing import Any, TypedDict

from argus.domain import wanted
from argus.kit.errors import DataValidationError
from argus.kit.parse import need
from argus.models.user import User
from argus.runtime import Runtime

BY_NAME = {kind.value: kind for kind in wanted.KINDS}


class Setting(TypedDict):
    kind: str
    bell: bool
    mail: bool


class Settings(TypedDict):
    """`mails` says whether mails reach the caller at all: the server sends some, and knows an address."""

    kinds: list[Setting]
    mails: bool


async def of_user(runtime: Runtime, user: User) -> Settings:
    """What the caller has chosen, of every kind."""
    ways = await wanted.all_ways(runtime.store, user.id)
    kinds: list[Setting] = [{"kind": kind.value, "bell": way.bell, "mail": way.mail} for kind, way in ways.items()]
    return {"kinds": kinds, "mails": bool(runtime.settings.EMAIL_ENABLED and user.email)}


async def choose(runtime: Runtime, user: User, body: Any) -> Settings:
    """Choose for one kind.

    Args:
        body: `{"kind", "bell", "mail"}`.

    Raises:
        KeyError: something is missing.
        DataValidationError: no such kind, or neither true nor false.
    """
    kind, bell, mail = (need(body, key) for key in ("kind", "bell", "mail"))
    if not isinstance(kind, str) or kind not in BY_NAME:
        raise DataValidationError(f"kind must be one of {', '.join(BY_NAME)}")
    if not isinstance(bell, bool) or not isinstance(mail, bool):
        raise DataValidationError("bell and mail must be true or false")
    await wanted.choose(runtime.store, user.id, BY_NAME[kind], wanted.Ways(bell, mail))
    return await of_user(runtime, user)
