"""Which notifications a list is of: a kind, unread ones, with a text, or those that are put off (docs/triage.md#notifications)."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from html import unescape
from uuid import UUID

from argus.features.tracker.notifications.settings import BY_NAME
from argus.kit.errors import DataValidationError
from argus.kit.parse import flag_of
from argus.models.enums import ArgusNotificationState
from argus.models.notification import ArgusNotification
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import lt, select

SLICE = 200  # entries that are read at once where some are looked for
LOOKED_AT = 1_000  # entries in which one page looks for what is wanted
LONGEST_TEXT = 200  # characters
TAGS = re.compile("<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which entries are wanted: of a kind, unread, with a text in what they say; or those that are put off, which no other list has."""

    kind: str | None = None
    unread: bool = False
    text: str = ""
    later: bool = False

    @property
    def is_all(self) -> bool:
        return not (self.kind or self.unread or self.text or self.later)

    def takes(self, row: ArgusNotification, off: Container[UUID]) -> bool:
        """Whether a row is wanted, where these are put off."""
        return (
            (row.id in off) == self.later
            and (not self.kind or row.type == self.kind)
            and (not self.unread or row.state == ArgusNotificationState.UNREAD.value)
            and (not self.text or self.text in _plain(row))
        )


def choice_of(kind: str | None, unread: str | None, text: str | None, later: str | None) -> Choice:
    """What a caller asks for.

    Raises:
        DataValidationError: no such kind, or too long a text.
        ValueError: a flag is no number.
    """
    if kind and kind not in BY_NAME:
        raise DataValidationError(f"kind must be one of {', '.join(BY_NAME)}")
    if len(text or "") > LONGEST_TEXT:
        raise DataValidationError(f"q has at most {LONGEST_TEXT} characters")
    return Choice(kind or None, flag_of(unread or 0), (text or "").strip().casefold(), flag_of(later or 0))


def _plain(row: ArgusNotification) -> str:
    """What a row says to people."""
    return f"{row.title or ''} {unescape(TAGS.sub('', row.content or ''))}".casefold()


EVERYTHING = Choice()
"""All that is not put off."""


async def wanted(
    runtime: Runtime, user: User, size: int, before: UUID | None, choice: Choice, off: Container[UUID]
) -> tuple[list[ArgusNotification], UUID | None]:
    """Up to `size` entries that are wanted, the newest first, and where the next page goes on; None when there is none.

    Args:
        before: `next` of the page before.
        off: what is put off.
    """
    found: list[ArgusNotification] = []
    mine = select(ArgusNotification).where(receiver=user.id)
    slice_size = size + 1 if choice.is_all else SLICE
    for _ in range(max(1, LOOKED_AT // slice_size)):
        newest = mine.limit(slice_size)
        rows = await runtime.store.all(newest.where(lt("id", before)) if before else newest)
        for place, row in enumerate(rows):
            before = row.id
            if choice.takes(row, off):
                found.append(row)
            if len(found) == size:
                return found, row.id if place + 1 < len(rows) or len(rows) == slice_size else None
        if len(rows) < slice_size:
            return found, None
    return found, before
