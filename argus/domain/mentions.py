"""Who is named in a text by `@username` (testrun-api.md, "Comments and mention parsing"; views-api.md, highlights)."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

from argus.models.user import User
from argus.storage.statements import select
from argus.storage.store import SLICE, Store

IN_COMMENT = re.compile(r"@([a-zA-Z\d](?:[a-zA-Z\d]|-(?=[a-zA-Z\d])){0,38})")
"""A name of a comment on a run: letters, digits and single dashes inside."""
IN_HIGHLIGHT = re.compile(r"@([\w-]+)")
"""A name of a view's highlights and their comments."""


async def mentioned(store: Store, text: str, pattern: re.Pattern[str], author: UUID) -> list[User]:
    """The users whose names a text holds, each once, in the order of the text; not its author, and no names of nobody.

    Args:
        pattern: `IN_COMMENT` or `IN_HIGHLIGHT`.
    """
    names = list(dict.fromkeys(pattern.findall(text)))
    found: list[User | None] = []
    for start in range(0, len(names), SLICE):
        part = names[start : start + SLICE]
        found += await asyncio.gather(*(store.first(select(User).where(username=name)) for name in part))
    users = {user.id: user for user in found if user is not None and user.id != author}
    return list(users.values())
