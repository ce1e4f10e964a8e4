"""Who is named in a text by `@username` (docs/contract/testrun.md#mentions)."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

from argus.kit.losses import lose
from argus.models.user import User
from argus.storage.statements import select
from argus.storage.store import Store

NAME = re.compile(r"(?<![^\W_])(?<!/)@([\w.-]*\w)")
"""A whole word behind `@`, with dots and dashes inside. Behind a letter or digit it is the end of an e-mail address, behind a slash part of
a path."""
MOST = 100  # names of one text that are looked up


def names_in(text: str) -> list[str]:
    """The names in a text, each once, in its order. A name that ends in underscores stands for the one without them too: `_@bob_` is bob,
    unless there is a `bob_`."""
    return list(dict.fromkeys(NAME.findall(text)))


async def mentioned(store: Store, text: str, author: UUID) -> list[User]:
    """The users whose names a text holds, each once, in the order of the text; neither its author nor names that no user has."""
    names = names_in(text)
    if len(names) > MOST:
        lose(f"only the first {MOST} of {len(names)} names in the text are told")
    found = await asyncio.gather(*(_named(store, name) for name in names[:MOST]))
    users = {user.id: user for user in found if user is not None and user.id != author}
    return list(users.values())


async def _named(store: Store, name: str) -> User | None:
    for spelling in dict.fromkeys((name, name.rstrip("_"))):
        found = await store.first(select(User).where(username=spelling)) if spelling else None
        if found is not None:
            return found
    return None
